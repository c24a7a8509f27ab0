// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_VISIBLE_TEXT_H_
#define LATCHKEY_VISIBLE_TEXT_H_

/**
 * Text of strangers on a terminal, in a log and in an audit line: which characters are shown as something else, so that
 * what is printed is what is there. One rule for all places that print.
 */

#include <string>
#include <string_view>

#include "latchkey/version.h"

namespace latchkey {

/**
 * Whether a character steers a terminal, ends a line somewhere, or reorders or hides text: controls (C0, DEL, C1),
 * Bidi_Control and Default_Ignorable_Code_Point of Unicode, U+2028 and U+2029, the blank of Braille, and interlinear
 * annotation.
 */
[[nodiscard]] bool is_misleading(char32_t code_point) noexcept;

/**
 * The text with `?` in the place of each misleading character and of each byte that is not well-formed UTF-8, all but the
 * ASCII characters in `kept` (such as "\n\t"). Takes text of any origin. O(n).
 */
[[nodiscard]] std::string to_plain_text(std::string_view text, std::string_view kept = {});

/**
 * JSON text with `\uXXXX` in the place of each misleading character, which a parser reads back. The argument is JSON as
 * `to_json_text` writes it, where such characters stand in strings alone. O(n).
 */
[[nodiscard]] std::string to_visible_json(std::string_view json);

}  // namespace latchkey

#endif  // LATCHKEY_VISIBLE_TEXT_H_
