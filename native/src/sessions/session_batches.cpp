// SPDX-License-Identifier: Apache-2.0
#include "sessions/session_batches.h"

#include <array>
#include <chrono>
#include <thread>

#include "latchkey/native/crypto/secret_bytes.h"
#include "sessions/session_rows.h"

namespace latchkey::native {
namespace {

result<std::int64_t> first_integer(sql_executor& store, std::string_view statement,
                                   std::span<const sql_value> parameters = {}) {
  auto rows = store.query(statement, parameters);
  if (!rows) return fail(std::move(rows));
  return rows->empty() ? 0 : rows->front().integer(0);
}

}  // namespace

void pause_between_batches() { std::this_thread::sleep_for(std::chrono::milliseconds(5)); }

result<ended_batch> session_batches::end(const session_range& range, std::int64_t limit, std::int64_t now_ms) {
  const std::array<sql_value, 4> parameters{std::string(range.user_id), range.after, range.last, limit};
  ended_batch batch;
  session_hash kept_row{};
  std::int64_t rows = 0;
  // The row of a session that was renewed is that of its last successor; the family stands for the ones before it.
  auto read = store_.visit(
      R"(SELECT s.seq, s."sessionHash", s."expiresAt", r.family, max(s."expiresAt", r."oldExpiresAt")
         FROM latchkey_session s LEFT JOIN latchkey_session_renewal r ON r."successorHash" = s."sessionHash"
         WHERE s."userId" = ? AND s.seq > ? AND s.seq <= ? ORDER BY s.seq LIMIT ?)",
      parameters, [&](const sql_row& row) {
        batch.reached = row.integer(0);
        ++rows;
        const auto hash = to_hash(row.blob(1));
        const auto family = row.is_null(3) ? hash : to_hash(row.blob(3));
        if (range.kept && family == *range.kept) {
          kept_row = hash;
          return true;
        }
        if (row.integer(2) > now_ms) ++batch.live;
        batch.ended.emplace_back(hash, row.integer(2));
        if (family != hash) batch.ended.emplace_back(family, row.integer(4));
        return true;
      });
  if (!read) return fail(std::move(read));
  batch.is_full = rows == limit;
  if (batch.ended.empty()) return batch;
  session_range written = range;
  written.last = batch.reached;
  if (auto done = write(written, kept_row); !done) return fail(std::move(done));
  return batch;
}

result<void> session_batches::write(const session_range& range, const session_hash& kept_row) {
  const std::array<sql_value, 4> parameters{std::string(range.user_id), range.after, range.last, to_value(kept_row)};
  for (const std::string_view statement :
       {R"(INSERT INTO latchkey_revoked_session ("sessionHash", "expiresAt")
           SELECT "sessionHash", "expiresAt" FROM latchkey_session
           WHERE "userId" = ? AND seq > ? AND seq <= ? AND "sessionHash" <> ?
           ON CONFLICT ("sessionHash") DO NOTHING)",
        R"(INSERT INTO latchkey_revoked_session ("sessionHash", "expiresAt")
           SELECT r.family, max(s."expiresAt", r."oldExpiresAt")
           FROM latchkey_session s JOIN latchkey_session_renewal r ON r."successorHash" = s."sessionHash"
           WHERE s."userId" = ? AND s.seq > ? AND s.seq <= ? AND s."sessionHash" <> ?
           ON CONFLICT ("sessionHash") DO NOTHING)",
        R"(DELETE FROM latchkey_session WHERE "userId" = ? AND seq > ? AND seq <= ? AND "sessionHash" <> ?)"}) {
    if (auto done = store_.execute(statement, parameters); !done) return fail(std::move(done));
  }
  return {};
}

