// SPDX-License-Identifier: Apache-2.0
#include "json_fields.h"

namespace latchkey {

tl::unexpected<error> wrong_shape(std::string_view needed, std::string_view field) {
  return fail(errc::json_shape, "Needed here: " + std::string(needed) + ".", std::string(field));
}

result<std::string> to_text(const json_value& object, std::string_view key) {
  const json_value* member = object.find(key);
  if (member == nullptr) return std::string();
  if (member->as_string() == nullptr) return wrong_shape("a string", key);
  return *member->as_string();
}

result<std::string> to_required_text(const json_value& object, std::string_view key) {
  if (object.find_string(key) == nullptr) return wrong_shape("a string", key);
  return *object.find_string(key);
}

void append_if_set(json_object& object, std::string_view key, const std::string& text) {
  if (!text.empty()) object.emplace_back(key, text);
}

void append_if_set(json_object& object, std::string_view key, const std::optional<std::string>& text) {
  if (text) object.emplace_back(key, *text);
}

}  // namespace latchkey
