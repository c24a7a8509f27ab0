// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SESSIONS_REVOCATION_MIRROR_H_
#define LATCHKEY_NATIVE_SESSIONS_REVOCATION_MIRROR_H_

/** The rows of the revocation tables in memory, so that the check on every request asks no database. */

#include <cstring>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "latchkey/native/crypto/hash.h"

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
    std::int64_t& present = cutoffs_[user_id];
    // Rows may be applied out of order; the instant itself only moves forwards.
    if (not_before_ms > present) present = not_before_ms;
    if (number > last_cutoff_) last_cutoff_ = number;
  }
  void forget_expired(std::int64_t before_ms) {
    const std::unique_lock lock(mutex_);
    std::erase_if(revoked_, [&](const auto& entry) { return entry.second < before_ms; });
    std::erase_if(renewed_, [&](const auto& entry) { return entry.second.expires_at_ms < before_ms; });
  }

  /** The instant at or before which the user's sessions are over; nothing was ever created at 0. */
  [[nodiscard]] std::int64_t cutoff(std::string_view user_id) const {
    const std::shared_lock lock(mutex_);
    const auto found = cutoffs_.find(user_id);
    return found == cutoffs_.end() ? 0 : found->second;
  }
  /** The highest number of a cutoff; 0 before the first. */
  [[nodiscard]] std::int64_t last_cutoff() const {
    const std::shared_lock lock(mutex_);
    return last_cutoff_;
  }
  /** Whether a session with this hash, owner and creation time was ended, which nothing undoes. */
  [[nodiscard]] bool is_revoked(const session_hash& hash, std::string_view user_id, std::int64_t created_at_ms) const;
  /** Whether a session with this hash, owner and creation time may be used now. */
  [[nodiscard]] bool is_live(const session_hash& hash, std::string_view user_id, std::int64_t created_at_ms,
                             std::int64_t now_ms) const;

 private:
  struct renewed_entry {
    session_hash family{};
    std::int64_t renewed_at_ms = 0;
    std::int64_t expires_at_ms = 0;
  };

  [[nodiscard]] bool is_ended(const session_hash& hash, std::string_view user_id, std::int64_t created_at_ms) const {
    const auto cutoff = cutoffs_.find(user_id);
    if ((cutoff != cutoffs_.end() && created_at_ms <= cutoff->second) || revoked_.contains(hash)) return true;
    // What was renewed ends with its family, of which the first one and the last one alone are written down.
    const auto renewed = renewed_.find(hash);
    return renewed != renewed_.end() && revoked_.contains(renewed->second.family);
  }

  mutable std::shared_mutex mutex_;
  std::unordered_map<session_hash, std::int64_t, session_hash_hasher> revoked_;
  std::unordered_map<session_hash, renewed_entry, session_hash_hasher> renewed_;
  std::unordered_map<std::string, std::int64_t, text_hasher, std::equal_to<>> cutoffs_;
  std::int64_t last_cutoff_ = 0;
};

/**
 * Whether a renewal is recent. Both directions count: a clock that was set back must not stretch the grace time, and a
 * few milliseconds between two processes must not end it.
 */
[[nodiscard]] bool is_within_grace(std::int64_t renewed_at_ms, std::int64_t now_ms) noexcept;

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SESSIONS_REVOCATION_MIRROR_H_
