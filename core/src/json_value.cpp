// SPDX-License-Identifier: Apache-2.0
// What becomes a JSON value, and what is found in one.
#include <array>
#include <charconv>
#include <cmath>

#include "ascii.h"
#include "latchkey/json_codec.h"

namespace latchkey {
namespace {

void skip_digits(std::string_view& text) noexcept {
  while (!text.empty() && is_digit(text.front())) text.remove_prefix(1);
}

// One digit at least, and more.
bool take_digits(std::string_view& text) noexcept {
  if (text.empty() || !is_digit(text.front())) return false;
  skip_digits(text);
  return true;
}

// RFC 8259 §6.
bool is_number(std::string_view text) noexcept {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.starts_with('0')) {
    text.remove_prefix(1);
  } else if (!take_digits(text)) {
    return false;
  }
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (!take_digits(text)) return false;
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    if (!take_digits(text)) return false;
  }
  return text.empty();
}

#ifdef LATCHKEY_JSON_HAS_DOUBLES

// ECMAScript's Number::toString, which RFC 8785 §3.2.2.3 asks for: digits of the shortest text that reads back, with an
// exponent below 1e-6 and from 1e21 on. `value` is finite.
std::string to_floating_text(double value) {
  // As `-d.ddde-308`.
  std::array<char, 32> buffer{};
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific).ptr;
  std::string_view written(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  if (value == 0) return "0";
  std::string text;
  if (written.starts_with('-')) {
    text = "-";
    written.remove_prefix(1);
  }
  const std::size_t e = written.find('e');
  int exponent = 0;
  const std::string_view power = written.substr(written[e + 1] == '+' ? e + 2 : e + 1);
  std::from_chars(power.data(), power.data() + power.size(), exponent);
  std::string digits(written.substr(0, 1));
  if (e > 2) digits += written.substr(2, e - 2);
  const int count = static_cast<int>(digits.size());
  const int point = exponent + 1;  // where it stands, counted in digits
  if (point > 21 || point <= -6) {
    text += digits[0];
    if (count > 1) text += "." + digits.substr(1);
    return text + (exponent < 0 ? "e-" : "e+") + std::to_string(std::abs(exponent));
  }
  if (point <= 0) return text + "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
  if (point >= count) return text + digits + std::string(static_cast<std::size_t>(point - count), '0');
  return text + digits.substr(0, static_cast<std::size_t>(point)) + "." +
         digits.substr(static_cast<std::size_t>(point));
}
#endif

}  // namespace

std::optional<json_number> json_number::from_text(std::string_view text) {
  if (!is_number(text)) return std::nullopt;
  return json_number(text);
}

void json_value::set_unsigned(std::uint64_t value) {
  if (value <= static_cast<std::uint64_t>(INT64_MAX)) {
    data_ = static_cast<std::int64_t>(value);
  } else if (auto number = json_number::from_text(std::to_string(value))) {
    data_ = std::move(*number);
  }
}

#ifdef LATCHKEY_JSON_HAS_DOUBLES
void json_value::set_floating(double value) {
  if (!std::isfinite(value)) return;
  const std::string text = to_floating_text(value);
  std::int64_t integer = 0;
  const char* end = text.data() + text.size();
  if (const auto read = std::from_chars(text.data(), end, integer); read.ec == std::errc() && read.ptr == end) {
    data_ = integer;
  } else if (auto number = json_number::from_text(text)) {
    data_ = std::move(*number);
  }
}
#endif

json_value::json_value(std::initializer_list<json_member> members) {
  json_object& object = data_.emplace<json_object>();
  object.reserve(members.size());
  for (const json_member& member : members) object.emplace_back(member.key, member.value);
}

const json_value* json_value::find(std::string_view key) const noexcept {
  const json_object* object = as_object();
  if (object == nullptr) return nullptr;
  for (const auto& member : *object) {
    if (member.first == key) return &member.second;
  }
  return nullptr;
}

const std::string* json_value::find_string(std::string_view key) const noexcept {
  const json_value* member = find(key);
  return member == nullptr ? nullptr : member->as_string();
}

bool json_value::is_true(std::string_view key) const noexcept {
  const json_value* member = find(key);
  const bool* value = member == nullptr ? nullptr : member->as_bool();
  return value != nullptr && *value;
}

std::string_view json_value::type_name() const noexcept {
  static constexpr std::string_view names[] = {"null", "boolean", "number", "number", "string", "array", "object"};
  return names[data_.index()];
}

}  // namespace latchkey
