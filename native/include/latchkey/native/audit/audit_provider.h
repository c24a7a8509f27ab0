// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_AUDIT_AUDIT_PROVIDER_H_
#define LATCHKEY_NATIVE_AUDIT_AUDIT_PROVIDER_H_

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
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

/** A place in the order of events, which is by time, then by number, newest first: right behind the event with these. */
struct audit_position {
  std::int64_t timestamp_ms = std::numeric_limits<std::int64_t>::max();
  std::int64_t sequence = std::numeric_limits<std::int64_t>::max();

  /** Whether the event stands behind this place. All events stand behind the default one. */
  [[nodiscard]] bool is_before(const audit_event& event) const noexcept {
    return event.timestamp_ms < timestamp_ms || (event.timestamp_ms == timestamp_ms && event.sequence < sequence);
  }
};

/** Sees one event; false ends the reading. */
using audit_visitor = std::function<bool(const audit_event& event)>;

/**
 * Reads what was recorded. A store has to answer `query`; the other functions ask it unless the store knows a shorter way.
 * What they give is the same either way.
 */
class audit_reader {
 public:
  virtual ~audit_reader() = default;
  /** The events that the filter lets through, newest first, and how many there are in all. Each has its number. */
  [[nodiscard]] virtual result<audit_page> query(const audit_filter& filter, const audit_paging& paging = {}) = 0;
  /** The event with this id, if there is one. Left to `query`, it reads the whole log. */
  [[nodiscard]] virtual result<std::optional<audit_event>> find_event(std::string_view id);
  /** How many events the filter lets through. */
  [[nodiscard]] virtual result<std::int64_t> count(const audit_filter& filter);
  /**
   * Shows the events that the filter lets through, newest first, beginning behind `from`, one at a time and without the
   * limit of a page: for exports. Holds a bounded number of events, and nothing of the store while the visitor runs, so
   * that the visitor may take its time and may use the store. Events that arrive meanwhile are newer than the place
   * reached and do not come. `store_failed` where `query` gives events without numbers.
   */
  [[nodiscard]] virtual result<void> visit(const audit_filter& filter, const audit_visitor& visitor,
                                           const audit_position& from = {});
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_AUDIT_AUDIT_PROVIDER_H_
