// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_SATURATING_H_
#define LATCHKEY_SATURATING_H_

/** Arithmetic on times that came from outside: absurd ones end at the limits and never wrap. */

#include <cstdint>
#include <limits>

namespace latchkey {

/** A clock may be this much ahead of another one; more is a clock that can't be trusted. */
inline constexpr std::int64_t clock_skew_ms = 60'000;

[[nodiscard]] constexpr std::int64_t add_saturating(std::int64_t a, std::int64_t b) noexcept {
  constexpr auto largest = std::numeric_limits<std::int64_t>::max();
  constexpr auto smallest = std::numeric_limits<std::int64_t>::min();
  if (b > 0 && a > largest - b) return largest;
  if (b < 0 && a < smallest - b) return smallest;
  return a + b;
}

}  // namespace latchkey

#endif  // LATCHKEY_SATURATING_H_