result<ended_batch> session_batches::end_renewed(const session_range& range, std::int64_t last_renewal,
                                                 std::int64_t now_ms) {
  const std::array<sql_value, 3> parameters{std::string(range.user_id), range.last, last_renewal};
  std::vector<std::pair<session_hash, std::int64_t>> renewed;
  auto read = store_.visit(
      R"(SELECT s."sessionHash", s."expiresAt", r.family
         FROM latchkey_session s JOIN latchkey_session_renewal r ON r."successorHash" = s."sessionHash"
         WHERE s."userId" = ? AND s.seq > ? AND r.seq > ?)",
      parameters, [&](const sql_row& row) {
        if (to_hash(row.blob(2)) != range.kept) renewed.emplace_back(to_hash(row.blob(0)), row.integer(1));
        return true;
      });
  if (!read) return fail(std::move(read));
  revocation_tables tables(store_);
  ended_batch batch;
  for (const auto& [hash, expires_at_ms] : renewed) {
    auto ended = tables.revoke_family(hash, expires_at_ms);
    if (!ended) return fail(std::move(ended));
    batch.ended.insert(batch.ended.end(), ended->begin(), ended->end());
    if (expires_at_ms > now_ms) ++batch.live;
  }
  return batch;
}

result<std::int64_t> session_batches::place_of_newest(std::string_view user_id, std::int64_t newer) {
  const std::array<sql_value, 2> parameters{std::string(user_id), newer};
  return first_integer(
      store_, R"(SELECT seq FROM latchkey_session WHERE "userId" = ? ORDER BY seq DESC LIMIT 1 OFFSET ?)", parameters);
}

result<std::int64_t> session_batches::last_renewal() {
  return first_integer(store_, "SELECT coalesce(max(seq), 0) FROM latchkey_session_renewal");
}

namespace {

// The first batch, with what the later ones need to know of the moment in which it begins.
result<ended_batch> begin_ending_others(sql_transaction& transaction, const latchkey::session& current,
                                        session_range& others, std::int64_t now_ms) {
  const auto hash = sha256(as_bytes(current.id));
  if (!hash) return fail(errc::crypto_failed, hash.error().message);
  revocation_tables tables(transaction);
  auto over = tables.is_over(*hash, current);
  if (!over) return fail(std::move(over));
  if (*over) return fail(errc::unauthenticated, "The session that should stay is over.");
  auto kept = tables.family_of(*hash);
  if (!kept) return fail(std::move(kept));
  auto last = session_rows(transaction).last_place();
  if (!last) return fail(std::move(last));
  others.kept = *kept;
  others.last = *last;
  return session_batches(transaction).end(others, session_batch_rows, now_ms);
}

/** Runs one step as a transaction of its own and shows what it has ended. */
template <class Step>
result<ended_batch> end_in_transaction(database& store, const ended_report& show, Step step) {
  auto transaction = store.begin(transaction_mode::write);
  if (!transaction) return fail(std::move(transaction));
  result<ended_batch> batch = step(**transaction);
  if (!batch) return batch;
  if (auto done = (*transaction)->commit(); !done) return fail(std::move(done));
  show(batch->ended);
  return batch;
}

}  // namespace

result<std::int64_t> end_other_sessions(database& store, const latchkey::session& current, std::int64_t now_ms,
                                        const ended_report& show) {
  session_range others{current.user_id};
  std::int64_t last_renewal = 0;
  auto batch = end_in_transaction(store, show, [&](sql_transaction& transaction) -> result<ended_batch> {
    auto last = session_batches(transaction).last_renewal();
    if (!last) return fail(std::move(last));
    last_renewal = *last;
    return begin_ending_others(transaction, current, others, now_ms);
  });
  if (!batch) return fail(std::move(batch));
  std::int64_t count = batch->live;
  const bool is_in_parts = batch->is_full;
  while (batch->is_full) {
    pause_between_batches();
    others.after = batch->reached;
    batch = end_in_transaction(store, show, [&](sql_transaction& transaction) {
      return session_batches(transaction).end(others, session_batch_rows, now_ms);
    });
    if (!batch) return fail(std::move(batch));
    count += batch->live;
  }
  if (!is_in_parts) return count;
  batch = end_in_transaction(store, show, [&](sql_transaction& transaction) {
    return session_batches(transaction).end_renewed(others, last_renewal, now_ms);
  });
  if (!batch) return fail(std::move(batch));
  return count + batch->live;
}

}  // namespace latchkey::native
