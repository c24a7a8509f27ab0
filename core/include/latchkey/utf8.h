// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_UTF8_H_
#define LATCHKEY_UTF8_H_

/**
 * What counts as text. Well-formed UTF-8 after Unicode 15 table 3-7: no overlong forms, no surrogates, nothing above
 * U+10FFFF. Control and white-space characters are Unicode's own properties (Cc and White_Space), never a locale's.
 */

#include <cstddef>
#include <optional>
#include <string_view>

#include "latchkey/version.h"

namespace latchkey {

/** A decoded character and how many bytes it took. */
struct utf8_character {
  char32_t code_point = 0;
  std::size_t length = 0;
};

/** The character at the start of `text`; nothing when it is empty or not well-formed there. */
[[nodiscard]] std::optional<utf8_character> first_utf8_character(std::string_view text) noexcept;

/** Whether the whole text is well-formed UTF-8. The empty text is. O(n). */
[[nodiscard]] bool is_well_formed_utf8(std::string_view text) noexcept;

/** Number of characters (code points) of a well-formed text; nothing for any other. O(n). */
[[nodiscard]] std::optional<std::size_t> count_code_points(std::string_view text) noexcept;

/**
 * Whether a byte of 0x00–0x1F other than tab, or 0x7F, is in it: what protocols of lines (HTTP's headers, cookies) must
 * never pass on. Bytes above 0x7F are none of its business. O(n), sixteen bytes at a time.
 */
[[nodiscard]] bool has_control_byte(std::string_view text) noexcept;

/** U+0000–U+001F and U+007F–U+009F. */
[[nodiscard]] bool is_control(char32_t code_point) noexcept;

/** Unicode White_Space: the ASCII ones, U+0085, U+00A0, U+1680, U+2000–200A, U+2028, U+2029, U+202F, U+205F, U+3000. */
[[nodiscard]] bool is_white_space(char32_t code_point) noexcept;

}  // namespace latchkey

#endif  // LATCHKEY_UTF8_H_
