// SPDX-License-Identifier: Apache-2.0
#include "audit/audit_rows.h"

#include <algorithm>
#include <array>

#include "latchkey/native/sql/migrations.h"

namespace latchkey::native {
namespace {

constexpr std::array<std::string_view, 6> first_tables{
    R"(CREATE TABLE latchkey_audit (
         seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, timestamp INTEGER NOT NULL,
         "actorType" TEXT NOT NULL, "actorId" TEXT NOT NULL, "actorEmail" TEXT, "actorIp" TEXT, "actorUserAgent" TEXT,
         action TEXT NOT NULL, "resourceType" TEXT, "resourceId" TEXT, "resourceName" TEXT,
         outcome TEXT NOT NULL, metadata TEXT, duration INTEGER, "requestId" TEXT))",
    R"(CREATE INDEX latchkey_audit_timestamp_idx ON latchkey_audit (timestamp, seq))",
    R"(CREATE INDEX "latchkey_audit_actorId_idx" ON latchkey_audit ("actorId", timestamp, seq))",
    R"(CREATE INDEX latchkey_audit_action_idx ON latchkey_audit (action, timestamp, seq))",
    R"(CREATE TRIGGER latchkey_audit_no_update BEFORE UPDATE ON latchkey_audit
       BEGIN SELECT RAISE(ABORT, 'audit events are never changed'); END)",
    R"(CREATE TRIGGER latchkey_audit_no_delete BEFORE DELETE ON latchkey_audit
       BEGIN SELECT RAISE(ABORT, 'audit events are never deleted'); END)"};
constexpr std::array<std::string_view, 1> session_hash{R"(ALTER TABLE latchkey_audit ADD COLUMN "sessionHash" TEXT)"};
constexpr std::array<migration, 2> steps{migration{"audit table", first_tables},
                                         migration{"audit session hash", session_hash}};

sql_value text_or_null(const std::string& text) { return text.empty() ? sql_value(std::monostate()) : sql_value(text); }

void add_condition(audit_condition& condition, std::string_view text, sql_value value) {
  condition.text += condition.text.empty() ? " WHERE " : " AND ";
  condition.text += text;
  condition.values.push_back(std::move(value));
}

// A prefix is compared as text, so no character of it means anything but itself: `LIKE` would need escapes, and would
// take `AGENTS` for `agents`.
void add_action(audit_condition& condition, const action_pattern& pattern, bool is_indexed) {
  if (!pattern.is_prefix) {
    add_condition(condition, "action = ?", pattern.text);
    return;
  }
  if (pattern.text.empty()) return;
  add_condition(condition, "substr(action, 1, length(?)) = ?", pattern.text);
  condition.values.emplace_back(pattern.text);
  // Lets the index on actions find where they begin.
  if (is_indexed) add_condition(condition, "action >= ?", pattern.text);
}

audit_condition to_condition(const audit_filter& filter, bool is_action_indexed) {
  audit_condition condition;
  if (!filter.actor_id.empty()) add_condition(condition, R"("actorId" = ?)", filter.actor_id);
  if (filter.actor_type) add_condition(condition, R"("actorType" = ?)", std::string(to_string(*filter.actor_type)));
  if (filter.action) add_action(condition, *filter.action, is_action_indexed);
  if (!filter.resource_type.empty()) add_condition(condition, R"("resourceType" = ?)", filter.resource_type);
  if (!filter.resource_id.empty()) add_condition(condition, R"("resourceId" = ?)", filter.resource_id);
  if (filter.outcome) add_condition(condition, "outcome = ?", std::string(to_string(*filter.outcome)));
  if (filter.start_ms) add_condition(condition, "timestamp >= ?", *filter.start_ms);
  if (filter.end_ms) add_condition(condition, "timestamp <= ?", *filter.end_ms);
  return condition;
}

}  // namespace

result<void> create_audit_table(database& store) { return migrate(store, "audit", steps); }

result<audit_event> to_event(const sql_row& row) {
  audit_event event;
  const auto type = to_audit_actor_type(row.text(3));
  const auto outcome = to_audit_outcome(row.text(12));
  const auto stored_metadata = row.optional_text(13);
  auto metadata = stored_metadata ? parse_json(*stored_metadata) : result<json_value>(json_value());
  // A guess would make a row that somebody changed look like one that was written.
  if (!type || !outcome || !metadata) {
    return fail(errc::store_failed, "The audit event number " + std::to_string(row.integer(0)) + " is damaged.",
                "audit");
  }
  event.sequence = row.integer(0);
  event.id = row.text(1);
  event.timestamp_ms = row.integer(2);
  event.actor = {*type, row.text(4), row.text(5), row.text(6), row.text(7)};
  event.action = row.text(8);
  if (!row.is_null(9) || !row.is_null(10)) event.resource = audit_resource{row.text(9), row.text(10), row.text(11)};
  event.outcome = *outcome;
  event.metadata = std::move(*metadata);
  if (!row.is_null(14)) event.duration_ms = row.integer(14);
  event.request_id = row.text(15);
  event.session_hash = row.text(16);
  return event;
}

result<void> insert_event(sql_executor& store, const audit_event& event) {
  const audit_resource none;
  const audit_resource& resource = event.resource ? *event.resource : none;
  const auto resource_value = [&](const std::string& text) {
    return event.resource ? sql_value(text) : sql_value(std::monostate());
  };
  const std::array<sql_value, 16> values{
      event.id,
      event.timestamp_ms,
      std::string(to_string(event.actor.type)),
      event.actor.id,
      text_or_null(event.actor.email),
      text_or_null(event.actor.ip),
      text_or_null(event.actor.user_agent),
      event.action,
      resource_value(resource.type),
      resource_value(resource.id),
      text_or_null(resource.name),
      std::string(to_string(event.outcome)),
      event.metadata.is_null() ? sql_value(std::monostate()) : sql_value(to_json_text(event.metadata)),
      event.duration_ms ? sql_value(*event.duration_ms) : sql_value(std::monostate()),
      text_or_null(event.request_id),
      text_or_null(event.session_hash)};
  // The number is taken in the same write as the row, by the only writer: no gap and no fork (AU-12).
  static const std::string statement =
      "INSERT INTO latchkey_audit (" + std::string(audit_columns) +
      ") SELECT coalesce(max(seq), 0) + 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM latchkey_audit";
  auto inserted = store.execute(statement, values);
  if (!inserted) return fail(std::move(inserted));
  return {};
}

audit_condition to_condition(const audit_filter& filter) { return to_condition(filter, true); }

audit_condition to_walking_condition(const audit_filter& filter, const audit_position& from) {
  audit_filter rest = filter;
  rest.end_ms = std::min(filter.end_ms.value_or(from.timestamp_ms), from.timestamp_ms);
  audit_condition condition = to_condition(rest, false);
  add_condition(condition, "(timestamp < ? OR seq < ?)", from.timestamp_ms);
  condition.values.emplace_back(from.sequence);
  return condition;
}

}  // namespace latchkey::native
