// SPDX-License-Identifier: Apache-2.0
#include "sessions/revocation_tables.h"

#include <algorithm>
#include <array>

#include "latchkey/native/sql/migrations.h"
#include "sessions/session_rows.h"

namespace latchkey::native {
namespace {

// `seq` grows with every write, replacements included (AUTOINCREMENT), so a reader sees what is new by it.
constexpr std::array<std::string_view, 5> first_tables{
    R"(CREATE TABLE latchkey_revoked_session (
         seq INTEGER PRIMARY KEY AUTOINCREMENT,
         "sessionHash" BLOB NOT NULL UNIQUE,
         "expiresAt" INTEGER NOT NULL))",
    R"(CREATE TABLE latchkey_user_cutoff (
         seq INTEGER PRIMARY KEY AUTOINCREMENT,
         "userId" TEXT NOT NULL UNIQUE,
         "notBefore" INTEGER NOT NULL))",
    R"(CREATE TABLE latchkey_session_renewal (
         seq INTEGER PRIMARY KEY AUTOINCREMENT,
         "oldHash" BLOB NOT NULL UNIQUE,
         "oldExpiresAt" INTEGER NOT NULL,
         "successorHash" BLOB NOT NULL,
         "successorId" TEXT NOT NULL,
         "successorCreatedAt" INTEGER NOT NULL,
         "successorExpiresAt" INTEGER NOT NULL,
         "renewedAt" INTEGER NOT NULL,
         family BLOB NOT NULL))",
    R"(CREATE INDEX "latchkey_session_renewal_successorHash_idx" ON latchkey_session_renewal ("successorHash"))",
    R"(CREATE INDEX latchkey_session_renewal_family_idx ON latchkey_session_renewal (family))"};
constexpr std::array<migration, 1> steps{migration{"revocation tables", first_tables}};

}  // namespace

result<void> revocation_tables::create(database& store) { return migrate(store, "sessions", steps); }

result<void> revocation_tables::read_new(revocation_progress& progress, revocation_mirror& mirror) {
  const std::array<sql_value, 1> after_revoked{progress.revoked};
  auto revoked =
      store_.visit(R"(SELECT seq, "sessionHash", "expiresAt" FROM latchkey_revoked_session WHERE seq > ? ORDER BY seq)",
                   after_revoked, [&](const sql_row& row) {
                     mirror.add_revoked(to_hash(row.blob(1)), row.integer(2));
                     progress.revoked = row.integer(0);
                     return true;
                   });
  if (!revoked) return revoked;
  const std::array<sql_value, 1> after_cutoffs{progress.cutoffs};
  auto cutoffs =
      store_.visit(R"(SELECT seq, "userId", "notBefore" FROM latchkey_user_cutoff WHERE seq > ? ORDER BY seq)",
                   after_cutoffs, [&](const sql_row& row) {
                     mirror.set_cutoff(row.text(1), row.integer(2), row.integer(0));
                     progress.cutoffs = row.integer(0);
                     return true;
                   });
  if (!cutoffs) return cutoffs;
  const std::array<sql_value, 1> after_renewals{progress.renewals};
  return store_.visit(
      R"(SELECT seq, "oldHash", "renewedAt", "oldExpiresAt", family FROM latchkey_session_renewal
         WHERE seq > ? ORDER BY seq)",
      after_renewals, [&](const sql_row& row) {
        mirror.add_renewed(to_hash(row.blob(1)), to_hash(row.blob(4)), row.integer(2), row.integer(3));
        progress.renewals = row.integer(0);
        return true;
      });
}

result<bool> revocation_tables::is_over(const session_hash& hash, const latchkey::session& value) {
  const std::array<sql_value, 4> parameters{to_value(hash), to_value(hash), value.user_id, value.created_at_ms};
  auto rows = store_.query(R"(SELECT 1 FROM latchkey_revoked_session WHERE "sessionHash" = ?
                              UNION ALL
                              SELECT 1 FROM latchkey_revoked_session WHERE "sessionHash" =
                                (SELECT family FROM latchkey_session_renewal WHERE "oldHash" = ?)
                              UNION ALL
                              SELECT 1 FROM latchkey_user_cutoff WHERE "userId" = ? AND "notBefore" >= ? LIMIT 1)",
                           parameters);
  if (!rows) return fail(std::move(rows));
  return !rows->empty();
}

result<std::optional<renewal_row>> revocation_tables::find_renewal(const session_hash& old) {
  const std::array<sql_value, 1> parameters{to_value(old)};
  auto rows =
      store_.query(R"(SELECT "successorHash", "successorId", "successorCreatedAt", "successorExpiresAt", "renewedAt"
                              FROM latchkey_session_renewal WHERE "oldHash" = ?)",
                   parameters);
  if (!rows) return fail(std::move(rows));
  if (rows->empty()) return std::optional<renewal_row>();
  const sql_row& row = rows->front();
  return renewal_row{to_hash(row.blob(0)), row.text(1), row.integer(2), row.integer(3), row.integer(4)};
}

result<renewal_row> revocation_tables::follow(renewal_row row) {
  // A chain has no cycle: every successor's id is new. The bound is for a file that someone has written into.
  for (int hops = 0; hops < 1'000; ++hops) {
    auto next = find_renewal(row.successor_hash);
    if (!next) return fail(std::move(next));
    if (!*next) return row;
    row = std::move(**next);
  }
  return fail(errc::store_failed, "A chain of session renewals has no end.");
}

