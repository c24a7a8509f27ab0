// SPDX-License-Identifier: Apache-2.0
#include "sessions/confirmed_clock.h"

#include <algorithm>
#include <cstdlib>

namespace latchkey::native {
namespace {

constexpr std::int64_t believed_after_ms = 86'400'000;
// A clock that is corrected in small steps makes one claim.
constexpr std::int64_t same_claim_ms = 60'000;

}  // namespace

void confirmed_clock::begin_locked(std::int64_t wall_ms) {
  if (has_begun_.load(std::memory_order_relaxed)) return;
  claimed_since_ms_ = steady_clock_();
  offset_ms_ = wall_ms - claimed_since_ms_;
  claimed_ms_ = offset_ms_;
  has_begun_.store(true, std::memory_order_release);
}

std::int64_t confirmed_clock::confirm(std::int64_t wall_ms) {
  const std::lock_guard lock(mutex_);
  begin_locked(wall_ms);
  const std::int64_t steady_ms = steady_clock_();
  const std::int64_t offset_ms = wall_ms - steady_ms;
  if (std::abs(offset_ms - claimed_ms_) > same_claim_ms) {
    claimed_ms_ = offset_ms;
    claimed_since_ms_ = steady_ms;
  } else if (steady_ms - claimed_since_ms_ >= believed_after_ms) {
    offset_ms_ = offset_ms;
  }
  return std::min(wall_ms, steady_ms + offset_ms_);
}

}  // namespace latchkey::native
