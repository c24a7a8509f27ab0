// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_REDIS_LIVE_SESSIONS_H_
#define LATCHKEY_NATIVE_SRC_REDIS_LIVE_SESSIONS_H_

/** Sessions that this process has looked up in Redis. What is not here is asked for; what has changed is forgotten. */

#include <cstdint>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "sessions/revocation_mirror.h"

namespace latchkey::native {

struct known_session {
  std::string user_id;
  std::int64_t created_at_ms = 0;
  std::int64_t expires_at_ms = 0;
  /** When it was renewed. */
  std::optional<std::int64_t> renewed_at_ms;
  /** JSON; empty when there is none. */
  std::string metadata;
};

class live_sessions {
 public:
  explicit live_sessions(std::size_t capacity) : capacity_(capacity) {}

  [[nodiscard]] std::optional<known_session> find(std::string_view handle) const {
    const std::shared_lock lock(mutex_);
    const auto found = sessions_.find(handle);
    return found == sessions_.end() ? std::nullopt : std::optional(found->second);
  }
  /** To be taken before Redis is asked. */
  [[nodiscard]] std::uint64_t generation() const {
    const std::shared_lock lock(mutex_);
    return generation_;
  }
  /** Keeps an answer, unless anything was forgotten since the generation: the answer may be from before. */
  void keep(std::string_view handle, std::uint64_t generation, const known_session& session) {
    const std::unique_lock lock(mutex_);
    if (generation != generation_) return;
    if (sessions_.size() >= capacity_) sessions_.clear();
    sessions_.insert_or_assign(std::string(handle), session);
  }
  void forget(std::string_view handle) {
    const std::unique_lock lock(mutex_);
    ++generation_;
    if (const auto found = sessions_.find(handle); found != sessions_.end()) sessions_.erase(found);
  }
  void forget_all() {
    const std::unique_lock lock(mutex_);
    ++generation_;
    sessions_.clear();
  }

 private:
  const std::size_t capacity_;
  mutable std::shared_mutex mutex_;
  std::uint64_t generation_ = 0;
  std::unordered_map<std::string, known_session, text_hasher, std::equal_to<>> sessions_;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_REDIS_LIVE_SESSIONS_H_
