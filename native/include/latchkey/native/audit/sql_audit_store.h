// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_AUDIT_SQL_AUDIT_STORE_H_
#define LATCHKEY_NATIVE_AUDIT_SQL_AUDIT_STORE_H_

/**
 * Audit events in a database: append-only (triggers refuse changes, AU-09), numbered without gaps, on disk when `log`
 * returns (AU-11). Events that arrive while a commit runs are committed together by the next one, so one flush of the
 * disk serves many requests. Order is by time, then by number, newest first.
 */

#include <memory>

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

  using event_visitor = audit_visitor;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_AUDIT_SQL_AUDIT_STORE_H_
