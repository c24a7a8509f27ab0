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
constexpr std::array<std::string_view, 3> sweep_tables{
    R"(CREATE TABLE latchkey_session_sweep (
         number INTEGER PRIMARY KEY,
         "expiredBefore" INTEGER NOT NULL))",
    R"(CREATE INDEX "latchkey_revoked_session_expiresAt_idx" ON latchkey_revoked_session ("expiresAt"))",
    R"(CREATE INDEX "latchkey_session_renewal_oldExpiresAt_idx" ON latchkey_session_renewal ("oldExpiresAt"))"};
constexpr std::array<migration, 2> steps{migration{"revocation tables", first_tables},
                                         migration{"sweeps on record", sweep_tables}};

// No user has it: an empty id is refused. Its cutoff gives the numbers of sweeps.
constexpr std::string_view user_of_sweeps;

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
  auto renewals = store_.visit(
      R"(SELECT seq, "oldHash", "renewedAt", max("oldExpiresAt", "successorExpiresAt"), family
         FROM latchkey_session_renewal
         WHERE seq > ? ORDER BY seq)",
      after_renewals, [&](const sql_row& row) {
        mirror.add_renewed(to_hash(row.blob(1)), to_hash(row.blob(4)), row.integer(2), row.integer(3));
        progress.renewals = row.integer(0);
        return true;
      });
  if (!renewals) return renewals;
  // Last: what was deleted before its rows were read here is on record by now.
  auto swept = sweeps();
  if (!swept) return fail(std::move(swept));
  mirror.set_sweeps(std::move(*swept));
  return {};
}

result<bool> revocation_tables::is_over(const session_hash& hash, const latchkey::session& value) {
  const session_stamp stamp = stamp_of(value);
  const std::array<sql_value, 8> parameters{to_value(hash),      to_value(hash), value.user_id, stamp.mark,
                                            stamp.created_at_ms, stamp.mark,     stamp.mark,    stamp.expires_at_ms};
  auto rows = store_.query(R"(SELECT 1 FROM latchkey_revoked_session WHERE "sessionHash" = ?
                              UNION ALL
                              SELECT 1 FROM latchkey_revoked_session WHERE "sessionHash" =
                                (SELECT family FROM latchkey_session_renewal WHERE "oldHash" = ?)
                              UNION ALL
                              SELECT 1 FROM latchkey_user_cutoff WHERE "userId" = ?
                                AND CASE WHEN ? < 0 THEN "notBefore" >= ? ELSE seq > ? END
                              UNION ALL
                              SELECT 1 FROM latchkey_session_sweep WHERE number > ? AND "expiredBefore" > ? LIMIT 1)",
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
  moved.mark = stamp_of(value).mark;
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

result<std::int64_t> revocation_tables::delete_expired(std::int64_t before_ms, std::int64_t limit) {
  const std::array<sql_value, 2> by_one{before_ms, limit};
  const std::array<sql_value, 3> by_both{before_ms, before_ms, limit};
  std::int64_t deleted = 0;
  const auto run = [&](std::string_view statement, std::span<const sql_value> parameters) {
    auto done = store_.execute(statement, parameters);
    if (done) deleted += *done;
    return done;
  };
  auto done = run(R"(DELETE FROM latchkey_session WHERE seq IN
                       (SELECT seq FROM latchkey_session WHERE "expiresAt" < ? LIMIT ?))",
                  by_one);
  if (done) {
    done = run(R"(DELETE FROM latchkey_revoked_session WHERE seq IN
                    (SELECT seq FROM latchkey_revoked_session WHERE "expiresAt" < ? LIMIT ?))",
               by_one);
  }
  if (done) {
    done = run(R"(DELETE FROM latchkey_session_renewal WHERE seq IN
                    (SELECT seq FROM latchkey_session_renewal
                     WHERE "oldExpiresAt" < ? AND "successorExpiresAt" < ? LIMIT ?))",
               by_both);
  }
  if (!done) return done;
  return deleted;
}

result<void> revocation_tables::record_sweep(std::int64_t before_ms) {
  auto numbered = move_cutoff(user_of_sweeps, before_ms);
  if (!numbered) return fail(std::move(numbered));
  // What an earlier one says about a session, this one says as well, unless the earlier one reached further.
  const std::array<sql_value, 1> covered{before_ms};
  if (auto done = store_.execute(R"(DELETE FROM latchkey_session_sweep WHERE "expiredBefore" <= ?)", covered); !done) {
    return fail(std::move(done));
  }
  const std::array<sql_value, 2> row{numbered->number, before_ms};
  auto done = store_.execute(R"(INSERT INTO latchkey_session_sweep (number, "expiredBefore") VALUES (?, ?))", row);
  if (!done) return fail(std::move(done));
  return {};
}

result<std::vector<sweep_record>> revocation_tables::sweeps() {
  std::vector<sweep_record> all;
  auto read =
      store_.visit(R"(SELECT number, "expiredBefore" FROM latchkey_session_sweep)", {}, [&all](const sql_row& row) {
        all.push_back({row.integer(0), row.integer(1)});
        return true;
      });
  if (!read) return fail(std::move(read));
  return all;
}

}  // namespace latchkey::native
