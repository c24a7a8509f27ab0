// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_TESTS_FUZZ_FUZZ_H_
#define LATCHKEY_TESTS_FUZZ_FUZZ_H_

/** What the fuzz targets share: how a broken rule ends the run, and how the bytes are taken apart. */

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace latchkey::fuzz {

/** Ends the run, which keeps the input, when a rule is broken; `rule` is what should have held. */
inline void require(bool holds, const char* rule) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", rule);
  std::abort();
}

/** Between fields that may hold line breaks. A control character like any other to all that is under test. */
inline constexpr char field_separator = '\x1e';

inline std::string_view to_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/** Takes the bytes up to the separator off the front of `rest`, and the separator with them. */
inline std::string_view take_field(std::string_view& rest, char separator = field_separator) {
  const std::size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view field = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return field;
}

/** All fields of `rest`; none when it is empty. */
inline std::vector<std::string> take_fields(std::string_view rest, char separator = field_separator) {
  std::vector<std::string> fields;
  while (!rest.empty()) fields.emplace_back(take_field(rest, separator));
  return fields;
}

}  // namespace latchkey::fuzz

#endif  // LATCHKEY_TESTS_FUZZ_FUZZ_H_
