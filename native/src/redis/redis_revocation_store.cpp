// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>
#include <charconv>

#include "latchkey/native/redis/redis_session_provider.h"
#include "latchkey/native/sql/change_watch.h"
#include "redis/live_sessions.h"
#include "redis/session_scripts.h"
#include "sessions/session_rows.h"
#include "sessions/successor_seal.h"

namespace latchkey::native {
namespace {

constexpr std::size_t min_sessions_per_user = 16;
// Keys outlive their sessions a little: when one is over is decided here and not by the clock of Redis.
constexpr std::int64_t key_margin_ms = session_clock_skew_ms;
// More changes than this at once are not followed one by one.
constexpr std::size_t max_changes = 5'000;
constexpr std::size_t fields_of_listed = 7;

class redis_revocation_store final : public session_store {
 public:
  redis_revocation_store(std::shared_ptr<redis_client> client, redis_store_options options)
      : client_(std::move(client)),
        options_(std::move(options)),
        known_(options_.cached_sessions),
        state_(options_.known_state),
        watch_([this] { return last_change(); }) {}

  result<bool> is_live(const latchkey::session& value, std::int64_t now_ms) override;
  result<std::optional<found_session>> find(std::string_view session_id, std::int64_t now_ms) override;
  result<revocation_outcome> revoke(const latchkey::session& value, std::int64_t now_ms) override;
  result<void> revoke_user(std::string_view user_id, std::int64_t now_ms) override;
  result<std::int64_t> sign_in_mark() override;
  // A cut removes what was there, so that no instant has to tell before from after.
  result<std::int64_t> creation_time(std::string_view, std::int64_t now_ms) override { return now_ms; }
  result<void> add(const latchkey::session& value, const session_origin& origin, std::int64_t now_ms) override;
  result<std::vector<listed_session>> list(std::string_view user_id, const latchkey::session* current,
                                           std::int64_t now_ms) override;
  result<bool> revoke_listed(std::string_view user_id, std::string_view handle, std::int64_t now_ms) override;
  result<std::int64_t> revoke_others(const latchkey::session& current, std::int64_t now_ms) override;
  result<renewal> renew(const latchkey::session& old, const latchkey::session& candidate, std::int64_t now_ms) override;

 private:
  result<redis_reply> run(const std::string& script, std::initializer_list<std::string_view> arguments) {
    const std::string_view keys[] = {options_.prefix};
    return client_->run(script, keys, arguments);
  }
  result<std::int64_t> last_change();
  void note_state(std::int64_t state);
  result<void> read_changes();
  result<std::optional<known_session>> look_up(std::string_view session_id);
  result<revocation_outcome> end_family(std::string_view handle, std::int64_t now_ms);
  result<renewal> join(const redis_reply& reply, std::string_view handle, const latchkey::session& old,
                       std::int64_t now_ms);
  void forget(std::span<const redis_reply> handles) {
    for (const redis_reply& handle : handles) known_.forget(handle.text());
  }

