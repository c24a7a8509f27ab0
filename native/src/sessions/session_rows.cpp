// SPDX-License-Identifier: Apache-2.0
#include "sessions/session_rows.h"

#include <algorithm>
#include <array>

#include "latchkey/base64url.h"
#include "latchkey/native/sql/migrations.h"

namespace latchkey::native {
namespace {

constexpr std::array<std::string_view, 3> first_table{
    R"(CREATE TABLE latchkey_session (
         seq INTEGER PRIMARY KEY AUTOINCREMENT,
         "sessionHash" BLOB NOT NULL UNIQUE,
         "userId" TEXT NOT NULL,
         "createdAt" INTEGER NOT NULL,
         "expiresAt" INTEGER NOT NULL,
         "lastSeenAt" INTEGER NOT NULL,
         "ipAddress" TEXT NOT NULL,
         "userAgent" TEXT NOT NULL))",
    R"(CREATE INDEX "latchkey_session_userId_idx" ON latchkey_session ("userId"))",
    R"(CREATE INDEX "latchkey_session_expiresAt_idx" ON latchkey_session ("expiresAt"))"};
constexpr std::array<std::string_view, 1> marks{
    R"(ALTER TABLE latchkey_session ADD COLUMN "signInMark" INTEGER NOT NULL DEFAULT -1)"};
constexpr std::array<migration, 2> steps{migration{"session list", first_table}, migration{"sign-in marks", marks}};

// How many rows are looked at for one question about a user. A user has no more, but for a table from before the limit.
constexpr std::int64_t looked_at_rows = 1'000;

session_row to_row(const sql_row& row) {
  session_row read;
  read.hash = to_hash(row.blob(0));
  read.user_id = row.text(1);
  read.created_at_ms = row.integer(2);
  read.expires_at_ms = row.integer(3);
  // Nobody was seen in 1970.
  if (row.integer(4) != 0) read.last_seen_ms = row.integer(4);
  read.ip = row.text(5);
  read.user_agent = row.text(6);
  read.mark = row.integer(7);
  return read;
}

result<void> without_count(result<std::int64_t> changed) {
  if (!changed) return fail(std::move(changed));
  return {};
}

}  // namespace

sql_value to_value(const session_hash& hash) { return sql_blob(hash.begin(), hash.end()); }

session_hash to_hash(std::span<const std::uint8_t> bytes) {
  session_hash hash{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), hash.size()), hash.begin());
  return hash;
}

std::optional<session_hash> parse_handle(std::string_view handle) {
  const auto bytes = from_base64url(handle);
  if (!bytes || bytes->size() != session_hash().size()) return std::nullopt;
  return to_hash(*bytes);
}

result<void> session_rows::create(database& store) { return migrate(store, "session list", steps); }

result<void> session_rows::insert(const session_row& row) {
  const std::array<sql_value, 8> parameters{
      to_value(row.hash),           row.user_id, row.created_at_ms, row.expires_at_ms,
      row.last_seen_ms.value_or(0), row.ip,      row.user_agent,    row.mark};
  return without_count(
      store_.execute(R"(INSERT INTO latchkey_session ("sessionHash", "userId", "createdAt", "expiresAt", "lastSeenAt",
                                        "ipAddress", "userAgent", "signInMark") VALUES (?, ?, ?, ?, ?, ?, ?, ?))",
                     parameters));
}

result<std::vector<session_row>> session_rows::list(std::string_view user_id, std::int64_t now_ms, std::int64_t limit) {
  const std::array<sql_value, 3> parameters{std::string(user_id), now_ms, limit};
  std::vector<session_row> rows;
  auto read = store_.visit(R"(SELECT "sessionHash", "userId", "createdAt", "expiresAt", "lastSeenAt", "ipAddress",
                                "userAgent", "signInMark" FROM latchkey_session
                              WHERE "userId" = ? AND "expiresAt" > ? ORDER BY seq DESC LIMIT ?)",
                           parameters, [&rows](const sql_row& row) {
                             rows.push_back(to_row(row));
                             return true;
                           });
  if (!read) return fail(std::move(read));
  // The index has the rows in the order in which they were written, and a renewal writes one anew.
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.created_at_ms > b.created_at_ms; });
  return rows;
}

result<std::optional<session_row>> session_rows::find(const session_hash& hash) {
  const std::array<sql_value, 1> parameters{to_value(hash)};
  auto rows = store_.query(R"(SELECT "sessionHash", "userId", "createdAt", "expiresAt", "lastSeenAt", "ipAddress",
                                "userAgent", "signInMark" FROM latchkey_session WHERE "sessionHash" = ?)",
                           parameters);
  if (!rows) return fail(std::move(rows));
  return rows->empty() ? std::nullopt : std::optional(to_row(rows->front()));
}

result<std::int64_t> session_rows::newest_unmarked_creation(std::string_view user_id) {
  const std::array<sql_value, 2> parameters{std::string(user_id), looked_at_rows};
  auto rows = store_.query(R"(SELECT coalesce(max("createdAt"), 0) FROM
                                (SELECT "createdAt", "signInMark" FROM latchkey_session WHERE "userId" = ?
                                 ORDER BY seq DESC LIMIT ?)
                              WHERE "signInMark" < 0)",
                           parameters);
  if (!rows) return fail(std::move(rows));
  return rows->empty() ? 0 : rows->front().integer(0);
}

result<std::int64_t> session_rows::last_place() {
  auto rows = store_.query("SELECT coalesce(max(seq), 0) FROM latchkey_session");
  if (!rows) return fail(std::move(rows));
  return rows->empty() ? 0 : rows->front().integer(0);
}

result<void> session_rows::remove(const session_hash& hash) {
  const std::array<sql_value, 1> parameters{to_value(hash)};
  return without_count(store_.execute(R"(DELETE FROM latchkey_session WHERE "sessionHash" = ?)", parameters));
}

result<std::int64_t> session_rows::remove_user(std::string_view user_id, std::int64_t last_place, std::int64_t limit) {
  const std::array<sql_value, 3> parameters{std::string(user_id), last_place, limit};
  return store_.execute(R"(DELETE FROM latchkey_session WHERE seq IN
                             (SELECT seq FROM latchkey_session WHERE "userId" = ? AND seq <= ? ORDER BY seq LIMIT ?))",
                        parameters);
}

}  // namespace latchkey::native
