// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_CIVIL_DATE_H_
#define LATCHKEY_CIVIL_DATE_H_

/**
 * Days and dates of the proleptic Gregorian calendar, after Howard Hinnant's algorithms
 * (https://howardhinnant.github.io/date_algorithms.html).
 */

#include <cstdint>
#include <optional>

namespace latchkey {

inline constexpr std::int64_t day_ms = 86'400'000;

struct civil_date {
  std::int64_t year = 1970;
  unsigned month = 1;
  unsigned day = 1;
};

/** Days since 1970-01-01; nothing for a date that doesn't exist (30 February). */
[[nodiscard]] std::optional<std::int64_t> days_from_civil(civil_date date) noexcept;

/** The date that is this many days after 1970-01-01. */
[[nodiscard]] civil_date civil_from_days(std::int64_t days) noexcept;

}  // namespace latchkey

#endif  // LATCHKEY_CIVIL_DATE_H_
