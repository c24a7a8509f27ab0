// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_CREDENTIALS_PASSWORD_POLICY_H_
#define LATCHKEY_NATIVE_CREDENTIALS_PASSWORD_POLICY_H_

/**
 * Which new passwords are accepted, after NIST SP 800-63B-4: a length and a list of what is guessed first, no rules of
 * composition (CR-01, CR-02, CR-05). The list is made of roots and the ways in which people vary them (endings,
 * capitals, digits for letters, keyboard runs, repetition), so it refuses far more than it spells out.
 */

#include <cstddef>
#include <span>
#include <string_view>

#include "latchkey/result.h"

namespace latchkey::native {

/** The least that `min_characters` may be (ASVS 6.2.1). */
inline constexpr std::size_t password_min_characters = 8;

struct password_policy {
  /** Counted in code points, of the text as given and of its NFKC; 15 is recommended where there is no second factor. */
  std::size_t min_characters = password_min_characters;
  /** Counted in bytes, of the text as given and of its NFKC. A longer text is refused before any hashing. */
  std::size_t max_bytes = 1024;
};

/** Whose password it is to be: what is easily guessed about them. */
struct password_context {
  std::string_view email = {};
  std::string_view name = {};
};

/**
 * Whether a new password is accepted; otherwise `request_invalid` with field `password` and a sentence that says why.
 * The answer depends on the arguments alone, so it tells nothing about accounts. O(length).
 */
[[nodiscard]] result<void> check_password(std::string_view password, const password_policy& policy,
                                          const password_context& context);

/** Whether the password, or its NFKC, has more bytes than the policy allows. */
[[nodiscard]] bool is_too_long(std::string_view password, const password_policy& policy);

/** Whether its NFKC is among the common ones, whatever its length. */
[[nodiscard]] bool is_common_password(std::string_view password);

/** The roots of the list, in lower case. Lives as long as the program. */
[[nodiscard]] std::span<const std::string_view> common_password_roots();

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_CREDENTIALS_PASSWORD_POLICY_H_
