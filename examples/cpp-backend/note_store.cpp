// SPDX-License-Identifier: Apache-2.0
#include "note_store.h"

#include "latchkey/native/sql/migrations.h"

namespace notes {
namespace {

using latchkey::fail;
using latchkey::result;
using latchkey::native::sql_value;

constexpr std::string_view first_tables[] = {
    "CREATE TABLE note (id TEXT PRIMARY KEY, title TEXT NOT NULL, text TEXT NOT NULL, author_id TEXT NOT NULL)",
};
constexpr latchkey::native::migration steps[] = {{"notes", first_tables}};

note to_note(const latchkey::native::sql_row& row) { return {row.text(0), row.text(1), row.text(2), row.text(3)}; }

result<bool> has_changed(const result<std::int64_t>& rows) {
  if (!rows) return tl::unexpected<latchkey::error>(rows.error());
  return *rows > 0;
}

}  // namespace

result<std::shared_ptr<note_store>> note_store::open(std::shared_ptr<latchkey::native::database> database) {
  if (auto ready = latchkey::native::migrate(*database, "example.notes", steps); !ready) return fail(std::move(ready));
  return std::shared_ptr<note_store>(new note_store(std::move(database)));
}

result<std::vector<note>> note_store::list(const std::optional<std::string>& title) {
  const sql_value wanted = latchkey::native::to_sql_value(title);
  const sql_value parameters[] = {wanted, wanted, listed_notes_max};
  auto rows = database_->query(
      "SELECT id, title, text, author_id FROM note WHERE ? IS NULL OR title = ? ORDER BY title, id LIMIT ?",
      parameters);
  if (!rows) return fail(std::move(rows));
  std::vector<note> found;
  for (const auto& row : *rows) found.push_back(to_note(row));
  return found;
}

result<std::optional<note>> note_store::find(std::string_view id) {
  const sql_value parameters[] = {std::string(id)};
  auto rows = database_->query("SELECT id, title, text, author_id FROM note WHERE id = ?", parameters);
  if (!rows) return fail(std::move(rows));
  return rows->empty() ? std::nullopt : std::optional(to_note(rows->front()));
}

result<void> note_store::insert(const note& added) {
  const sql_value parameters[] = {added.id, added.title, added.text, added.author_id};
  auto rows = database_->execute("INSERT INTO note (id, title, text, author_id) VALUES (?, ?, ?, ?)", parameters);
  if (!rows) return fail(std::move(rows));
  return {};
}

result<bool> note_store::change(std::string_view id, std::string_view title, std::string_view text) {
  const sql_value parameters[] = {std::string(title), std::string(text), std::string(id)};
  return has_changed(database_->execute("UPDATE note SET title = ?, text = ? WHERE id = ?", parameters));
}

result<bool> note_store::remove(std::string_view id) {
  const sql_value parameters[] = {std::string(id)};
  return has_changed(database_->execute("DELETE FROM note WHERE id = ?", parameters));
}

result<std::int64_t> note_store::count() {
  auto rows = database_->query("SELECT count(*) FROM note");
  if (!rows) return fail(std::move(rows));
  return rows->empty() ? 0 : rows->front().integer(0);
}

}  // namespace notes
