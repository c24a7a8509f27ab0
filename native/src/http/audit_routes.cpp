// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>

#include "http/routes.h"
#include "http/text.h"
#include "latchkey/json_mapping.h"

namespace latchkey::native {
namespace {

constexpr std::int64_t offset_max = 1'000'000'000;

struct audit_query {
  audit_filter filter;
  audit_paging paging;
};

using query_parameters = std::vector<std::pair<std::string, std::string>>;

/** The value of a parameter. An empty one is as good as none, as an empty field of a form means it. */
const std::string* find_parameter(const query_parameters& parameters, std::string_view name) {
  const auto found =
      std::find_if(parameters.begin(), parameters.end(), [name](const auto& each) { return each.first == name; });
  return found == parameters.end() || found->second.empty() ? nullptr : &found->second;
}

void read_number(const query_parameters& parameters, const char* name, std::int64_t low, std::int64_t high,
                 std::int64_t& out, std::vector<field_issue>& issues) {
  const std::string* value = find_parameter(parameters, name);
  if (value == nullptr) return;
  std::int64_t parsed = 0;
  const auto [end, failure] = std::from_chars(value->data(), value->data() + value->size(), parsed);
  const bool is_number = failure == std::errc{} && end == value->data() + value->size() && is_digit(value->front());
  if (is_number && parsed >= low && parsed <= high) {
    out = parsed;
  } else {
    issues.push_back({name, "Must be a whole number from " + std::to_string(low) + " to " + std::to_string(high)});
  }
}

constexpr std::string_view filter_names[] = {"actorId",    "actorType", "action",    "resourceType",
                                             "resourceId", "outcome",   "startDate", "endDate"};

// The parameters of the filter as core's own JSON of it: what they mean is decided there, once for all callers.
result<audit_filter> read_filter(const query_parameters& parameters) {
  json_object filter;
  for (const auto name : filter_names) {
    if (const std::string* value = find_parameter(parameters, name)) filter.emplace_back(std::string(name), *value);
  }
  return to_audit_filter(filter);
}

/** A filter that is misspelt, or that the store does not have, would be ignored and show more than was asked for. */
void refuse_unknown(const query_parameters& parameters, bool has_api_keys, std::vector<field_issue>& issues) {
  for (const auto& [name, value] : parameters) {
    const bool is_filter = std::find(std::begin(filter_names), std::end(filter_names), name) != std::end(filter_names);
    if (value.empty() || is_filter || name == "limit" || name == "offset" || (has_api_keys && name == "apiKey"))
      continue;
    const bool is_documented = name == "q" || name == "after";
    issues.push_back(
        {name, is_documented ? "Not supported by this store" : "Unknown; names are as in the documentation"});
  }
}

http_result<audit_query> read_query(std::string_view query, bool has_api_keys) {
  const auto parameters = parse_query(query);
  if (!parameters) return refuse_query({{"query", "Malformed, or a parameter is repeated"}});
  audit_query asked;
  std::vector<field_issue> issues;
  auto filter = read_filter(*parameters);
  if (filter) {
    asked.filter = std::move(*filter);
  } else {
    issues.push_back({filter.error().field, filter.error().message});
  }
  read_number(*parameters, "limit", 1, audit_max_limit, asked.paging.limit, issues);
  read_number(*parameters, "offset", 0, offset_max, asked.paging.offset, issues);
  refuse_unknown(*parameters, has_api_keys, issues);
  if (!issues.empty()) return refuse_query(std::move(issues));
  return asked;
}

http_result<http_response> list_events(const server_state& state, request_context& context) {
  const auto asked = read_query(context.request().query, state.config.allow_api_key_query);
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
  const bool is_licensed = state.allows(license_feature::audit);
  // Without roles nobody holds `audit:read`: other people's addresses are then shown to nobody.
  if (!state.provider.audit_events || !state.provider.rbac || !is_licensed) return {};
  return state.routes.add({"GET", "/audit", route_guard::permission("audit:read"),
                           [&state](auto& context) { return list_events(state, context); }});
}

}  // namespace latchkey::native
