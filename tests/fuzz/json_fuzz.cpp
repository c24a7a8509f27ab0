// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"
#include "latchkey/json_codec.h"
#include "latchkey/utf8.h"

namespace {

using namespace latchkey;

void check_tree(const json_value& value, std::size_t depth) {
  if (const auto* array = value.as_array()) {
    fuzz::require(depth < json_max_depth, "nesting is bounded");
    for (const json_value& element : *array) check_tree(element, depth + 1);
  } else if (const auto* object = value.as_object()) {
    fuzz::require(depth < json_max_depth, "nesting is bounded");
    for (const auto& [key, member] : *object) {
      fuzz::require(is_well_formed_utf8(key), "keys are UTF-8");
      fuzz::require(value.find(key) == &member, "a key names one member");
      check_tree(member, depth + 1);
    }
  } else if (const auto* text = value.as_string()) {
    fuzz::require(is_well_formed_utf8(*text), "strings are UTF-8");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::to_text(data, size));
  const auto value = parse_json(text);
  if (!value) {
    fuzz::require(value.error().code == errc::json_invalid && !value.error().message.empty(), "a refusal has a reason");
  } else {
    check_tree(*value, 0);
    const std::string written = to_json_text(*value);
    const auto again = parse_json(written);
    fuzz::require(again.has_value() && *again == *value, "what is written is read back");
    fuzz::require(to_json_text(*again) == written, "writing is settled after one time");
    fuzz::require(!parse_json(text + "x"), "nothing stands behind the document");
    fuzz::require(!parse_json(text, size - 1), "the limit is a limit");
  }
  // Whatever bytes a string has, what is written is JSON.
  const auto quoted = parse_json(to_json_text(json_value(text)));
  fuzz::require(quoted && quoted->as_string() != nullptr, "a string is written as JSON");
  if (is_well_formed_utf8(text)) fuzz::require(*quoted->as_string() == text, "text is read back");
  return 0;
}
