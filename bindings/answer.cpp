// SPDX-License-Identifier: Apache-2.0
#include "answer.h"

namespace latchkey::boundary {

std::string success(json_value value) { return to_json_text(json_object{{"ok", true}, {"value", std::move(value)}}); }

std::string failure(const error& problem) {
  json_object details{{"code", to_string(problem.code)}, {"message", problem.message}};
  if (!problem.field.empty()) details.emplace_back("field", problem.field);
  return to_json_text(json_object{{"ok", false}, {"error", std::move(details)}});
}

std::string answer(result<json_value> outcome) {
  return outcome ? success(std::move(*outcome)) : failure(outcome.error());
}

result<std::string> text_of(const json_value& arguments, std::string_view key) {
  const std::string* text = arguments.find_string(key);
  if (text == nullptr) return fail(errc::json_shape, "A string is needed here.", std::string(key));
  return *text;
}

result<std::int64_t> integer_of(const json_value& arguments, std::string_view key) {
  const json_value* member = arguments.find(key);
  if (member == nullptr || member->as_integer() == nullptr) {
    return fail(errc::json_shape, "A whole number is needed here.", std::string(key));
  }
  return *member->as_integer();
}

}  // namespace latchkey::boundary
