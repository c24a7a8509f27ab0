// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>

#include "http/routes.h"
#include "http/text.h"
#include "latchkey/json_mapping.h"

namespace latchkey::native {
namespace {

constexpr std::int64_t page_max = 1000;
constexpr std::int64_t offset_max = 1'000'000'000;
constexpr std::size_t filter_text_max_bytes = 256;

using query_parameters = std::vector<std::pair<std::string, std::string>>;

struct audit_query {
  audit_filter filter;
  audit_paging paging;
};

/** Reads the filter's parameters one by one and gathers what is wrong with them. */
class filter_reader {
 public:
  explicit filter_reader(const query_parameters& parameters) : parameters_(parameters) {}

  void text(const char* name, std::string& out) {
    const std::string* value = find(name);
    if (value == nullptr) return;
    if (value->size() > filter_text_max_bytes) return add_issue(name, "Too long");
    out = *value;
  }

  void number(const char* name, std::int64_t low, std::int64_t high, std::int64_t& out) {
    const std::string* value = find(name);
    if (value == nullptr) return;
    std::int64_t parsed = 0;
    const auto [end, failure] = std::from_chars(value->data(), value->data() + value->size(), parsed);
    const bool is_number = failure == std::errc{} && end == value->data() + value->size() && is_digit(value->front());
    if (!is_number || parsed < low || parsed > high) {
      return add_issue(name, "Must be a whole number from " + std::to_string(low) + " to " + std::to_string(high));
    }
    out = parsed;
  }

  void time(const char* name, day_edge edge, std::optional<std::int64_t>& out) {
    const std::string* value = find(name);
    if (value == nullptr) return;
    out = parse_audit_time(*value, edge);
    if (!out) add_issue(name, "Must be a time such as 2026-11-21T12:00:00.000Z");
  }

  template <class Value>
  void choice(const char* name, std::optional<Value> (*read)(std::string_view) noexcept, std::optional<Value>& out) {
    const std::string* value = find(name);
    if (value == nullptr) return;
    out = read(*value);
    if (!out) add_issue(name, "Unknown value");
  }

  void action(std::optional<action_pattern>& out) {
    const std::string* value = find("action");
    if (value == nullptr) return;
    out = parse_action_pattern(*value);
    if (!out) add_issue("action", "May have one * at its end only, and 256 bytes");
  }

  /** A filter that the store does not have would otherwise be ignored and show more than was asked for. */
  void refuse(const char* name) {
    if (find(name) != nullptr) add_issue(name, "Not supported by this store");
  }

  [[nodiscard]] std::vector<field_issue> take_issues() { return std::move(issues_); }

 private:
  /** An empty value filters nothing, as an empty field of a form means it. */
  const std::string* find(std::string_view name) const {
    const auto found =
        std::find_if(parameters_.begin(), parameters_.end(), [name](const auto& p) { return p.first == name; });
    return found == parameters_.end() || found->second.empty() ? nullptr : &found->second;
  }
  void add_issue(const char* name, std::string message) { issues_.push_back({name, std::move(message)}); }

  const query_parameters& parameters_;
  std::vector<field_issue> issues_;
};

http_result<audit_query> read_query(std::string_view query) {
  const auto parameters = parse_query(query);
  if (!parameters) return refuse_query({{"query", "Malformed, or a parameter is repeated"}});
  filter_reader reader(*parameters);
  audit_query asked;
  audit_filter& filter = asked.filter;
  reader.text("actorId", filter.actor_id);
  reader.choice("actorType", to_audit_actor_type, filter.actor_type);
  reader.action(filter.action);
  reader.text("resourceType", filter.resource_type);
  reader.text("resourceId", filter.resource_id);
  reader.choice("outcome", to_audit_outcome, filter.outcome);
  reader.time("startDate", day_edge::first_millisecond, filter.start_ms);
  reader.time("endDate", day_edge::last_millisecond, filter.end_ms);
  reader.number("limit", 1, page_max, asked.paging.limit);
  reader.number("offset", 0, offset_max, asked.paging.offset);
  reader.refuse("q");
  reader.refuse("after");
  auto issues = reader.take_issues();
  if (!issues.empty()) return refuse_query(std::move(issues));
  return asked;
}

http_result<http_response> list_events(const server_state& state, request_context& context) {
  const auto asked = read_query(context.request().query);
  if (!asked) return tl::unexpected<http_error>(asked.error());
  const auto page = call_provider([&] { return state.provider.audit_events->query(asked->filter, asked->paging); });
  if (!page) return context.failed(page.error());
  json_array events;
  for (const auto& event : page->events) events.push_back(to_json(event));

  audit_event event;
  event.action = "audit.read";
  event.metadata = json_object{{"count", static_cast<std::int64_t>(events.size())}};
  if (const auto logged = context.audit(std::move(event)); !logged) return context.failed(logged.error());
  return json_response(200, json_object{{"events", std::move(events)},
                                        {"total", page->total},
                                        {"offset", asked->paging.offset},
                                        {"limit", asked->paging.limit}});
}

}  // namespace

result<void> add_audit_routes(server_state& state) {
  const bool is_licensed = state.config.license.allows(license_feature::audit, state.config.clock());
  // Without roles nobody holds `audit:read`: other people's addresses are then shown to nobody.
  if (!state.provider.audit_events || !state.provider.rbac || !is_licensed) return {};
  return state.routes.add({"GET", "/audit", route_guard::permission("audit:read"),
                           [&state](auto& context) { return list_events(state, context); }});
}

}  // namespace latchkey::native
