// SPDX-License-Identifier: Apache-2.0
// Whether tables that another program made have the columns that accounts are kept in.
#include <algorithm>
#include <array>
#include <sstream>

#include "credentials/account_tables.h"
#include "http/text.h"

namespace latchkey::native {
namespace {

/** What is read and written of the tables that another program may have made. */
struct used_table {
  std::string_view name;
  std::string_view columns;
};
constexpr std::array<used_table, 4> used_tables{
    used_table{"user", "id name email emailVerified image createdAt updatedAt"},
    used_table{"account", "id accountId providerId userId password createdAt updatedAt"},
    used_table{"session", "userId"}, used_table{"verification", "identifier"}};

/** `email_verified` for `emailVerified`. */
std::string to_snake_case(std::string_view name) {
  std::string snake;
  for (const char c : name) {
    if (to_lower(c) != c) snake += '_';
    snake += to_lower(c);
  }
  return snake;
}

/** As SQLite compares names. */
bool has_column(const std::vector<sql_row>& columns, std::string_view name) {
  return std::any_of(columns.begin(), columns.end(),
                     [name](const sql_row& column) { return equals_ignoring_case(column.text(0), name); });
}

tl::unexpected<error> refuse_layout(std::string_view table, const std::vector<std::string>& missing, bool is_snake) {
  std::string names;
  for (const std::string& column : missing) names += (names.empty() ? "" : ", ") + column;
  const std::string quoted = "\"" + std::string(table) + "\"";
  const std::string why = is_snake ? " It has them in snake_case, such as " + to_snake_case(missing.front()) +
                                         ", as Drizzle writes them: rename its columns (ALTER TABLE " + quoted +
                                         " RENAME COLUMN) and those of the schema, or"
                                   : " Rename its columns, or";
  return fail(errc::configuration_invalid,
              "The table " + quoted + " has no column " + names +
                  ": Latchkey needs the layout that Better Auth's own migration makes, with names such as userId and "
                  "emailVerified." +
                  why + " name another file with store.url. The database is as it was.",
              "store.url");
}

}  // namespace

result<void> check_account_columns(sql_executor& store) {
  for (const auto& [table, columns] : used_tables) {
    const std::array<sql_value, 1> which{std::string(table)};
    auto present = store.query("SELECT name FROM pragma_table_info(?)", which);
    if (!present) return fail(std::move(present));
    if (present->empty()) continue;
    std::vector<std::string> missing;
    bool is_snake = false;
    std::istringstream names{std::string(columns)};
    for (std::string name; names >> name;) {
      if (has_column(*present, name)) continue;
      is_snake = is_snake || has_column(*present, to_snake_case(name));
      missing.push_back(name);
    }
    if (!missing.empty()) return refuse_layout(table, missing, is_snake);
  }
  return {};
}

}  // namespace latchkey::native
