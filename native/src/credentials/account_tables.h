// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_CREDENTIALS_ACCOUNT_TABLES_H_
#define LATCHKEY_NATIVE_CREDENTIALS_ACCOUNT_TABLES_H_

#include <span>
#include <string>
#include <string_view>

#include "latchkey/native/sql/database.h"

namespace latchkey::native {

/** Whether those of the tables that are there have the columns in use; `configuration_invalid` names what is missing. */
[[nodiscard]] result<void> check_account_columns(sql_executor& store);

/** Better Auth's four tables, where they are missing, and Latchkey's own beside them; fails first as `check_account_columns`. */
[[nodiscard]] result<void> create_account_tables(database& store);

/** Whether an account has one of the roles; of those alone that may sign in, or of all. */
[[nodiscard]] result<bool> is_role_held(sql_executor& store, std::span<const std::string> roles, bool only_active);

/** Whether the account may sign in; it must have its row. */
[[nodiscard]] result<void> write_disabled(sql_executor& store, std::string_view user_id, bool is_disabled);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_CREDENTIALS_ACCOUNT_TABLES_H_
