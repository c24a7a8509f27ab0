// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_AUDIT_AUDIT_ROWS_H_
#define LATCHKEY_NATIVE_AUDIT_AUDIT_ROWS_H_

/** The statements of the SQL audit store: its table, rows to events and back, and filters to conditions. */

#include <string>
#include <string_view>
#include <vector>

#include "latchkey/audit.h"
#include "latchkey/native/audit/audit_provider.h"
#include "latchkey/native/sql/database.h"

namespace latchkey::native {

/** Columns of `latchkey_audit` in the order in which `to_event` reads and `insert_event` writes them. */
inline constexpr std::string_view audit_columns =
    R"(seq, id, timestamp, "actorType", "actorId", "actorEmail", "actorIp", "actorUserAgent", action, "resourceType",
       "resourceId", "resourceName", outcome, metadata, duration, "requestId", "sessionHash")";

/** A condition of constant texts, and the values for its parameters. */
struct audit_condition {
  std::string text;
  std::vector<sql_value> values;
};

[[nodiscard]] result<void> create_audit_table(database& store);
/** `store_failed` with the event's number for a row that no `insert_event` wrote. */
[[nodiscard]] result<audit_event> to_event(const sql_row& row);
[[nodiscard]] result<void> insert_event(sql_executor& store, const audit_event& event);
/** ` WHERE …`, or nothing when the filter lets everything through. */
[[nodiscard]] audit_condition to_condition(const audit_filter& filter);
/**
 * The same for events behind a place, for a statement that reads a few of them in their order. Without what would lead the
 * database to an index by actions: each statement would have to sort all that is left.
 */
[[nodiscard]] audit_condition to_walking_condition(const audit_filter& filter, const audit_position& from);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_AUDIT_AUDIT_ROWS_H_
