// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_CREDENTIALS_EMAIL_ADDRESS_H_
#define LATCHKEY_NATIVE_CREDENTIALS_EMAIL_ADDRESS_H_

/**
 * The form in which an e-mail address identifies an account (CR-13). Stricter than RFC 5321: one `@`, plain ASCII
 * without quoting, so that no address can be a list, hold a header line or look like another one.
 */

#include <string>
#include <string_view>

#include "latchkey/result.h"

namespace latchkey::native {

inline constexpr std::size_t email_max_bytes = 254;
inline constexpr std::size_t email_local_max_bytes = 64;

/**
 * The address in lower case, both parts, as Better Auth stores it. `request_invalid` with field `email` for everything
 * that is not `dot-atom@host.name` of RFC 5322 and RFC 1123: commas, white space, controls, quotes, brackets, bytes
 * outside ASCII, empty labels. A host name of one label (`localhost`) is accepted.
 */
[[nodiscard]] result<std::string> normalize_email(std::string_view address);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_CREDENTIALS_EMAIL_ADDRESS_H_
