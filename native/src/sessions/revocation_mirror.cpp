// SPDX-License-Identifier: Apache-2.0
#include "sessions/revocation_mirror.h"

#include "latchkey/native/sessions/revocation_store.h"

namespace latchkey::native {

bool is_within_grace(std::int64_t renewed_at_ms, std::int64_t now_ms) noexcept {
  return now_ms < renewed_at_ms + renewal_grace_ms && now_ms > renewed_at_ms - renewal_grace_ms;
}

bool revocation_mirror::is_revoked(const session_hash& hash, std::string_view user_id,
                                   std::int64_t created_at_ms) const {
  const std::shared_lock lock(mutex_);
  return is_ended(hash, user_id, created_at_ms);
}

bool revocation_mirror::is_live(const session_hash& hash, std::string_view user_id, std::int64_t created_at_ms,
                                std::int64_t now_ms) const {
  const std::shared_lock lock(mutex_);
  if (is_ended(hash, user_id, created_at_ms)) return false;
  const auto renewed = renewed_.find(hash);
  return renewed == renewed_.end() || is_within_grace(renewed->second.renewed_at_ms, now_ms);
}

}  // namespace latchkey::native
