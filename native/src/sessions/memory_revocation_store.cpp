// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <unordered_map>

#include "latchkey/base64url.h"
#include "latchkey/native/crypto/secret_bytes.h"
#include "latchkey/native/sessions/session_store.h"
#include "sessions/revocation_mirror.h"
#include "sessions/session_rows.h"
#include "sessions/successor_seal.h"

namespace latchkey::native {
namespace {

constexpr std::size_t min_sessions_per_user = 16;

/** What a session was renewed into. */
struct succession {
  session_hash hash{};
  std::string sealed_id;
  std::int64_t renewed_at_ms = 0;
};

struct session_record {
  std::string user_id;
  std::int64_t created_at_ms = 0;
  std::int64_t expires_at_ms = 0;
  /** Where it stands among all; grows with every record. */
  std::uint64_t order = 0;
  session_hash family{};
  std::optional<std::int64_t> last_seen_ms;
  std::string ip;
  std::string user_agent;
  json_value metadata;
  std::optional<succession> successor;
};

/** The records with every order in which they are looked for. Not locked. */
class session_table {
 public:
  using user_index = std::map<std::uint64_t, session_hash>;

  [[nodiscard]] session_record* find(const session_hash& hash, std::int64_t now_ms) {
    const auto found = records_.find(hash);
    return found == records_.end() || found->second.expires_at_ms <= now_ms ? nullptr : &found->second;
  }
  [[nodiscard]] std::size_t size() const noexcept { return records_.size(); }
  [[nodiscard]] std::size_t count_unrenewed(std::int64_t now_ms) const {
    return static_cast<std::size_t>(std::count_if(records_.begin(), records_.end(), [now_ms](const auto& entry) {
      return entry.second.expires_at_ms > now_ms && !entry.second.successor;
    }));
  }
  /** A user's records, oldest first; null without any. */
  [[nodiscard]] const user_index* of_user(std::string_view user_id) const {
    const auto found = users_.find(user_id);
    return found == users_.end() ? nullptr : &found->second;
  }

  session_record& insert(const session_hash& hash, session_record record) {
    record.order = ++last_order_;
    by_end_.emplace(record.expires_at_ms, hash);
    users_[record.user_id].emplace(record.order, hash);
    families_[record.family].push_back(hash);
    return records_.insert_or_assign(hash, std::move(record)).first->second;
  }
  void erase(const session_hash& hash);
  void erase_family(const session_hash& family) {
    const auto found = families_.find(family);
    if (found == families_.end()) return;
    const std::vector<session_hash> members = found->second;
    for (const session_hash& member : members) erase(member);
  }
  void erase_expired(std::int64_t now_ms) {
    while (!by_end_.empty() && by_end_.begin()->first <= now_ms) erase(session_hash(by_end_.begin()->second));
  }

 private:
  std::unordered_map<session_hash, session_record, session_hash_hasher> records_;
  std::set<std::pair<std::int64_t, session_hash>> by_end_;
  std::unordered_map<std::string, user_index, text_hasher, std::equal_to<>> users_;
  std::unordered_map<session_hash, std::vector<session_hash>, session_hash_hasher> families_;
  std::uint64_t last_order_ = 0;
};

void session_table::erase(const session_hash& hash) {
  const auto found = records_.find(hash);
  if (found == records_.end()) return;
  const session_record& record = found->second;
  by_end_.erase({record.expires_at_ms, hash});
  const auto user = users_.find(record.user_id);
  user->second.erase(record.order);
  if (user->second.empty()) users_.erase(user);
  const auto family = families_.find(record.family);
  std::erase(family->second, hash);
  if (family->second.empty()) families_.erase(family);
  records_.erase(found);
}

/** Who had all their sessions ended lately, by number. Bounded: what was forgotten refuses every mark before it. */
class recent_cuts {
 public:
  void add(std::string_view user_id) {
    numbers_[std::string(user_id)] = ++last_;
    order_.emplace_back(last_, user_id);
    if (order_.size() <= max_cuts) return;
    const auto& [number, oldest] = order_.front();
    forgotten_ = number;
    const auto found = numbers_.find(oldest);
    if (found != numbers_.end() && found->second == number) numbers_.erase(found);
    order_.pop_front();
  }
  /** Refuses every mark that was given. */
  void add_for_all() {
    forgotten_ = ++last_;
    numbers_.clear();
    order_.clear();
  }
  [[nodiscard]] std::int64_t last() const noexcept { return last_; }
  [[nodiscard]] bool is_after(std::string_view user_id, std::int64_t mark) const {
    if (mark < forgotten_) return true;
    const auto found = numbers_.find(user_id);
    return found != numbers_.end() && found->second > mark;
  }

