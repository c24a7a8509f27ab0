// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_THROTTLE_H_
#define LATCHKEY_THROTTLE_H_

/**
 * How often something may be tried: the generic cell rate algorithm (ITU-T I.371, annex A) as a value. All that is kept of
 * a key is one time, its theoretical arrival time: how far ahead of now it lies says how much of the burst is used up.
 * A delay and never a lock: whoever waits for one interval may try again.
 */

#include <cstdint>
#include <optional>

#include "latchkey/version.h"

namespace latchkey {

/** The longest `interval_ms`: a day. */
inline constexpr std::int64_t throttle_interval_max_ms = 86'400'000;
inline constexpr std::int64_t throttle_burst_max = 1'000'000;

/** So many attempts at once, and one more after each interval. */
struct throttle_rule {
  /** From 1 to `throttle_interval_max_ms`. */
  std::int64_t interval_ms = 0;
  /** From 1 to `throttle_burst_max`. */
  std::int64_t burst = 0;

  friend bool operator==(const throttle_rule&, const throttle_rule&) = default;
};

/** Whether both numbers are in their ranges. A rule that is not lets nothing through. */
[[nodiscard]] bool is_valid(const throttle_rule& rule) noexcept;

struct throttle_decision {
  bool is_allowed = false;
  /** When refused: after this long the next attempt is allowed, if nobody else takes it. At most one interval. */
  std::int64_t retry_after_ms = 0;
  /** What to keep for the key. Once it is not after now, the key is as good as new and need not be kept. */
  std::int64_t arrival_ms = 0;

  friend bool operator==(const throttle_decision&, const throttle_decision&) = default;
};

/**
 * Takes one attempt at `now_ms`; `arrival_ms` is what was kept of the key, or nothing for a new one. A refused attempt
 * costs nothing. A kept time that lies further ahead than the burst allows (the clock was set back, or the rule is a
 * smaller one now) counts as a burst used up, so it holds nobody up for longer than an interval. No arithmetic wraps;
 * a clock so late that it would is refused.
 */
[[nodiscard]] throttle_decision take_attempt(const throttle_rule& rule, std::optional<std::int64_t> arrival_ms,
                                             std::int64_t now_ms) noexcept;

/** What to keep after one attempt is given back, because it turned out to be none that should be limited. */
[[nodiscard]] std::int64_t give_attempt_back(const throttle_rule& rule, std::int64_t arrival_ms) noexcept;

}  // namespace latchkey

#endif  // LATCHKEY_THROTTLE_H_
