// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_AUDIT_MEMORY_AUDIT_STORE_H_
#define LATCHKEY_NATIVE_AUDIT_MEMORY_AUDIT_STORE_H_

/**
 * Audit events in memory, for development and tests: they are gone with the process. It answers as `sql_audit_store` does,
 * for what it still has: at its capacity each new event takes the place of the oldest one.
 */

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <set>
#include <string>

#include "latchkey/native/audit/audit_provider.h"
#include "latchkey/native/clock.h"

namespace latchkey::native {

struct memory_audit_options {
  /** How many events are kept, at least 1. Small ones need about 1 KiB each. */
  std::size_t capacity = 10'000;
  clock_function clock = system_clock_ms;
};

/** May be used by several threads at once. */
class memory_audit_store final : public audit_logger, public audit_reader {
 public:
  explicit memory_audit_store(memory_audit_options options = {});

  /**
   * Keeps of the event what `to_recordable` gives, with time and id where it has none and the next number. `json_shape`
   * for one that can't be recorded, `store_failed` for an id that is there already.
   */
  [[nodiscard]] result<void> log(const audit_event& event) override;
  [[nodiscard]] result<audit_page> query(const audit_filter& filter, const audit_paging& paging = {}) override;
  [[nodiscard]] result<std::optional<audit_event>> find_event(std::string_view id) override;
  [[nodiscard]] result<std::int64_t> count(const audit_filter& filter) override;
  [[nodiscard]] result<void> visit(const audit_filter& filter, const audit_visitor& visitor,
                                   const audit_position& from = {}) override;

  /** How many events made room for newer ones so far. */
  [[nodiscard]] std::int64_t dropped() const;

 private:
  const memory_audit_options options_;
  mutable std::mutex mutex_;
  /** By number. */
  std::deque<audit_event> events_;
  std::set<std::string, std::less<>> ids_;
  std::int64_t last_number_ = 0;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_AUDIT_MEMORY_AUDIT_STORE_H_
