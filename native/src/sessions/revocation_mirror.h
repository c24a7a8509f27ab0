// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SESSIONS_REVOCATION_MIRROR_H_
#define LATCHKEY_NATIVE_SESSIONS_REVOCATION_MIRROR_H_

/** The rows of the revocation tables in memory, so that the check on every request asks no database. */

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "latchkey/native/crypto/hash.h"
#include "latchkey/session.h"

namespace latchkey::native {

/** SHA-256 of a session's id. */
using session_hash = sha256_digest;

struct session_hash_hasher {
  std::size_t operator()(const session_hash& hash) const noexcept {
    std::size_t word = 0;
    std::memcpy(&word, hash.data(), sizeof word);
    return word;
  }
};

struct text_hasher {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
};

/** What of a session decides whether it is over, beside its hash. */
struct session_stamp {
  std::string_view user_id;
  std::int64_t created_at_ms = 0;
  std::int64_t expires_at_ms = 0;
  /** Negative for a session that was made without one. */
  std::int64_t mark = -1;
};

[[nodiscard]] inline session_stamp stamp_of(const latchkey::session& value) noexcept {
  return {value.user_id, value.created_at_ms, value.expires_at_ms, value.sign_in_mark.value_or(-1)};
}

/** A deletion of old rows: sessions from before its number that expire before its time may have lost their rows. */
struct sweep_record {
  std::int64_t number = 0;
  std::int64_t before_ms = 0;
};

class revocation_mirror {
 public:
  void add_revoked(const session_hash& hash, std::int64_t expires_at_ms) {
    const std::unique_lock lock(mutex_);
    revoked_[hash] = expires_at_ms;
  }
  void add_renewed(const session_hash& hash, const session_hash& family, std::int64_t renewed_at_ms,
                   std::int64_t expires_at_ms) {
    const std::unique_lock lock(mutex_);
    renewed_[hash] = {family, renewed_at_ms, expires_at_ms};
  }
  void set_cutoff(const std::string& user_id, std::int64_t not_before_ms, std::int64_t number) {
    const std::unique_lock lock(mutex_);
    cutoff_entry& present = cutoffs_[user_id];
    // Rows may be applied out of order; both values only move forwards.
    present.not_before_ms = std::max(present.not_before_ms, not_before_ms);
    present.number = std::max(present.number, number);
    last_cutoff_ = std::max(last_cutoff_.load(), number);
  }
  /** All that are on record, unless a later one is known already. */
  void set_sweeps(std::vector<sweep_record> sweeps) {
    const std::unique_lock lock(mutex_);
    std::int64_t last = 0;
    for (const sweep_record& each : sweeps) last = std::max(last, each.number);
    if (last < last_sweep_) return;
    last_sweep_ = last;
    last_cutoff_ = std::max(last_cutoff_.load(), last);
    sweeps_ = std::move(sweeps);
  }
  void forget_expired(std::int64_t before_ms) {
    const std::unique_lock lock(mutex_);
    std::erase_if(revoked_, [&](const auto& entry) { return entry.second < before_ms; });
    std::erase_if(renewed_, [&](const auto& entry) { return entry.second.expires_at_ms < before_ms; });
  }

  /** The highest number of a cutoff; 0 before the first. */
  [[nodiscard]] std::int64_t last_cutoff() const noexcept { return last_cutoff_.load(std::memory_order_acquire); }
  /** Whether a session with this hash was ended, which nothing undoes. */
  [[nodiscard]] bool is_revoked(const session_hash& hash, const session_stamp& stamp) const;
  /** Whether a session with this hash may be used now. */
  [[nodiscard]] bool is_live(const session_hash& hash, const session_stamp& stamp, std::int64_t now_ms) const;

 private:
  struct renewed_entry {
    session_hash family{};
    std::int64_t renewed_at_ms = 0;
    std::int64_t expires_at_ms = 0;
  };

  struct cutoff_entry {
    /** The instant at or before which sessions without a mark are over; nothing was ever created at 0. */
    std::int64_t not_before_ms = 0;
    /** A session with a lower mark is over. */
    std::int64_t number = 0;
  };

  [[nodiscard]] bool is_ended(const session_hash& hash, const session_stamp& stamp) const;

  mutable std::shared_mutex mutex_;
  std::unordered_map<session_hash, std::int64_t, session_hash_hasher> revoked_;
  std::unordered_map<session_hash, renewed_entry, session_hash_hasher> renewed_;
  std::unordered_map<std::string, cutoff_entry, text_hasher, std::equal_to<>> cutoffs_;
  std::vector<sweep_record> sweeps_;
  std::int64_t last_sweep_ = 0;
  // Written under the lock, read without it by every request.
  std::atomic<std::int64_t> last_cutoff_{0};
};

/**
 * Whether a renewal is recent. Both directions count: a clock that was set back must not stretch the grace time, and a
 * few milliseconds between two processes must not end it.
 */
[[nodiscard]] bool is_within_grace(std::int64_t renewed_at_ms, std::int64_t now_ms) noexcept;

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SESSIONS_REVOCATION_MIRROR_H_
