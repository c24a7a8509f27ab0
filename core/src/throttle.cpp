// SPDX-License-Identifier: Apache-2.0
#include "latchkey/throttle.h"

#include <algorithm>
#include <limits>

#include "saturating.h"

namespace latchkey {

bool is_valid(const throttle_rule& rule) noexcept {
  return rule.interval_ms >= 1 && rule.interval_ms <= throttle_interval_max_ms && rule.burst >= 1 &&
         rule.burst <= throttle_burst_max;
}

throttle_decision take_attempt(const throttle_rule& rule, std::optional<std::int64_t> arrival_ms,
                               std::int64_t now_ms) noexcept {
  if (!is_valid(rule)) return {false, throttle_interval_max_ms, arrival_ms.value_or(now_ms)};
  const std::int64_t whole_burst_ms = rule.interval_ms * rule.burst;
  if (now_ms > std::numeric_limits<std::int64_t>::max() - whole_burst_ms) {
    return {false, rule.interval_ms, arrival_ms.value_or(now_ms)};
  }
  const std::int64_t arrival = std::clamp(arrival_ms.value_or(now_ms), now_ms, now_ms + whole_burst_ms);
  const std::int64_t used_ms = arrival - now_ms + rule.interval_ms;
  if (used_ms > whole_burst_ms) return {false, used_ms - whole_burst_ms, arrival};
  return {true, 0, arrival + rule.interval_ms};
}

std::int64_t give_attempt_back(const throttle_rule& rule, std::int64_t arrival_ms) noexcept {
  return is_valid(rule) ? add_saturating(arrival_ms, -rule.interval_ms) : arrival_ms;
}

}  // namespace latchkey