  std::shared_ptr<redis_client> client_;
  const redis_store_options options_;
  live_sessions known_;
  // The first number of the state that Redis held last; 0 before the first, and while there is none.
  std::atomic<std::int64_t> state_;
  change_watch watch_;
  // How far the log was read. Touched only inside `watch_`, which lets one thread in at a time.
  std::int64_t read_up_to_ = 0;
};

std::string time_to_live(std::int64_t expires_at_ms, std::int64_t now_ms) {
  return std::to_string(std::max<std::int64_t>(expires_at_ms - now_ms, 0) + key_margin_ms);
}

bool is_usable(const known_session& known, std::int64_t now_ms) {
  return !known.renewed_at_ms || is_within_grace(*known.renewed_at_ms, now_ms);
}

/** 0 where nothing was ever written, or everything is lost. */
result<std::int64_t> redis_revocation_store::last_change() {
  const std::string key = options_.prefix + "state";
  const std::string_view arguments[] = {"HMGET", key, "n", "b"};
  auto reply = client_->command(arguments);
  if (!reply) return fail(std::move(reply));
  note_state(reply->at(1).integer());
  return reply->at(0).integer();
}

// What the host is told decides nothing: a call that throws is forgotten.
void redis_revocation_store::note_state(std::int64_t state) {
  const std::int64_t before = state_.exchange(state);
  if (state == before) return;
  try {
    if (before != 0 && options_.on_state_lost) options_.on_state_lost();
    if (state != 0 && options_.on_state) options_.on_state(state);
  } catch (...) {
  }
}

std::int64_t change_number(std::string_view stream_id) {
  std::int64_t number = 0;
  std::from_chars(stream_id.data(), stream_id.data() + stream_id.size(), number);
  return number;
}

result<void> redis_revocation_store::read_changes() {
  auto newest = last_change();
  if (!newest) return fail(std::move(newest));
  const std::string key = options_.prefix + "log";
  const std::string from = std::to_string(read_up_to_ + 1) + "-0";
  const std::string count = std::to_string(max_changes);
  const std::string_view arguments[] = {"XRANGE", key, from, "+", "COUNT", count};
  auto reply = client_->command(arguments);
  if (!reply) return fail(std::move(reply));
  bool is_followed = *newest >= read_up_to_;
  std::int64_t reached = read_up_to_;
  for (const redis_reply& entry : reply->list()) {
    const std::int64_t number = change_number(entry.at(0).text());
    is_followed = is_followed && number == reached + 1;
    reached = number;
    known_.forget(entry.at(1).at(1).text());
  }
  // The log is short, and a Redis that lost its memory begins a new one: whoever can't follow it knows nothing.
  if (!is_followed || reached < *newest) {
    known_.forget_all();
    reached = reply->list().empty() ? *newest : std::max(reached, *newest);
  }
  read_up_to_ = reached;
  return {};
}

result<std::optional<known_session>> redis_revocation_store::look_up(std::string_view session_id) {
  if (auto checked = watch_.check([this] { return read_changes(); }); !checked) return fail(std::move(checked));
  auto handle = session_handle(session_id);
  if (!handle) return fail(std::move(handle));
  if (auto known = known_.find(*handle)) return known;
  const std::uint64_t generation = known_.generation();
  const std::string key = options_.prefix + "s:" + *handle;
  const std::string_view arguments[] = {"HMGET", key, "u", "c", "e", "r", "m"};
  auto reply = client_->command(arguments);
  if (!reply) return fail(std::move(reply));
  if (reply->at(0).is_nil()) return std::optional<known_session>();
  known_session known;
  known.user_id = reply->at(0).text();
  known.created_at_ms = reply->at(1).integer();
  known.expires_at_ms = reply->at(2).integer();
  if (!reply->at(3).is_nil()) known.renewed_at_ms = reply->at(3).integer();
  known.metadata = reply->at(4).text();
  known_.keep(*handle, generation, known);
  return std::optional(std::move(known));
}

result<bool> redis_revocation_store::is_live(const latchkey::session& value, std::int64_t now_ms) {
  auto known = look_up(value.id);
  if (!known) return fail(std::move(known));
  return *known && (*known)->user_id == value.user_id && is_usable(**known, now_ms);
}

result<std::optional<found_session>> redis_revocation_store::find(std::string_view session_id, std::int64_t now_ms) {
  auto known = look_up(session_id);
  if (!known) return fail(std::move(known));
  if (!*known || (*known)->expires_at_ms <= now_ms) return std::optional<found_session>();
  found_session found;
  found.session.id = session_id;
  found.session.user_id = (*known)->user_id;
  found.session.created_at_ms = (*known)->created_at_ms;
  found.session.expires_at_ms = (*known)->expires_at_ms;
  if (!(*known)->metadata.empty()) found.session.metadata = parse_json((*known)->metadata).value_or(json_value());
  found.is_live = is_usable(**known, now_ms);
  return std::optional(std::move(found));
}

result<revocation_outcome> redis_revocation_store::end_family(std::string_view handle, std::int64_t now_ms) {
  auto ended = run(session_scripts::end_family(), {handle});
  if (!ended) return fail(std::move(ended));
  if (ended->list().empty()) return revocation_outcome::over;
  forget(ended->list().subspan(1));
  const bool is_reused = !ended->at(0).text().empty() && !is_within_grace(ended->at(0).integer(), now_ms);
  return is_reused ? revocation_outcome::reused : revocation_outcome::ended;
}

result<revocation_outcome> redis_revocation_store::revoke(const latchkey::session& value, std::int64_t now_ms) {
  auto handle = session_handle(value.id);
  if (!handle) return fail(std::move(handle));
  return end_family(*handle, now_ms);
}

result<void> redis_revocation_store::revoke_user(std::string_view user_id, std::int64_t) {
  auto ended = run(session_scripts::end_user(), {user_id});
  if (!ended) return fail(std::move(ended));
  forget(ended->list());
  return {};
}

result<std::int64_t> redis_revocation_store::sign_in_mark() {
  auto reply = run(session_scripts::mark(), {});
  if (!reply) return fail(std::move(reply));
  return reply->integer();
}

result<void> redis_revocation_store::add(const latchkey::session& value, const session_origin& origin,
                                         std::int64_t now_ms) {
  auto handle = session_handle(value.id);
  if (!handle) return fail(std::move(handle));
  const std::string metadata = value.metadata.is_null() ? std::string() : to_json_text(value.metadata);
  auto reply =
      run(session_scripts::add(),
          {*handle, value.user_id, std::to_string(value.created_at_ms), std::to_string(value.expires_at_ms),
           time_to_live(value.expires_at_ms, now_ms), std::to_string(origin.sign_in_mark), origin.ip, origin.user_agent,
           std::to_string(now_ms), std::to_string(options_.max_sessions_per_user), metadata});
  if (!reply) return fail(std::move(reply));
  if (reply->integer() == 1) return {};
  return fail(errc::unauthenticated, "All sessions of this user were ended while they signed in; sign in again.");
}

result<std::vector<listed_session>> redis_revocation_store::list(std::string_view user_id,
                                                                 const latchkey::session* current,
                                                                 std::int64_t now_ms) {
  auto own = current == nullptr ? result<std::string>(std::string()) : session_handle(current->id);
  if (!own) return fail(std::move(own));
  auto reply = run(session_scripts::list(), {user_id, std::to_string(now_ms), *own});
  if (!reply) return fail(std::move(reply));
  const auto family = reply->at(0).text();
  std::vector<listed_session> listed;
  for (std::size_t i = 1; i + fields_of_listed <= reply->list().size(); i += fields_of_listed) {
    const auto field = [&](std::size_t index) -> const redis_reply& { return reply->at(i + index); };
    listed_session each{std::string(field(0).text()), field(1).integer(), field(2).integer()};
    if (!field(3).text().empty()) each.last_seen_ms = field(3).integer();
    each.ip = field(4).text();
    each.user_agent = field(5).text();
    each.is_current = !family.empty() && field(6).text() == family;
    listed.push_back(std::move(each));
  }
  std::stable_sort(listed.begin(), listed.end(),
                   [](const auto& a, const auto& b) { return a.created_at_ms > b.created_at_ms; });
  if (listed.size() > listed_sessions_max) listed.resize(listed_sessions_max);
  return listed;
}

result<bool> redis_revocation_store::revoke_listed(std::string_view user_id, std::string_view handle,
                                                   std::int64_t now_ms) {
  if (!parse_handle(handle)) return false;
  auto reply = run(session_scripts::end_listed(), {user_id, handle, std::to_string(now_ms)});
  if (!reply) return fail(std::move(reply));
  if (reply->at(0).integer() == 0) return false;
  forget(reply->list().subspan(1));
  return true;
}

result<std::int64_t> redis_revocation_store::revoke_others(const latchkey::session& current, std::int64_t now_ms) {
  auto live = is_live(current, now_ms);
  if (!live) return fail(std::move(live));
  auto handle = session_handle(current.id);
  if (!handle) return fail(std::move(handle));
  auto reply = *live ? run(session_scripts::end_others(), {current.user_id, *handle}) : redis_reply();
  if (!reply) return fail(std::move(reply));
  if (reply->at(0).integer() == 0) return fail(errc::unauthenticated, "The session that should stay is over.");
  forget(reply->list().subspan(2));
  return reply->at(1).integer();
}

// The same successor for all who come in time, the end of the family for who comes later.
result<renewal> redis_revocation_store::join(const redis_reply& reply, std::string_view handle,
                                             const latchkey::session& old, std::int64_t now_ms) {
  if (!is_within_grace(reply.at(1).integer(), now_ms)) {
    auto ended = end_family(handle, now_ms);
    if (!ended) return fail(std::move(ended));
    // Of several that come too late together one ends the family and tells.
    return renewal{*ended == revocation_outcome::over ? renewal_outcome::over : renewal_outcome::reused, {}};
  }
  renewal answer{renewal_outcome::joined, old};
  for (std::size_t i = 2; i + 3 <= reply.list().size(); i += 3) {
    auto id = open_successor(answer.session.id, reply.at(i).text());
    if (!id) return renewal{};
    answer.session.id = std::move(*id);
    answer.session.created_at_ms = reply.at(i + 1).integer();
    answer.session.expires_at_ms = reply.at(i + 2).integer();
  }
  return answer;
}

result<renewal> redis_revocation_store::renew(const latchkey::session& old, const latchkey::session& candidate,
                                              std::int64_t now_ms) {
  auto handle = session_handle(old.id);
  if (!handle) return fail(std::move(handle));
  auto successor = session_handle(candidate.id);
  if (!successor) return fail(std::move(successor));
  auto sealed_id = seal_successor(old.id, candidate.id);
  if (!sealed_id) return fail(std::move(sealed_id));
  auto reply = run(session_scripts::renew(),
                   {*handle, old.user_id, *successor, std::to_string(candidate.created_at_ms),
                    std::to_string(candidate.expires_at_ms), time_to_live(candidate.expires_at_ms, now_ms),
                    std::to_string(now_ms), *sealed_id, std::to_string(options_.max_sessions_per_user)});
  if (!reply) return fail(std::move(reply));
  if (reply->at(0).integer() == 2) return join(*reply, *handle, old, now_ms);
  if (reply->at(0).integer() != 1) return renewal{};
  known_.forget(*handle);
  return renewal{renewal_outcome::renewed, candidate};
}

}  // namespace

result<std::shared_ptr<session_store>> make_redis_revocation_store(std::shared_ptr<redis_client> client,
                                                                   redis_store_options options) {
  if (client == nullptr) return fail(errc::configuration_invalid, "The store needs a client of Redis.", "redis");
  if (options.prefix.empty()) return fail(errc::configuration_invalid, "Keys in Redis need a prefix.", "redis.prefix");
  if (options.max_sessions_per_user < min_sessions_per_user || options.cached_sessions == 0) {
    return fail(errc::configuration_invalid, "Redis must hold at least 16 sessions of a person.", "redis");
  }
  return std::shared_ptr<session_store>(
      std::make_shared<redis_revocation_store>(std::move(client), std::move(options)));
}

result<std::shared_ptr<stored_session_provider>> make_redis_session_provider(std::shared_ptr<redis_client> client,
                                                                             redis_session_options options) {
  auto store = make_redis_revocation_store(std::move(client), std::move(options.store));
  if (!store) return fail(std::move(store));
  return stored_session_provider::make(std::move(*store), std::move(options.sessions));
}

}  // namespace latchkey::native
