// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "answer.h"
#include "boundary.h"
#include "latchkey/audit_chain.h"
#include "latchkey/json_mapping.h"

namespace latchkey::boundary {
namespace {

result<audit_event> event_of(const json_value& arguments) {
  const json_value* event = arguments.find("event");
  return to_audit_event(event == nullptr ? json_value() : *event);
}

result<json_value> match(const json_value& arguments) {
  const auto event = event_of(arguments);
  if (!event) return tl::unexpected<error>(event.error());
  const json_value* given = arguments.find("filter");
  const auto filter = to_audit_filter(given == nullptr ? json_value() : *given);
  if (!filter) return tl::unexpected<error>(filter.error());
  return json_value(matches(*event, *filter));
}

result<json_value> write_csv(const json_value& arguments) {
  const json_value* list = arguments.find("events");
  if (list == nullptr || list->as_array() == nullptr) {
    return fail(errc::json_shape, "A list of events is needed here.", "events");
  }
  std::string csv(audit_csv_header);
  for (const json_value& each : *list->as_array()) {
    const auto event = to_audit_event(each);
    if (!event) return tl::unexpected<error>(event.error());
    csv += to_csv_line(*event);
  }
  return json_value(std::move(csv));
}

}  // namespace

std::string audit_matches(const std::string& json) { return with_arguments(json, match); }

// Room for a page of 1,000 events.
std::string audit_csv(const std::string& json) { return with_arguments(json, write_csv, 4 * json_max_bytes); }

std::string audit_line(const std::string& json) {
  return with_arguments(json, [](const json_value& arguments) -> result<json_value> {
    const auto event = event_of(arguments);
    if (!event) return tl::unexpected<error>(event.error());
    return json_value(to_console_line(*event));
  });
}

std::string audit_leaf(const std::string& json) {
  return with_arguments(json, [](const json_value& arguments) -> result<json_value> {
    const auto event = event_of(arguments);
    if (!event) return tl::unexpected<error>(event.error());
    return json_value(to_leaf_bytes(*event));
  });
}

}  // namespace latchkey::boundary
