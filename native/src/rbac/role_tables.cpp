// SPDX-License-Identifier: Apache-2.0
#include "rbac/role_tables.h"

#include <array>

#include "latchkey/json_mapping.h"
#include "latchkey/native/sql/migrations.h"

namespace latchkey::native {
namespace {

// A definition is one JSON text, as the API shows it: it is read and written as a whole.
constexpr std::array<std::string_view, 1> first_tables{
    R"(CREATE TABLE latchkey_role (
         id text NOT NULL PRIMARY KEY, definition text NOT NULL, position integer NOT NULL))"};
constexpr std::array<migration, 1> steps{migration{"role table", first_tables}};

}  // namespace

result<void> create_role_tables(database& store) { return migrate(store, "roles", steps); }

result<std::vector<role_definition>> read_roles(sql_executor& store) {
  auto rows = store.query("SELECT definition FROM latchkey_role ORDER BY position, id");
  if (!rows) return fail(std::move(rows));
  json_array definitions;
  for (const sql_row& row : *rows) {
    auto definition = parse_json(row.text(0));
    if (!definition) return fail(std::move(definition));
    definitions.push_back(std::move(*definition));
  }
  return to_role_definitions(definitions);
}

result<void> write_role(sql_executor& store, const role_definition& role) {
  const std::array<sql_value, 2> row{role.id, to_json_text(to_json(role))};
  auto written = store.execute(
      R"(INSERT INTO latchkey_role (id, definition, position)
         SELECT ?, ?, coalesce(max(position), 0) + 1 FROM latchkey_role WHERE true
         ON CONFLICT (id) DO UPDATE SET definition = excluded.definition)",
      row);
  if (!written) return fail(std::move(written));
  return {};
}

result<void> erase_role(sql_executor& store, std::string_view role_id) {
  const std::array<sql_value, 1> row{std::string(role_id)};
  auto erased = store.execute("DELETE FROM latchkey_role WHERE id = ?", row);
  if (!erased) return fail(std::move(erased));
  return {};
}

}  // namespace latchkey::native
