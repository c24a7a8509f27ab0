// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "json_fields.h"
#include "latchkey/json_mapping.h"
#include "latchkey/session.h"

namespace latchkey {
namespace {

constexpr std::int64_t largest_exact = (std::int64_t{1} << 53) - 1;

json_value actor_json(const audit_actor& actor) {
  json_object object;
  object.emplace_back("type", to_string(actor.type));
  object.emplace_back("id", actor.id);
  append_if_set(object, "email", actor.email);
  append_if_set(object, "ip", actor.ip);
  append_if_set(object, "userAgent", actor.user_agent);
  return object;
}

json_value resource_json(const audit_resource& resource) {
  json_object object;
  object.emplace_back("type", resource.type);
  object.emplace_back("id", resource.id);
  append_if_set(object, "name", resource.name);
  return object;
}

struct text_member {
  std::string_view key;
  std::string& target;
  bool is_required;
};

result<void> read_texts(const json_value& object, std::initializer_list<text_member> members) {
  for (const text_member& each : members) {
    auto text = each.is_required ? to_required_text(object, each.key) : to_text(object, each.key);
    if (!text) return fail(std::move(text));
    each.target = std::move(*text);
  }
  return {};
}

// A member that is not known would be shown but not covered by the hash of the event.
result<void> refuse_others(const json_value& object, std::span<const std::string_view> known, std::string_view field) {
  if (object.as_object() == nullptr) return wrong_shape("an object", field);
  for (const auto& member : *object.as_object()) {
    if (std::find(known.begin(), known.end(), member.first) == known.end()) {
      return fail(errc::json_shape, "An audit event or filter has no such member.", member.first);
    }
  }
  return {};
}

result<audit_actor> to_audit_actor(const json_value& value) {
  constexpr std::array<std::string_view, 5> known{"type", "id", "email", "ip", "userAgent"};
  if (auto checked = refuse_others(value, known, "actor"); !checked) return fail(std::move(checked));
  audit_actor actor;
  std::string type;
  auto read = read_texts(value, {{"type", type, true},
                                 {"id", actor.id, true},
                                 {"email", actor.email, false},
                                 {"ip", actor.ip, false},
                                 {"userAgent", actor.user_agent, false}});
  if (!read) return fail(std::move(read));
  const auto known_type = to_audit_actor_type(type);
  if (!known_type) return wrong_shape("user, system or apikey", "actor.type");
  actor.type = *known_type;
  return actor;
}

result<std::optional<audit_resource>> to_audit_resource(const json_value& event) {
  const json_value* value = event.find("resource");
  if (value == nullptr) return std::optional<audit_resource>();
  constexpr std::array<std::string_view, 3> known{"type", "id", "name"};
  if (auto checked = refuse_others(*value, known, "resource"); !checked) return fail(std::move(checked));
  audit_resource resource;
  auto read =
      read_texts(*value, {{"type", resource.type, true}, {"id", resource.id, true}, {"name", resource.name, false}});
  if (!read) return fail(std::move(read));
  return std::optional(std::move(resource));
}

result<audit_outcome> to_outcome(std::string_view text) {
  const auto outcome = to_audit_outcome(text);
  if (!outcome) return wrong_shape("success, failure or denied", "outcome");
  return *outcome;
}

// Whole, not negative, and small enough for every reader of JSON to keep.
result<std::optional<std::int64_t>> to_count(const json_value& object, std::string_view key) {
  const json_value* member = object.find(key);
  if (member == nullptr) return std::optional<std::int64_t>();
  const std::int64_t* number = member->as_integer();
  if (number == nullptr || *number < 0 || *number > largest_exact) return wrong_shape("a whole number from 0 on", key);
  return std::optional(*number);
}

result<void> read_numbers(const json_value& value, audit_event& event) {
  auto sequence = to_count(value, "seq");
  if (!sequence) return fail(std::move(sequence));
  event.sequence = sequence->value_or(0);
  auto duration = to_count(value, "duration");
  if (!duration) return fail(std::move(duration));
  event.duration_ms = *duration;
  return {};
}

// What JSON readers everywhere keep (RFC 7493 §2.2): a number that one of them rounds would change the event's hash.
bool has_exact_numbers(const json_value& value) noexcept {
  if (value.as_number() != nullptr) return false;
  if (const std::int64_t* number = value.as_integer()) return *number >= -largest_exact && *number <= largest_exact;
  if (const json_array* array = value.as_array()) return std::all_of(array->begin(), array->end(), has_exact_numbers);
  const json_object* object = value.as_object();
  return object == nullptr || std::all_of(object->begin(), object->end(),
                                          [](const auto& member) { return has_exact_numbers(member.second); });
}

result<std::optional<std::int64_t>> to_edge(const json_value& value, std::string_view key, day_edge edge) {
  auto text = to_text(value, key);
  if (!text) return fail(std::move(text));
  if (text->empty()) return std::optional<std::int64_t>();
  const auto time = parse_audit_time(*text, edge);
  if (!time)
    return fail(errc::audit_filter_invalid, "A time such as 2026-11-21T12:00:00.000Z is needed here.",
                std::string(key));
  return time;
}

// No store compares beyond a NUL.
bool is_filter_text(std::string_view text) noexcept {
  return text.size() <= audit_pattern_max_bytes && text.find('\0') == std::string_view::npos;
}

}  // namespace

json_value to_json(const audit_event& event) {
  json_object object;
  append_if_set(object, "id", event.id);
  object.emplace_back("timestamp", to_iso_time(event.timestamp_ms));
  if (event.sequence != 0) object.emplace_back("seq", event.sequence);
  object.emplace_back("actor", actor_json(event.actor));
  object.emplace_back("action", event.action);
  if (event.resource) object.emplace_back("resource", resource_json(*event.resource));
  object.emplace_back("outcome", to_string(event.outcome));
  if (!event.metadata.is_null()) object.emplace_back("metadata", event.metadata);
  if (event.duration_ms) object.emplace_back("duration", *event.duration_ms);
  append_if_set(object, "requestId", event.request_id);
  append_if_set(object, "sessionHash", event.session_hash);
  return object;
}

result<audit_event> to_audit_event(const json_value& value) {
  constexpr std::array<std::string_view, 11> known{"id",       "timestamp", "seq",        "actor",
                                                   "action",   "resource",  "outcome",    "metadata",
                                                   "duration", "requestId", "sessionHash"};
  if (auto checked = refuse_others(value, known, "event"); !checked) return fail(std::move(checked));
  audit_event event;
  std::string timestamp;
  std::string outcome;
  auto read = read_texts(value, {{"id", event.id, false},
                                 {"timestamp", timestamp, true},
                                 {"action", event.action, true},
                                 {"outcome", outcome, true},
                                 {"requestId", event.request_id, false},
                                 {"sessionHash", event.session_hash, false}});
  if (!read) return fail(std::move(read));
  const auto time = parse_iso_time(timestamp);
  if (!time) return wrong_shape("a time such as 2026-11-21T12:00:00.000Z", "timestamp");
  event.timestamp_ms = *time;
  auto known_outcome = to_outcome(outcome);
  if (!known_outcome) return fail(std::move(known_outcome));
  event.outcome = *known_outcome;
  const json_value* actor = value.find("actor");
  auto known_actor = to_audit_actor(actor == nullptr ? json_value() : *actor);
  if (!known_actor) return fail(std::move(known_actor));
  event.actor = std::move(*known_actor);
  auto resource = to_audit_resource(value);
  if (!resource) return fail(std::move(resource));
  event.resource = std::move(*resource);
  if (const json_value* metadata = value.find("metadata")) {
    if (metadata->as_object() == nullptr) return wrong_shape("an object", "metadata");
    if (!has_exact_numbers(*metadata)) {
      return wrong_shape("whole numbers up to 2^53 - 1 on either side of zero; others as text", "metadata");
    }
    event.metadata = *metadata;
  }
  if (auto numbers = read_numbers(value, event); !numbers) return fail(std::move(numbers));
  return event;
}

result<audit_event> to_recordable(const audit_event& event) {
  const auto parsed = parse_json(to_json_text(to_json(event)));
  if (!parsed) return fail(errc::json_shape, "An event's metadata is JSON without a key twice.", "metadata");
  auto back = to_audit_event(*parsed);
  if (back && back->timestamp_ms != event.timestamp_ms) {
    return fail(errc::json_shape, "An event's time is of the years 0000 to 9999.", "timestamp");
  }
  return back;
}

result<audit_filter> to_audit_filter(const json_value& value) {
  constexpr std::array<std::string_view, 8> known{"actorId",    "actorType", "action",    "resourceType",
                                                  "resourceId", "outcome",   "startDate", "endDate"};
  if (auto checked = refuse_others(value, known, "filter"); !checked) return fail(std::move(checked));
  audit_filter filter;
  std::string actor_type;
  std::string action;
  std::string outcome;
  auto read = read_texts(value, {{"actorId", filter.actor_id, false},
                                 {"actorType", actor_type, false},
                                 {"action", action, false},
                                 {"resourceType", filter.resource_type, false},
                                 {"resourceId", filter.resource_id, false},
                                 {"outcome", outcome, false}});
  if (!read) return fail(std::move(read));
  for (const auto& [key, text] : {std::pair{"actorId", &filter.actor_id},
                                  {"resourceType", &filter.resource_type},
                                  {"resourceId", &filter.resource_id}}) {
    if (!is_filter_text(*text))
      return fail(errc::audit_filter_invalid, "A text has 256 bytes at most and no NUL.", key);
  }
  if (!actor_type.empty() && !(filter.actor_type = to_audit_actor_type(actor_type))) {
    return fail(errc::audit_filter_invalid, "The type of an actor is user, system or apikey.", "actorType");
  }
  if (!outcome.empty() && !(filter.outcome = to_audit_outcome(outcome))) {
    return fail(errc::audit_filter_invalid, "An outcome is success, failure or denied.", "outcome");
  }
  if (!action.empty() && !(filter.action = parse_action_pattern(action))) {
    return fail(errc::audit_filter_invalid, "An action has one * at its end at most, and 256 bytes.", "action");
  }
  auto start = to_edge(value, "startDate", day_edge::first_millisecond);
  if (!start) return fail(std::move(start));
  filter.start_ms = *start;
  auto end = to_edge(value, "endDate", day_edge::last_millisecond);
  if (!end) return fail(std::move(end));
  filter.end_ms = *end;
  return filter;
}

}  // namespace latchkey
