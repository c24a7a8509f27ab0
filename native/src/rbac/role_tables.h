// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_RBAC_ROLE_TABLES_H_
#define LATCHKEY_NATIVE_SRC_RBAC_ROLE_TABLES_H_

/** The table of role definitions and its statements. */

#include <string_view>
#include <vector>

#include "latchkey/native/sql/database.h"
#include "latchkey/role.h"

namespace latchkey::native {

[[nodiscard]] result<void> create_role_tables(database& store);
/** In the order in which they were added. A row that is no definition fails it all: what it grants is unknown. */
[[nodiscard]] result<std::vector<role_definition>> read_roles(sql_executor& store);
/** Adds it behind the others, or replaces the one with its id where that stands. */
[[nodiscard]] result<void> write_role(sql_executor& store, const role_definition& role);
[[nodiscard]] result<void> erase_role(sql_executor& store, std::string_view role_id);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_RBAC_ROLE_TABLES_H_
