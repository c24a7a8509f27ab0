// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <atomic>
#include <limits>

#include "latchkey/base64url.h"
#include "latchkey/native/crypto/secret_bytes.h"
#include "latchkey/native/sessions/revocation_store.h"
#include "latchkey/native/sql/change_watch.h"
#include "sessions/confirmed_clock.h"
#include "sessions/revocation_mirror.h"
#include "sessions/revocation_tables.h"
#include "sessions/session_batches.h"
#include "sessions/session_hash_memo.h"
#include "sessions/session_rows.h"

namespace latchkey::native {
namespace {

// Rows stay a day longer than they matter, so that a clock which is set back can't revive what was revoked.
constexpr std::int64_t sweep_margin_ms = 86'400'000;
constexpr std::int64_t sweep_interval_ms = 600'000;
constexpr std::int64_t sweep_rows = 1'000;
constexpr std::size_t min_sessions_per_user = 16;

tl::unexpected<error> sign_in_too_old() {
  return fail(errc::unauthenticated, "All sessions of this user were ended while they signed in; sign in again.");
}

class sql_revocation_store final : public revocation_store {
 public:
  sql_revocation_store(std::shared_ptr<database> store, sql_revocation_options options)
      : store_(std::move(store)),
        max_per_user_(static_cast<std::int64_t>(options.max_sessions_per_user)),
        clock_(std::move(options.steady_clock)),
        watch_(store_) {}

  result<void> load() {
    return watch_.check_now([this] { return read_new_rows(); });
  }

  result<bool> is_live(const latchkey::session& value, std::int64_t now_ms) override {
    clock_.begin(now_ms);
    if (auto checked = watch_.check([this] { return read_new_rows(); }); !checked) return fail(std::move(checked));
    auto hash = hashes_.hash_of(value.id);
    if (!hash) return fail(std::move(hash));
    auto is_known = is_known_mark(value);
    if (!is_known || !*is_known) return is_known;
    return mirror_.is_live(*hash, stamp_of(value), now_ms);
  }

  result<revocation_outcome> revoke(const latchkey::session& value, std::int64_t now_ms) override;
  result<void> revoke_user(std::string_view user_id, std::int64_t now_ms) override;
  result<std::int64_t> sign_in_mark() override;
  // Numbers tell before from after, so that no instant has to.
  result<std::int64_t> creation_time(std::string_view, std::int64_t now_ms) override { return now_ms; }
  result<void> add(const latchkey::session& value, const session_origin& origin, std::int64_t now_ms) override;
  result<std::vector<listed_session>> list(std::string_view user_id, const latchkey::session* current,
                                           std::int64_t now_ms) override;
  result<bool> revoke_listed(std::string_view user_id, std::string_view handle, std::int64_t now_ms) override;
  result<std::int64_t> revoke_others(const latchkey::session& current, std::int64_t now_ms) override;
  result<renewal> renew(const latchkey::session& old, const latchkey::session& candidate, std::int64_t now_ms) override;

 private:
  result<void> read_new_rows();
  result<bool> is_known_mark(const latchkey::session& value);
  result<void> make_room(sql_transaction& transaction, std::string_view user_id, std::int64_t now_ms,
                         revocation_tables::member_list& ended);
  result<void> sweep_once(std::int64_t before_ms, bool& is_done);
  result<renewal> renew_again(revocation_tables& tables, const renewal_row& row, const latchkey::session& old,
                              std::int64_t now_ms);
  result<session_hash> last_of(const latchkey::session& value);
  result<renewal> renew_first(revocation_tables& tables, const session_hash& hash, const latchkey::session& old,
                              const latchkey::session& candidate, std::int64_t now_ms);
  void show(const revocation_tables::member_list& ended);
  void sweep(std::int64_t now_ms);

