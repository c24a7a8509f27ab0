// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_TESTS_NATIVE_ACCESS_SUPPORT_H_
#define LATCHKEY_TESTS_NATIVE_ACCESS_SUPPORT_H_

/** What the tests of roles in a database share. */

#include "http_support.h"
#include "latchkey/native/rbac/sql_rbac.h"
#include "support.h"

namespace latchkey::native::testing {

using latchkey::testing::failing_database;
using latchkey::testing::must;
using latchkey::testing::open_memory;
using text_list = std::vector<std::string>;

/** Adds a person to the accounts, as another program would that shares the tables. */
inline void insert_person(database& store, const std::string& id) {
  const std::array<sql_value, 3> row{id, id, id + "@example.com"};
  must(store.execute(R"(INSERT INTO "user" ("id", "name", "email", "emailVerified", "createdAt", "updatedAt")
                        VALUES (?, ?, ?, 0, '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z'))",
                     row));
}

}  // namespace latchkey::native::testing

#endif  // LATCHKEY_TESTS_NATIVE_ACCESS_SUPPORT_H_
