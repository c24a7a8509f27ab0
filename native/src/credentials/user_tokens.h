// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_CREDENTIALS_USER_TOKENS_H_
#define LATCHKEY_NATIVE_SRC_CREDENTIALS_USER_TOKENS_H_

#include <string_view>

#include "latchkey/native/sql/database.h"

namespace latchkey::native {

/** Makes every token of a user that replaces a password worthless. Part of each change of the password. */
[[nodiscard]] result<void> delete_user_tokens(sql_executor& store, std::string_view user_id);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_CREDENTIALS_USER_TOKENS_H_