 private:
  static constexpr std::size_t max_cuts = 10'000;

  std::unordered_map<std::string, std::int64_t, text_hasher, std::equal_to<>> numbers_;
  std::deque<std::pair<std::int64_t, std::string>> order_;
  std::int64_t last_ = 0;
  std::int64_t forgotten_ = 0;
};

class memory_revocation_store final : public session_store {
 public:
  explicit memory_revocation_store(const memory_store_limits& limits) : limits_(limits) {}

  result<bool> is_live(const latchkey::session& value, std::int64_t now_ms) override;
  result<std::optional<found_session>> find(std::string_view session_id, std::int64_t now_ms) override;
  result<revocation_outcome> revoke(const latchkey::session& value, std::int64_t now_ms) override;
  result<void> revoke_user(std::string_view user_id, std::int64_t now_ms) override;
  result<std::int64_t> sign_in_mark() override {
    const std::shared_lock lock(mutex_);
    return cuts_.last();
  }
  // A cut removes what was there, so that no instant has to tell before from after.
  result<std::int64_t> creation_time(std::string_view, std::int64_t now_ms) override { return now_ms; }
  result<void> add(const latchkey::session& value, const session_origin& origin, std::int64_t now_ms) override;
  result<std::vector<listed_session>> list(std::string_view user_id, const latchkey::session* current,
                                           std::int64_t now_ms) override;
  result<bool> revoke_listed(std::string_view user_id, std::string_view handle, std::int64_t now_ms) override;
  result<std::int64_t> revoke_others(const latchkey::session& current, std::int64_t now_ms) override;
  result<renewal> renew(const latchkey::session& old, const latchkey::session& candidate, std::int64_t now_ms) override;
  result<std::size_t> session_count(std::int64_t now_ms) override {
    const std::shared_lock lock(mutex_);
    return table_.count_unrenewed(now_ms);
  }
  result<void> clear() override {
    const std::unique_lock lock(mutex_);
    cuts_.add_for_all();
    table_ = session_table();
    return {};
  }

 private:
  result<void> make_room(std::string_view user_id, const session_hash* kept, std::int64_t now_ms);
  result<renewal> join(const session_record& first, const latchkey::session& old, std::int64_t now_ms);

