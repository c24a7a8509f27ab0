// SPDX-License-Identifier: Apache-2.0
#include "latchkey/base64url.h"

#include "fuzz.h"

namespace {

using namespace latchkey;

bool is_alphabet(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = to_base64url({data, size});
  fuzz::require(text.size() == (size * 4 + 2) / 3, "the text has the length of unpadded base64");
  fuzz::require(std::all_of(text.begin(), text.end(), is_alphabet), "the text has the alphabet of base64url");
  const auto again = from_base64url(text);
  fuzz::require(again && std::equal(again->begin(), again->end(), data, data + size), "what is written is read back");

  const std::string_view given = fuzz::to_text(data, size);
  const auto bytes = from_base64url(given);
  if (bytes) fuzz::require(to_base64url(*bytes) == given, "a byte string has one text");
  if (!bytes) fuzz::require(bytes.error().code == errc::base64url_invalid, "a refusal says what was refused");
  const bool is_plain = std::all_of(given.begin(), given.end(), is_alphabet);
  if (size % 4 == 0)
    fuzz::require(bytes.has_value() == is_plain, "whole groups of the alphabet are read, all others not");
  return 0;
}