  std::shared_ptr<database> store_;
  const std::int64_t max_per_user_;
  confirmed_clock clock_;
  change_watch watch_;
  session_hash_memo hashes_;
  revocation_mirror mirror_;
  // How far each table has been read. Touched only inside `watch_`, which lets one thread in at a time.
  revocation_progress progress_;
  // On the monotonic clock.
  std::atomic<std::int64_t> next_sweep_ms_{std::numeric_limits<std::int64_t>::min()};
};

result<void> sql_revocation_store::read_new_rows() {
  revocation_tables tables(*store_);
  return tables.read_new(progress_, mirror_);
}

// A mark that was not given yet is from another database, or from this one before an older copy took its place: what
// such a session was ended by is not known here. Another process may have given it just now.
result<bool> sql_revocation_store::is_known_mark(const latchkey::session& value) {
  if (value.sign_in_mark.value_or(0) <= mirror_.last_cutoff()) return true;
  if (auto loaded = load(); !loaded) return fail(std::move(loaded));
  return *value.sign_in_mark <= mirror_.last_cutoff();
}

result<revocation_outcome> sql_revocation_store::revoke(const latchkey::session& value, std::int64_t now_ms) {
  const auto hash = sha256(as_bytes(value.id));
  if (!hash) return fail(errc::crypto_failed, hash.error().message);
  // An ended session stays ended, so whoever sends its cookie again and again never gets as far as the disk.
  if (mirror_.is_revoked(*hash, stamp_of(value))) return revocation_outcome::over;
  auto transaction = store_->begin(transaction_mode::write);
  if (!transaction) return fail(std::move(transaction));
  revocation_tables tables(**transaction);
  auto over = tables.is_over(*hash, value);
  if (!over) return fail(std::move(over));
  if (*over) return revocation_outcome::over;
  auto row = tables.find_renewal(*hash);
  if (!row) return fail(std::move(row));
  const bool is_reused = *row && !is_within_grace((*row)->renewed_at_ms, now_ms);
  auto ended = tables.revoke_family(*hash, value.expires_at_ms);
  if (!ended) return fail(std::move(ended));
  if (auto done = (*transaction)->commit(); !done) return fail(std::move(done));
  transaction->reset();
  show(*ended);
  sweep(now_ms);
  return is_reused ? revocation_outcome::reused : revocation_outcome::ended;
}

// What a committed transaction has ended, to the checks of this process.
void sql_revocation_store::show(const revocation_tables::member_list& ended) {
  for (const auto& [member, expires_at_ms] : ended) mirror_.add_revoked(member, expires_at_ms);
}

result<void> sql_revocation_store::revoke_user(std::string_view user_id, std::int64_t now_ms) {
  clock_.begin(now_ms);
  std::int64_t last_place = 0;
  std::int64_t removed_rows = 0;
  {
    auto transaction = store_->begin(transaction_mode::write);
    if (!transaction) return fail(std::move(transaction));
    revocation_tables tables(**transaction);
    session_rows listed(**transaction);
    // Sessions without a mark are told by their creation, which a clock that was ahead may have dated later than now.
    auto newest = listed.newest_unmarked_creation(user_id);
    if (!newest) return fail(std::move(newest));
    auto last = listed.last_place();
    if (!last) return fail(std::move(last));
    auto moved = tables.move_cutoff(user_id, std::max(now_ms, *newest));
    if (!moved) return fail(std::move(moved));
    auto removed = listed.remove_user(user_id, *last, session_batch_rows);
    if (!removed) return fail(std::move(removed));
    if (auto done = (*transaction)->commit(); !done) return done;
    mirror_.set_cutoff(std::string(user_id), moved->not_before_ms, moved->number);
    last_place = *last;
    removed_rows = *removed;
  }
  // They are over. Rows that stay, should this fail, are shown to nobody.
  while (removed_rows == session_batch_rows) {
    pause_between_batches();
    removed_rows = session_rows(*store_).remove_user(user_id, last_place, session_batch_rows).value_or(0);
  }
  return {};
}

result<std::int64_t> sql_revocation_store::sign_in_mark() {
  if (auto checked = load(); !checked) return fail(std::move(checked));
  return mirror_.last_cutoff();
}

// Ends the user's oldest sessions until one more is not too many. A table from before there was a limit may hold any
// number, and each sign-in ends some of them.
result<void> sql_revocation_store::make_room(sql_transaction& transaction, std::string_view user_id,
                                             std::int64_t now_ms, revocation_tables::member_list& ended) {
  session_batches batches(transaction);
  auto last = batches.place_of_newest(user_id, max_per_user_ - 1);
  if (!last) return fail(std::move(last));
  if (*last == 0) return {};
  auto batch = batches.end({user_id, 0, *last, {}}, session_batch_rows, now_ms);
  if (!batch) return fail(std::move(batch));
  ended = std::move(batch->ended);
  return {};
}

result<void> sql_revocation_store::add(const latchkey::session& value, const session_origin& origin,
                                       std::int64_t now_ms) {
  const auto hash = sha256(as_bytes(value.id));
  if (!hash) return fail(errc::crypto_failed, hash.error().message);
  auto transaction = store_->begin(transaction_mode::write);
  if (!transaction) return fail(std::move(transaction));
  revocation_tables tables(**transaction);
  auto cutoff = tables.find_cutoff(value.user_id);
  if (!cutoff) return fail(std::move(cutoff));
  if (cutoff->number > origin.sign_in_mark) return sign_in_too_old();
  revocation_tables::member_list ended;
  if (auto made = make_room(**transaction, value.user_id, now_ms, ended); !made) return made;
  auto inserted = session_rows(**transaction)
                      .insert({*hash, value.user_id, value.created_at_ms, value.expires_at_ms, std::nullopt, origin.ip,
                               origin.user_agent, stamp_of(value).mark});
  if (!inserted) return inserted;
  if (auto done = (*transaction)->commit(); !done) return done;
  transaction->reset();
  show(ended);
  sweep(now_ms);
  return {};
}

// The last session of its chain of renewals.
result<session_hash> sql_revocation_store::last_of(const latchkey::session& value) {
  const auto hash = sha256(as_bytes(value.id));
  if (!hash) return fail(errc::crypto_failed, hash.error().message);
  revocation_tables tables(*store_);
  auto row = tables.find_renewal(*hash);
  if (!row) return fail(std::move(row));
  if (!*row) return *hash;
  auto last = tables.follow(**row);
  if (!last) return fail(std::move(last));
  return last->successor_hash;
}

result<std::vector<listed_session>> sql_revocation_store::list(std::string_view user_id,
                                                               const latchkey::session* current, std::int64_t now_ms) {
  if (auto checked = load(); !checked) return fail(std::move(checked));
  std::optional<session_hash> own;
  if (current != nullptr) {
    auto last = last_of(*current);
    if (!last) return fail(std::move(last));
    own = *last;
  }
  auto rows = session_rows(*store_).list(user_id, now_ms, listed_sessions_max);
  if (!rows) return fail(std::move(rows));
  std::vector<listed_session> listed;
  for (session_row& row : *rows) {
    // A row outlives its session only where a program that knows no list has ended it.
    if (!mirror_.is_live(row.hash, row.stamp(), now_ms)) continue;
    listed.push_back({to_base64url(row.hash), row.created_at_ms, row.expires_at_ms, row.last_seen_ms, std::move(row.ip),
                      std::move(row.user_agent), row.hash == own});
  }
  return listed;
}

result<bool> sql_revocation_store::revoke_listed(std::string_view user_id, std::string_view handle,
                                                 std::int64_t now_ms) {
  const auto hash = parse_handle(handle);
  if (!hash) return false;
  auto transaction = store_->begin(transaction_mode::write);
  if (!transaction) return fail(std::move(transaction));
  auto row = session_rows(**transaction).find(*hash);
  if (!row) return fail(std::move(row));
  if (!*row || (*row)->user_id != user_id || (*row)->expires_at_ms <= now_ms) return false;
  auto ended = revocation_tables(**transaction).revoke_family(*hash, (*row)->expires_at_ms);
  if (!ended) return fail(std::move(ended));
  if (auto done = (*transaction)->commit(); !done) return fail(std::move(done));
  show(*ended);
  return true;
}

result<std::int64_t> sql_revocation_store::revoke_others(const latchkey::session& current, std::int64_t now_ms) {
  return end_other_sessions(*store_, current, now_ms, [this](const auto& ended) { show(ended); });
}

result<renewal> sql_revocation_store::renew(const latchkey::session& old, const latchkey::session& candidate,
                                            std::int64_t now_ms) {
  const auto hash = sha256(as_bytes(old.id));
  if (!hash) return fail(errc::crypto_failed, hash.error().message);
  auto is_known = is_known_mark(old);
  if (!is_known) return fail(std::move(is_known));
  if (!*is_known) return renewal{};
  auto transaction = store_->begin(transaction_mode::write);
  if (!transaction) return fail(std::move(transaction));
  revocation_tables tables(**transaction);
  auto over = tables.is_over(*hash, old);
  if (!over) return fail(std::move(over));
  if (*over) return renewal{};
  auto row = tables.find_renewal(*hash);
  if (!row) return fail(std::move(row));
  auto answer = *row ? renew_again(tables, **row, old, now_ms) : renew_first(tables, *hash, old, candidate, now_ms);
  if (!answer || answer->outcome == renewal_outcome::joined) return answer;
  const auto family = tables.family_of(*hash);
  if (!family) return tl::unexpected<error>(family.error());
  if (auto done = (*transaction)->commit(); !done) return fail(std::move(done));
  transaction->reset();
  if (answer->outcome == renewal_outcome::renewed) {
    mirror_.add_renewed(*hash, *family, now_ms, std::max(old.expires_at_ms, candidate.expires_at_ms));
  }
  sweep(now_ms);
  return answer;
}

// It has a successor: the same one for all who come in time, the end of the family for who comes later.
result<renewal> sql_revocation_store::renew_again(revocation_tables& tables, const renewal_row& row,
                                                  const latchkey::session& old, std::int64_t now_ms) {
  if (!is_within_grace(row.renewed_at_ms, now_ms)) {
    auto ended = tables.revoke_family(row.successor_hash, row.successor_expires_at_ms);
    if (!ended) return fail(std::move(ended));
    show(*ended);
    return renewal{renewal_outcome::reused, {}};
  }
  // The successor may have been renewed in these seconds as well; only the last one of the chain will stay.
  auto last = tables.follow(row);
  if (!last) return fail(std::move(last));
  renewal answer{renewal_outcome::joined, old};
  answer.session.id = last->successor_id;
  answer.session.created_at_ms = last->successor_created_at_ms;
  answer.session.expires_at_ms = last->successor_expires_at_ms;
  return answer;
}

result<renewal> sql_revocation_store::renew_first(revocation_tables& tables, const session_hash& hash,
                                                  const latchkey::session& old, const latchkey::session& candidate,
                                                  std::int64_t now_ms) {
  const auto successor_hash = sha256(as_bytes(candidate.id));
  if (!successor_hash) return fail(errc::crypto_failed, successor_hash.error().message);
  const renewal_row row{*successor_hash, candidate.id, candidate.created_at_ms, candidate.expires_at_ms, now_ms};
  auto inserted = tables.insert_renewal(hash, old.expires_at_ms, row);
  if (!inserted) return fail(std::move(inserted));
  if (*inserted) {
    if (auto moved = tables.move_row(hash, *successor_hash, candidate, now_ms); !moved) return fail(std::move(moved));
    return renewal{renewal_outcome::renewed, candidate};
  }
  auto present = tables.find_renewal(hash);
  if (!present) return fail(std::move(present));
  if (!*present) return fail(errc::store_failed, "A renewal was neither stored nor found.");
  return renew_again(tables, **present, old, now_ms);
}

result<void> sql_revocation_store::sweep_once(std::int64_t before_ms, bool& is_done) {
  auto transaction = store_->begin(transaction_mode::write);
  if (!transaction) return fail(std::move(transaction));
  revocation_tables tables(**transaction);
  auto deleted = tables.delete_expired(before_ms, sweep_rows);
  if (!deleted) return fail(std::move(deleted));
  is_done = *deleted < sweep_rows;
  if (*deleted > 0) {
    if (auto recorded = tables.record_sweep(before_ms); !recorded) return recorded;
  }
  auto swept = tables.sweeps();
  if (!swept) return fail(std::move(swept));
  if (auto done = (*transaction)->commit(); !done) return done;
  // Without rows that old another process has deleted them, and what is on record covers what is forgotten here.
  mirror_.set_sweeps(std::move(*swept));
  mirror_.forget_expired(before_ms);
  return {};
}

// Housekeeping after a write. It may fail: the rows that stay are refused or ignored all the same.
void sql_revocation_store::sweep(std::int64_t now_ms) {
  const std::int64_t before_ms = clock_.confirm(now_ms) - sweep_margin_ms;
  const std::int64_t steady_ms = clock_.steady_ms();
  std::int64_t next = next_sweep_ms_.load();
  if (steady_ms < next || !next_sweep_ms_.compare_exchange_strong(next, steady_ms + sweep_interval_ms)) return;
  bool is_done = true;
  static_cast<void>(sweep_once(before_ms, is_done));
  // The next write goes on where much has gathered.
  if (!is_done) next_sweep_ms_.store(steady_ms);
}

}  // namespace

result<std::shared_ptr<revocation_store>> open_sql_revocation_store(std::shared_ptr<database> store,
                                                                    sql_revocation_options options) {
  if (store == nullptr) return fail(errc::configuration_invalid, "The revocation store needs a database.", "store");
  if (options.steady_clock == nullptr || options.max_sessions_per_user < min_sessions_per_user) {
    return fail(errc::configuration_invalid,
                "The revocation store needs a monotonic clock and room for at least 16 sessions of a user.", "session");
  }
  if (auto done = revocation_tables::create(*store); !done) return fail(std::move(done));
  if (auto done = session_rows::create(*store); !done) return fail(std::move(done));
  auto opened = std::make_shared<sql_revocation_store>(std::move(store), std::move(options));
  if (auto loaded = opened->load(); !loaded) return fail(std::move(loaded));
  return std::shared_ptr<revocation_store>(std::move(opened));
}

}  // namespace latchkey::native
