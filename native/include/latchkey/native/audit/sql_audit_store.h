// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_AUDIT_SQL_AUDIT_STORE_H_
#define LATCHKEY_NATIVE_AUDIT_SQL_AUDIT_STORE_H_

/**
 * Audit events in a database: append-only (triggers refuse changes, AU-09), numbered without gaps, on disk when `log`
 * returns (AU-11). Events that arrive while a commit runs are committed together by the next one, so one flush of the
 * disk serves many requests. Order is by time, then by number, newest first.
 */

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "latchkey/native/audit/audit_provider.h"
#include "latchkey/native/clock.h"
#include "latchkey/native/sql/database.h"

namespace latchkey::native {

/**
 * Keeps of an event what `to_recordable` gives, and refuses one that can't be recorded. A row that somebody damaged is
 * `store_failed` with its number, never a guess. May be used by several threads, and several processes on one database, at once.
 */
class sql_audit_store : public audit_logger, public audit_reader {
 public:
  /** Creates the table when it is missing. */
  [[nodiscard]] static result<std::shared_ptr<sql_audit_store>> open(std::shared_ptr<database> store,
                                                                     clock_function clock = system_clock_ms);

  /** Sees one event; false ends the reading. */
  using event_visitor = std::function<bool(const audit_event& event)>;

  /** The event with this id, if there is one. */
  [[nodiscard]] virtual result<std::optional<audit_event>> find_event(std::string_view id) = 0;
  /** All events that the filter lets through, newest first and without its limit, one at a time: for exports. */
  [[nodiscard]] virtual result<void> visit(const audit_filter& filter, const event_visitor& visitor) = 0;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_AUDIT_SQL_AUDIT_STORE_H_
