// SPDX-License-Identifier: Apache-2.0
#include "sessions/revocation_mirror.h"

#include "latchkey/native/sessions/revocation_store.h"

namespace latchkey::native {

bool is_within_grace(std::int64_t renewed_at_ms, std::int64_t now_ms) noexcept {
  return now_ms < renewed_at_ms + renewal_grace_ms && now_ms > renewed_at_ms - renewal_grace_ms;
}

bool revocation_mirror::is_ended(const session_hash& hash, const session_stamp& stamp) const {
  if (const auto cutoff = cutoffs_.find(stamp.user_id); cutoff != cutoffs_.end()) {
    const bool is_cut =
        stamp.mark < 0 ? stamp.created_at_ms <= cutoff->second.not_before_ms : stamp.mark < cutoff->second.number;
    if (is_cut) return true;
  }
  for (const sweep_record& sweep : sweeps_) {
    if (stamp.mark < sweep.number && stamp.expires_at_ms < sweep.before_ms) return true;
  }
  if (revoked_.contains(hash)) return true;
  // What was renewed ends with its family, of which the first one and the last one alone are written down.
  const auto renewed = renewed_.find(hash);
  return renewed != renewed_.end() && revoked_.contains(renewed->second.family);
}

bool revocation_mirror::is_revoked(const session_hash& hash, const session_stamp& stamp) const {
  const std::shared_lock lock(mutex_);
  return is_ended(hash, stamp);
}

bool revocation_mirror::is_live(const session_hash& hash, const session_stamp& stamp, std::int64_t now_ms) const {
  const std::shared_lock lock(mutex_);
  if (is_ended(hash, stamp)) return false;
  const auto renewed = renewed_.find(hash);
  return renewed == renewed_.end() || is_within_grace(renewed->second.renewed_at_ms, now_ms);
}

}  // namespace latchkey::native