result<session_hash> revocation_tables::family_of(const session_hash& hash) {
  const std::array<sql_value, 2> parameters{to_value(hash), to_value(hash)};
  auto rows = store_.query(R"(SELECT family FROM latchkey_session_renewal WHERE "successorHash" = ?
                              UNION ALL
                              SELECT family FROM latchkey_session_renewal WHERE "oldHash" = ? LIMIT 1)",
                           parameters);
  if (!rows) return fail(std::move(rows));
  return rows->empty() ? hash : to_hash(rows->front().blob(0));
}

result<bool> revocation_tables::insert_renewal(const session_hash& old, std::int64_t old_expires_at_ms,
                                               const renewal_row& row) {
  auto family = family_of(old);
  if (!family) return fail(std::move(family));
  const std::array<sql_value, 8> parameters{to_value(old),
                                            old_expires_at_ms,
                                            to_value(row.successor_hash),
                                            row.successor_id,
                                            row.successor_created_at_ms,
                                            row.successor_expires_at_ms,
                                            row.renewed_at_ms,
                                            to_value(*family)};
  auto inserted = store_.execute(
      R"(INSERT INTO latchkey_session_renewal ("oldHash", "oldExpiresAt", "successorHash", "successorId",
           "successorCreatedAt", "successorExpiresAt", "renewedAt", family)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT ("oldHash") DO NOTHING)",
      parameters);
  if (!inserted) return fail(std::move(inserted));
  return *inserted == 1;
}

result<void> revocation_tables::move_row(const session_hash& old, const session_hash& successor,
                                         const latchkey::session& value, std::int64_t now_ms) {
  session_rows listed(store_);
  auto row = listed.find(old);
  if (!row) return fail(std::move(row));
  // One that began before there was a list has no row yet.
  session_row moved = row->value_or(session_row{});
  moved.hash = successor;
  moved.user_id = value.user_id;
  moved.created_at_ms = value.created_at_ms;
  moved.expires_at_ms = value.expires_at_ms;
  moved.last_seen_ms = now_ms;
  if (auto removed = listed.remove(old); !removed) return removed;
  return listed.insert(moved);
}

// A family may be long, and all other writers wait meanwhile. Each member but the last one was renewed and is found under
// its family, so the family's own hash, which is that of its first member, stands for them.
result<revocation_tables::member_list> revocation_tables::revoke_family(const session_hash& hash,
                                                                        std::int64_t expires_at_ms) {
  auto family = family_of(hash);
  if (!family) return fail(std::move(family));
  member_list members{{hash, expires_at_ms}};
  const std::array<sql_value, 1> which{to_value(*family)};
  auto last = store_.query(R"(SELECT "successorHash", "successorExpiresAt" FROM latchkey_session_renewal
                              WHERE family = ? ORDER BY seq DESC LIMIT 1)",
                           which);
  if (!last) return fail(std::move(last));
  if (!last->empty()) {
    // For as long as any member would live.
    const std::int64_t last_expires_at_ms = std::max(expires_at_ms, last->front().integer(1));
    if (const auto last_hash = to_hash(last->front().blob(0)); last_hash != hash) {
      members.emplace_back(last_hash, last_expires_at_ms);
    }
    if (*family == hash) {
      members.front().second = last_expires_at_ms;
    } else {
      members.emplace_back(*family, last_expires_at_ms);
    }
  }
  session_rows listed(store_);
  for (const auto& [member, member_expires_at_ms] : members) {
    const std::array<sql_value, 2> parameters{to_value(member), member_expires_at_ms};
    auto done = store_.execute(R"(INSERT INTO latchkey_revoked_session ("sessionHash", "expiresAt") VALUES (?, ?)
                                  ON CONFLICT ("sessionHash") DO NOTHING)",
                               parameters);
    if (!done) return fail(std::move(done));
    if (auto removed = listed.remove(member); !removed) return fail(std::move(removed));
  }
  return members;
}

result<user_cutoff> revocation_tables::find_cutoff(std::string_view user_id) {
  const std::array<sql_value, 1> which{std::string(user_id)};
  auto rows = store_.query(R"(SELECT "notBefore", seq FROM latchkey_user_cutoff WHERE "userId" = ?)", which);
  if (!rows) return fail(std::move(rows));
  return rows->empty() ? user_cutoff{} : user_cutoff{rows->front().integer(0), rows->front().integer(1)};
}

result<user_cutoff> revocation_tables::move_cutoff(std::string_view user_id, std::int64_t instant_ms) {
  auto present = find_cutoff(user_id);
  if (!present) return present;
  // One further than before even within a millisecond: a session created since then carries the next millisecond.
  const bool is_first = present->number == 0;
  const std::int64_t moved = is_first ? instant_ms : std::max(instant_ms, present->not_before_ms + 1);
  const std::array<sql_value, 1> which{std::string(user_id)};
  if (auto done = store_.execute(R"(DELETE FROM latchkey_user_cutoff WHERE "userId" = ?)", which); !done) {
    return fail(std::move(done));
  }
  const std::array<sql_value, 2> row{std::string(user_id), moved};
  auto done = store_.execute(R"(INSERT INTO latchkey_user_cutoff ("userId", "notBefore") VALUES (?, ?))", row);
  if (!done) return fail(std::move(done));
  return find_cutoff(user_id);
}

bool revocation_tables::delete_expired(std::int64_t before_ms) {
  const std::array<sql_value, 1> one{before_ms};
  const std::array<sql_value, 2> both{before_ms, before_ms};
  return store_.execute(R"(DELETE FROM latchkey_revoked_session WHERE "expiresAt" < ?)", one).has_value() &&
         store_
             .execute(R"(DELETE FROM latchkey_session_renewal WHERE "oldExpiresAt" < ? AND "successorExpiresAt" < ?)",
                      both)
             .has_value();
}

}  // namespace latchkey::native
