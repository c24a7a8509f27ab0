// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_CREDENTIALS_PASSWORD_TEXT_H_
#define LATCHKEY_NATIVE_SRC_CREDENTIALS_PASSWORD_TEXT_H_

/**
 * The normal forms of a password (UAX #15): keyboards and systems write the same characters as different bytes, such as
 * `é` as one code point or as two.
 */

#include <cstdint>
#include <string>
#include <string_view>

namespace latchkey::native {

enum class normal_form : std::uint8_t {
  /** What looks and means the same is the same. */
  nfc,
  /** Also what is a variant for compatibility, such as the no-break space or full-width letters. Better Auth's form. */
  nfkc
};

/** The text in the form; as it is when it is no well-formed UTF-8. NUL is a character like any other. O(n). */
[[nodiscard]] std::string to_normal_form(std::string_view text, normal_form form);

/** Whether there is another way to write the text that hashes have to be looked for under: it is not in NFKC. */
[[nodiscard]] bool has_other_form(std::string_view text);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_CREDENTIALS_PASSWORD_TEXT_H_
