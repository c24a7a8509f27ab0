// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_AUDIT_AUDIT_PROVIDER_H_
#define LATCHKEY_NATIVE_AUDIT_AUDIT_PROVIDER_H_

#include <cstdint>
#include <span>
#include <vector>

#include "latchkey/audit.h"
#include "latchkey/result.h"

namespace latchkey::native {

/** Records what happened (documented: IAuditLogger). */
class audit_logger {
 public:
  virtual ~audit_logger() = default;
  /** Records one event. When this fails for a required action, the request that caused it fails with 503. */
  [[nodiscard]] virtual result<void> log(const audit_event& event) = 0;
  /** Records several, and answers for each. One after the other, where a store knows nothing better. */
  [[nodiscard]] virtual std::vector<result<void>> log_all(std::span<const audit_event> events) {
    std::vector<result<void>> answers;
    answers.reserve(events.size());
    for (const audit_event& event : events) answers.push_back(log(event));
    return answers;
  }
};

inline constexpr std::int64_t audit_max_limit = 1'000;

/** Which part of the matching events, newest first; `limit` is between 1 and `audit_max_limit`. */
struct audit_paging {
  std::int64_t limit = 100;
  std::int64_t offset = 0;
};

struct audit_page {
  std::vector<audit_event> events = {};
  std::int64_t total = 0;
};

/** Reads what was recorded. */
class audit_reader {
 public:
  virtual ~audit_reader() = default;
  /** The events that the filter lets through, newest first, and how many there are in all. */
  [[nodiscard]] virtual result<audit_page> query(const audit_filter& filter, const audit_paging& paging = {}) = 0;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_AUDIT_AUDIT_PROVIDER_H_