  const memory_store_limits limits_;
  std::shared_mutex mutex_;
  session_table table_;
  recent_cuts cuts_;
};

result<session_hash> hash_of(std::string_view session_id) {
  auto hash = sha256(as_bytes(session_id));
  if (!hash) return fail(errc::crypto_failed, hash.error().message);
  return *hash;
}

bool is_usable(const session_record& record, std::int64_t now_ms) {
  return !record.successor || is_within_grace(record.successor->renewed_at_ms, now_ms);
}

result<bool> memory_revocation_store::is_live(const latchkey::session& value, std::int64_t now_ms) {
  auto found = find(value.id, now_ms);
  if (!found) return fail(std::move(found));
  return *found && (*found)->is_live && (*found)->session.user_id == value.user_id;
}

result<std::optional<found_session>> memory_revocation_store::find(std::string_view session_id, std::int64_t now_ms) {
  auto hash = hash_of(session_id);
  if (!hash) return fail(std::move(hash));
  const std::shared_lock lock(mutex_);
  const session_record* record = table_.find(*hash, now_ms);
  if (record == nullptr) return std::optional<found_session>();
  found_session found;
  found.session.id = session_id;
  found.session.user_id = record->user_id;
  found.session.created_at_ms = record->created_at_ms;
  found.session.expires_at_ms = record->expires_at_ms;
  found.session.metadata = record->metadata;
  found.is_live = is_usable(*record, now_ms);
  return std::optional(std::move(found));
}

result<revocation_outcome> memory_revocation_store::revoke(const latchkey::session& value, std::int64_t now_ms) {
  auto hash = hash_of(value.id);
  if (!hash) return fail(std::move(hash));
  const std::unique_lock lock(mutex_);
  const session_record* record = table_.find(*hash, at_any_time);
  if (record == nullptr || record->user_id != value.user_id) return revocation_outcome::over;
  const auto outcome = is_usable(*record, now_ms) ? revocation_outcome::ended : revocation_outcome::reused;
  table_.erase_family(session_hash(record->family));
  return outcome;
}

result<void> memory_revocation_store::revoke_user(std::string_view user_id, std::int64_t) {
  const std::unique_lock lock(mutex_);
  cuts_.add(user_id);
  if (const auto* records = table_.of_user(user_id)) {
    const auto copy = *records;
    for (const auto& [order, hash] : copy) table_.erase(hash);
  }
  return {};
}

result<void> memory_revocation_store::make_room(std::string_view user_id, const session_hash* kept,
                                                std::int64_t now_ms) {
  table_.erase_expired(now_ms);
  const auto* own = table_.of_user(user_id);
  if (own != nullptr && own->size() >= limits_.max_sessions_per_user) {
    auto oldest = own->begin();
    if (kept != nullptr && oldest->second == *kept) ++oldest;
    table_.erase(session_hash(oldest->second));
  }
  if (table_.size() >= limits_.max_sessions) {
    return fail(errc::unavailable, "The memory for sessions is full; raise its limit or keep sessions in Redis.");
  }
  return {};
}

result<void> memory_revocation_store::add(const latchkey::session& value, const session_origin& origin,
                                          std::int64_t now_ms) {
  auto hash = hash_of(value.id);
  if (!hash) return fail(std::move(hash));
  const std::unique_lock lock(mutex_);
  if (cuts_.is_after(value.user_id, origin.sign_in_mark)) {
    return fail(errc::unauthenticated, "All sessions of this user were ended while they signed in; sign in again.");
  }
  if (auto made = make_room(value.user_id, nullptr, now_ms); !made) return made;
  session_record record;
  record.user_id = value.user_id;
  record.created_at_ms = value.created_at_ms;
  record.expires_at_ms = value.expires_at_ms;
  record.family = *hash;
  record.ip = origin.ip;
  record.user_agent = origin.user_agent;
  record.metadata = value.metadata;
  table_.insert(*hash, std::move(record));
  return {};
}

result<std::vector<listed_session>> memory_revocation_store::list(std::string_view user_id,
                                                                  const latchkey::session* current,
                                                                  std::int64_t now_ms) {
  std::optional<session_hash> family;
  auto hash = current == nullptr ? session_hash() : hash_of(current->id);
  if (!hash) return fail(std::move(hash));
  const std::shared_lock lock(mutex_);
  if (const session_record* own = current == nullptr ? nullptr : table_.find(*hash, now_ms)) family = own->family;
  std::vector<listed_session> listed;
  const auto* records = table_.of_user(user_id);
  if (records == nullptr) return listed;
  for (auto each = records->rbegin(); each != records->rend() && listed.size() < listed_sessions_max; ++each) {
    const session_record* record = table_.find(each->second, now_ms);
    if (record == nullptr || record->successor) continue;
    listed.push_back({to_base64url(each->second), record->created_at_ms, record->expires_at_ms, record->last_seen_ms,
                      record->ip, record->user_agent, record->family == family});
  }
  std::stable_sort(listed.begin(), listed.end(),
                   [](const auto& a, const auto& b) { return a.created_at_ms > b.created_at_ms; });
  return listed;
}

result<bool> memory_revocation_store::revoke_listed(std::string_view user_id, std::string_view handle,
                                                    std::int64_t now_ms) {
  const auto hash = parse_handle(handle);
  if (!hash) return false;
  const std::unique_lock lock(mutex_);
  const session_record* record = table_.find(*hash, now_ms);
  if (record == nullptr || record->user_id != user_id || record->successor) return false;
  table_.erase_family(session_hash(record->family));
  return true;
}

result<std::int64_t> memory_revocation_store::revoke_others(const latchkey::session& current, std::int64_t now_ms) {
  auto hash = hash_of(current.id);
  if (!hash) return fail(std::move(hash));
  const std::unique_lock lock(mutex_);
  const session_record* own = table_.find(*hash, now_ms);
  if (own == nullptr || own->user_id != current.user_id || !is_usable(*own, now_ms)) {
    return fail(errc::unauthenticated, "The session that should stay is over.");
  }
  const session_hash kept = own->family;
  const auto records = *table_.of_user(current.user_id);
  std::int64_t count = 0;
  for (const auto& [order, each] : records) {
    // What has expired by this clock may live by the next.
    const session_record* record = table_.find(each, at_any_time);
    if (record == nullptr || record->family == kept) continue;
    if (!record->successor && record->expires_at_ms > now_ms) ++count;
    table_.erase(each);
  }
  return count;
}

// The same successor for all who come in time, the end of the family for who comes later.
result<renewal> memory_revocation_store::join(const session_record& first, const latchkey::session& old,
                                              std::int64_t now_ms) {
  if (!is_usable(first, now_ms)) {
    table_.erase_family(session_hash(first.family));
    return renewal{renewal_outcome::reused, {}};
  }
  renewal answer{renewal_outcome::joined, old};
  // The successor may have been renewed in these seconds as well; only the last one of the chain will stay.
  for (const session_record* record = &first; record->successor;) {
    auto id = open_successor(answer.session.id, record->successor->sealed_id);
    record = table_.find(session_hash(record->successor->hash), now_ms);
    if (!id || record == nullptr) return renewal{};
    answer.session.id = std::move(*id);
    answer.session.created_at_ms = record->created_at_ms;
    answer.session.expires_at_ms = record->expires_at_ms;
  }
  return answer;
}

result<renewal> memory_revocation_store::renew(const latchkey::session& old, const latchkey::session& candidate,
                                               std::int64_t now_ms) {
  auto hash = hash_of(old.id);
  if (!hash) return fail(std::move(hash));
  auto successor_hash = hash_of(candidate.id);
  if (!successor_hash) return fail(std::move(successor_hash));
  auto sealed_id = seal_successor(old.id, candidate.id);
  if (!sealed_id) return fail(std::move(sealed_id));
  const std::unique_lock lock(mutex_);
  session_record* record = table_.find(*hash, now_ms);
  if (record == nullptr || record->user_id != old.user_id) return renewal{};
  if (record->successor) return join(*record, old, now_ms);
  if (auto made = make_room(old.user_id, &*hash, now_ms); !made) return fail(std::move(made));
  session_record next = *record;
  next.created_at_ms = candidate.created_at_ms;
  next.expires_at_ms = candidate.expires_at_ms;
  next.last_seen_ms = now_ms;
  // The record stays where it is: maps of nodes move nothing.
  table_.insert(*successor_hash, std::move(next));
  record->successor = succession{*successor_hash, std::move(*sealed_id), now_ms};
  return renewal{renewal_outcome::renewed, candidate};
}

}  // namespace

namespace {

tl::unexpected<error> keeps_no_count() {
  return fail(errc::not_configured, "This session store neither counts its sessions nor ends all of them.");
}

}  // namespace

result<std::size_t> session_store::session_count(std::int64_t) { return keeps_no_count(); }

result<void> session_store::clear() { return keeps_no_count(); }

result<std::shared_ptr<session_store>> make_memory_revocation_store(const memory_store_limits& limits) {
  if (limits.max_sessions_per_user < min_sessions_per_user || limits.max_sessions < limits.max_sessions_per_user) {
    return fail(errc::configuration_invalid, "Memory must hold at least 16 sessions of a person, and that many in all.",
                "session");
  }
  return std::shared_ptr<session_store>(std::make_shared<memory_revocation_store>(limits));
}

}  // namespace latchkey::native
