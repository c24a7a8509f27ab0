// SPDX-License-Identifier: Apache-2.0
#include "setting_value.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace latchkey::app {
namespace {

constexpr std::size_t shown_bytes = 60;
constexpr std::int64_t second_ms = 1'000;
constexpr std::int64_t day_ms = std::int64_t{24} * 3'600 * second_ms;
constexpr std::int64_t longest_duration_ms = 3'650 * day_ms;

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::int64_t> unit_ms(char unit) {
  switch (unit) {
    case 's':
      return second_ms;
    case 'm':
      return 60 * second_ms;
    case 'h':
      return 3'600 * second_ms;
    case 'd':
      return day_ms;
    default:
      return std::nullopt;
  }
}

/** How many letters have to be put in, taken out or replaced (Levenshtein). */
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::optional<std::string> to_text(const setting_value& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text == nullptr ? std::nullopt : std::optional<std::string>(*text);
}

std::optional<std::int64_t> to_integer(const setting_value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  const auto* text = std::get_if<std::string>(&value);
  return text == nullptr ? std::nullopt : parse_integer(trim(*text));
}

std::optional<bool> to_flag(const setting_value& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag;
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return std::nullopt;
  const std::string_view word = trim(*text);
  if (word == "on" || word == "true") return true;
  if (word == "off" || word == "false") return false;
  return std::nullopt;
}

std::optional<std::vector<std::string>> to_list(const setting_value& value) {
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) return *list;
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return std::nullopt;
  std::vector<std::string> parts;
  std::string_view rest = *text;
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    if (const auto part = trim(rest.substr(0, comma)); !part.empty()) parts.emplace_back(part);
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
  return parts;
}

std::optional<std::int64_t> to_duration_ms(const setting_value& value) {
  const auto* given = std::get_if<std::string>(&value);
  if (given == nullptr) return std::nullopt;
  const std::string_view text = trim(*given);
  if (text.size() < 2) return std::nullopt;
  const auto unit = unit_ms(text.back());
  const auto count = parse_integer(text.substr(0, text.size() - 1));
  if (!unit || !count || *count <= 0 || *count > longest_duration_ms / *unit) return std::nullopt;
  return *count * *unit;
}

std::string to_shown(const setting_value& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* list = std::get_if<std::vector<std::string>>(&value))
    return list->empty() ? "an empty list" : "a list";
  const auto& text = std::get<std::string>(value);
  return "\"" + (text.size() > shown_bytes ? text.substr(0, shown_bytes) + "…" : text) + "\"";
}

std::string nearest_name(std::string_view typed, const std::vector<std::string>& known) {
  // Further away than three letters, or a third of all, it is another word and not a typing error.
  std::size_t best = std::min<std::size_t>(typed.size() / 3, 3);
  std::string nearest;
  for (const auto& name : known) {
    const std::size_t distance = edit_distance(typed, name);
    if (distance > best || (distance == best && !nearest.empty())) continue;
    best = distance;
    nearest = name;
  }
  return nearest;
}

}  // namespace latchkey::app
