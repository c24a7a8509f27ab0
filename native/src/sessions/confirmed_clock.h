// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_SESSIONS_CONFIRMED_CLOCK_H_
#define LATCHKEY_NATIVE_SRC_SESSIONS_CONFIRMED_CLOCK_H_

/**
 * The wall clock as far as the monotonic clock confirms it: for deletions, which a clock that is ahead for a moment must
 * not cause. A wall clock that has stayed ahead for a day is believed: it was behind before, as after a start without a
 * battery, or the machine has slept.
 */

#include <atomic>
#include <cstdint>
#include <mutex>
#include <utility>

#include "latchkey/native/clock.h"

namespace latchkey::native {

/** May be used by several threads at once. */
class confirmed_clock {
 public:
  explicit confirmed_clock(clock_function steady_clock) : steady_clock_(std::move(steady_clock)) {}

  /** Takes the first wall time that it hears of as right. Costs one load after that. */
  void begin(std::int64_t wall_ms) {
    if (has_begun_.load(std::memory_order_acquire)) return;
    const std::lock_guard lock(mutex_);
    begin_locked(wall_ms);
  }
  /** The wall time, or less when the monotonic clock has not come that far since the beginning. */
  [[nodiscard]] std::int64_t confirm(std::int64_t wall_ms);
  [[nodiscard]] std::int64_t steady_ms() const { return steady_clock_(); }

 private:
  void begin_locked(std::int64_t wall_ms);

  const clock_function steady_clock_;
  std::atomic<bool> has_begun_{false};
  std::mutex mutex_;
  // Wall time at 0 of the monotonic clock.
  std::int64_t offset_ms_ = 0;
  // The offset that the wall clock claims, and since when.
  std::int64_t claimed_ms_ = 0;
  std::int64_t claimed_since_ms_ = 0;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_SESSIONS_CONFIRMED_CLOCK_H_
