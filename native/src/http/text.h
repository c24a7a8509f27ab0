// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_HTTP_TEXT_H_
#define LATCHKEY_NATIVE_SRC_HTTP_TEXT_H_

/** The few questions about ASCII that HTTP asks; no locale is involved. */

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "latchkey/utf8.h"

namespace latchkey::native {

[[nodiscard]] constexpr char to_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

[[nodiscard]] constexpr bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return to_lower(x) == to_lower(y); });
}

[[nodiscard]] inline std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = to_lower(c);
  return lower;
}

[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_letter(char c) noexcept { return to_lower(c) >= 'a' && to_lower(c) <= 'z'; }

/** `unreserved` of RFC 3986 §2.3. */
[[nodiscard]] constexpr bool is_unreserved(char c) noexcept {
  return is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '~' || c == '-';
}

/** By byte, because every byte of every header's name is asked for, twice. */
inline constexpr std::array<bool, 256> token_characters = [] {
  std::array<bool, 256> allowed{};
  for (int byte = 0; byte < 0x80; ++byte) {
    const char c = static_cast<char>(byte);
    allowed[static_cast<std::size_t>(byte)] =
        is_letter(c) || is_digit(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  }
  return allowed;
}();

/** `tchar` of RFC 9110 §5.6.2. */
[[nodiscard]] constexpr bool is_token_character(char c) noexcept {
  return token_characters[static_cast<unsigned char>(c)];
}

[[nodiscard]] constexpr bool is_token(std::string_view text) noexcept {
  // A lambda, because a pointer to the function would be called for each byte.
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return is_token_character(c); });
}

/** Whether it can stand in a message as a header of one line: what breaks the line would begin another one. */
[[nodiscard]] inline bool is_safe_header(std::string_view name, std::string_view value) noexcept {
  return is_token(name) && !has_control_byte(value);
}

/** Whether only who writes the message can know it. */
[[nodiscard]] constexpr bool is_framing_header(std::string_view name) noexcept {
  return equals_ignoring_case(name, "Content-Length") || equals_ignoring_case(name, "Connection") ||
         equals_ignoring_case(name, "Transfer-Encoding");
}

[[nodiscard]] constexpr std::optional<int> hex_digit(char c) noexcept {
  if (is_digit(c)) return c - '0';
  const char lower = to_lower(c);
  if (lower >= 'a' && lower <= 'f') return lower - 'a' + 10;
  return std::nullopt;
}

/** Space and tab at both ends. */
[[nodiscard]] constexpr std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_HTTP_TEXT_H_
