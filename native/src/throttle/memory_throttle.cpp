// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/throttle/memory_throttle.h"

#include <algorithm>
#include <vector>

#include "latchkey/native/crypto/hash.h"
#include "latchkey/native/crypto/random.h"

namespace latchkey::native {

result<std::shared_ptr<memory_throttle>> memory_throttle::make(memory_throttle_options options) {
  if (options.max_keys < 64 || options.clock == nullptr) {
    return fail(errc::configuration_invalid, "A throttle needs room for 64 keys and a clock.", "throttle");
  }
  std::shared_ptr<memory_throttle> made(new memory_throttle(std::move(options)));
  if (auto drawn = random_bytes(made->hash_key_.span()); !drawn) return fail(std::move(drawn));
  return made;
}

result<memory_throttle::digest> memory_throttle::digest_of(std::string_view key) const {
  sha256_digest whole{};
  if (auto done = hmac_sha256(hash_key_.span(), as_bytes(key), whole); !done) return fail(std::move(done));
  digest part{};
  std::copy_n(whole.begin(), part.size(), part.begin());
  return part;
}

// A quarter at once, so that the search through the shard is paid for by many new keys.
void memory_throttle::make_room(shard& full, std::int64_t now_ms) const {
  auto& arrivals = full.arrivals;
  const std::size_t room = options_.max_keys / shard_count;
  if (arrivals.size() < room) return;
  std::erase_if(arrivals, [now_ms](const auto& entry) { return entry.second <= now_ms; });
  if (arrivals.size() < room - room / 4) return;
  std::vector<std::int64_t> times;
  times.reserve(arrivals.size());
  for (const auto& entry : arrivals) times.push_back(entry.second);
  const auto quarter = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 4);
  std::nth_element(times.begin(), quarter, times.end());
  // Many keys may share one time, as the first attempts of a flood do: no more of those go than have to.
  std::size_t surplus = arrivals.size() - (room - room / 4);
  std::erase_if(arrivals, [&surplus, limit = *quarter](const auto& entry) {
    if (surplus == 0 || entry.second > limit) return false;
    --surplus;
    return true;
  });
}

result<throttle_decision> memory_throttle::take(std::string_view key, const throttle_rule& rule) {
  const auto name = digest_of(key);
  if (!name) return tl::unexpected<error>(name.error());
  const std::int64_t now = options_.clock();
  shard& own = shard_of(*name);
  const std::lock_guard lock(own.mutex);
  const auto found = own.arrivals.find(*name);
  if (found != own.arrivals.end()) {
    const auto decided = take_attempt(rule, found->second, now);
    found->second = decided.arrival_ms;
    return decided;
  }
  const auto decided = take_attempt(rule, std::nullopt, now);
  if (!decided.is_allowed) return decided;
  make_room(own, now);
  own.arrivals.emplace(*name, decided.arrival_ms);
  return decided;
}

result<void> memory_throttle::give_back(std::string_view key, const throttle_rule& rule) {
  const auto name = digest_of(key);
  if (!name) return tl::unexpected<error>(name.error());
  const std::int64_t now = options_.clock();
  shard& own = shard_of(*name);
  const std::lock_guard lock(own.mutex);
  const auto found = own.arrivals.find(*name);
  if (found == own.arrivals.end()) return {};
  found->second = give_attempt_back(rule, found->second);
  if (found->second <= now) own.arrivals.erase(found);
  return {};
}

result<void> memory_throttle::forget(std::string_view key) {
  const auto name = digest_of(key);
  if (!name) return tl::unexpected<error>(name.error());
  shard& own = shard_of(*name);
  const std::lock_guard lock(own.mutex);
  own.arrivals.erase(*name);
  return {};
}

std::size_t memory_throttle::size() const {
  std::size_t kept = 0;
  for (const shard& each : shards_) {
    const std::lock_guard lock(each.mutex);
    kept += each.arrivals.size();
  }
  return kept;
}

}  // namespace latchkey::native
