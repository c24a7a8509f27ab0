// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"
#include "latchkey/json_mapping.h"
#include "latchkey/session.h"

namespace {

using namespace latchkey;

// audit.md's words about one member, read once more: absent and empty texts do not filter.
bool fits(const json_value& filter, std::string_view key, std::string_view actual) {
  const std::string* wanted = filter.find_string(key);
  return wanted == nullptr || wanted->empty() || *wanted == actual;
}

bool fits_action(const json_value& filter, std::string_view action) {
  const std::string* wanted = filter.find_string("action");
  if (wanted == nullptr || wanted->empty()) return true;
  if (wanted->back() != '*') return *wanted == action;
  return action.substr(0, wanted->size() - 1) == std::string_view(*wanted).substr(0, wanted->size() - 1);
}

// ISO texts of one form sort as their times do, and a date is the beginning of all of its instants.
bool fits_time(const json_value& filter, std::string_view time) {
  const std::string* start = filter.find_string("startDate");
  const std::string* end = filter.find_string("endDate");
  const auto cut = [&](const std::string& edge) {
    return std::min(edge.size() - (edge.size() == 20 ? 1 : 0), edge.size());
  };
  const bool is_after = start == nullptr || start->empty() || time >= start->substr(0, cut(*start));
  if (end == nullptr || end->empty()) return is_after;
  if (end->size() == 10) return is_after && time.substr(0, 10) <= *end;
  return is_after && time <= (end->size() == 20 ? end->substr(0, 19) + ".000Z" : *end);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = fuzz::to_text(data, size);
  const auto value = parse_json(fuzz::take_field(rest));
  if (!value) return 0;
  const auto filter = to_audit_filter(*value);
  if (!filter) {
    fuzz::require(filter.error().code == errc::json_shape || filter.error().code == errc::audit_filter_invalid,
                  "a refused filter has one of two codes");
    return 0;
  }
  audit_event event;
  event.actor.type = audit_actor_type::user;
  event.actor.id = std::string(fuzz::take_field(rest));
  event.action = std::string(fuzz::take_field(rest));
  event.resource = audit_resource{std::string(fuzz::take_field(rest)), std::string(fuzz::take_field(rest)), {}};
  event.outcome = audit_outcome::denied;
  event.timestamp_ms = 1'795'264'189'000;
  for (int round = 0; round < 2; ++round) {
    const audit_resource none;
    const audit_resource& resource = event.resource ? *event.resource : none;
    const bool expected = fits(*value, "actorId", event.actor.id) && fits(*value, "actorType", "user") &&
                          fits_action(*value, event.action) && fits(*value, "resourceType", resource.type) &&
                          fits(*value, "resourceId", resource.id) && fits(*value, "outcome", "denied") &&
                          fits_time(*value, to_iso_time(event.timestamp_ms));
    fuzz::require(matches(event, *filter) == expected, "a filter lets through what its members say");
    event.resource.reset();
  }
  return 0;
}
