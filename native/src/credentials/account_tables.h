// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_CREDENTIALS_ACCOUNT_TABLES_H_
#define LATCHKEY_NATIVE_CREDENTIALS_ACCOUNT_TABLES_H_

#include "latchkey/native/sql/database.h"

namespace latchkey::native {

/** Better Auth's four tables, where they are missing, and Latchkey's own beside them. */
[[nodiscard]] result<void> create_account_tables(database& store);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_CREDENTIALS_ACCOUNT_TABLES_H_
