// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <span>

#include "http/routes.h"
#include "http/text.h"
#include "latchkey/audit_export.h"
#include "latchkey/json_mapping.h"
#include "latchkey/session.h"

namespace latchkey::native {
namespace {

constexpr std::int64_t offset_max = 1'000'000'000;

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
void refuse_unknown(const query_parameters& parameters, bool has_api_keys, std::span<const std::string_view> further,
                    std::vector<field_issue>& issues) {
  const auto is_among = [](std::span<const std::string_view> names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  constexpr std::string_view of_lists[] = {"q", "after", "limit", "offset"};
  for (const auto& [name, value] : parameters) {
    if (value.empty() || is_among(filter_names, name) || is_among(further, name) || (has_api_keys && name == "apiKey"))
      continue;
    issues.push_back(
        {name, is_among(of_lists, name) ? "Not supported here" : "Unknown; names are as in the documentation"});
  }
}

/** The filter of a query that may have `further` parameters; what is wrong with any of them goes to `issues`. */
audit_filter read_filter_of(const query_parameters& parameters, const server_state& state,
                            std::span<const std::string_view> further, std::vector<field_issue>& issues) {
  refuse_unknown(parameters, state.config.allow_api_key_query, further, issues);
  auto filter = read_filter(parameters);
  if (filter) return std::move(*filter);
  issues.push_back({filter.error().field, filter.error().message});
  return {};
}

http_result<query_parameters> parameters_of(const request_context& context) {
  auto parameters = parse_query(context.request().query);
  if (!parameters) return refuse_query({{"query", "Malformed, or a parameter is repeated"}});
  return std::move(*parameters);
}

http_result<http_response> list_events(const server_state& state, request_context& context) {
  const auto parameters = parameters_of(context);
  if (!parameters) return tl::unexpected<http_error>(parameters.error());
  std::vector<field_issue> issues;
  constexpr std::string_view further[] = {"limit", "offset"};
  const audit_filter filter = read_filter_of(*parameters, state, further, issues);
  audit_paging paging;
  read_number(*parameters, "limit", 1, audit_max_limit, paging.limit, issues);
  read_number(*parameters, "offset", 0, offset_max, paging.offset, issues);
  if (!issues.empty()) return refuse_query(std::move(issues));
  const auto page = call_provider([&] { return state.provider.audit_events->query(filter, paging); });
  if (!page) return context.failed(page.error());
  json_array events;
  for (const auto& event : page->events) events.push_back(to_json(event));

  audit_event event;
  event.action = "audit.read";
  event.metadata = json_object{{"count", static_cast<std::int64_t>(events.size())}};
  if (const auto logged = context.audit(std::move(event)); !logged) return context.failed(logged.error());
  return json_response(
      200,
      json_object{
          {"events", std::move(events)}, {"total", page->total}, {"offset", paging.offset}, {"limit", paging.limit}});
}

http_result<http_response> show_event(const server_state& state, request_context& context) {
  const auto id = context.path_parameter("id");
  const auto found = call_provider([&] { return state.provider.audit_events->find_event(id); });
  if (!found) return context.failed(found.error());
  if (!*found) return refuse(errc::not_found, "Audit event not found");
  audit_event event;
  event.action = "audit.read";
  event.resource = audit_resource{"audit", std::string(id), {}};
  event.metadata = json_object{{"count", 1}};
  if (const auto logged = context.audit(std::move(event)); !logged) return context.failed(logged.error());
  return json_response(200, to_json(**found));
}

/** A document of events, in parts of bounded size. */
class event_export {
 public:
  event_export(std::shared_ptr<audit_reader> events, audit_filter filter, audit_export_format format)
      : events_(std::move(events)), filter_(std::move(filter)), writer_(format) {}

  /** The next part; empty at the end. */
  result<std::string> next() {
    std::string part;
    if (is_over_) return part;
    std::size_t count = 0;
    const auto is_full = [&] { return part.size() >= part_bytes || count >= part_events; };
    const auto visited = call_provider([&] {
      return events_->visit(
          filter_,
          [&](const audit_event& event) {
            writer_.write(event, part);
            place_ = {event.timestamp_ms, event.sequence};
            ++count;
            return !is_full();
          },
          place_);
    });
    if (!visited) return tl::unexpected<error>(visited.error());
    if (is_full()) return part;
    is_over_ = true;
    writer_.finish(part);
    return part;
  }

 private:
  static constexpr std::size_t part_bytes = std::size_t{64} * 1024;
  /** As many as the SQL store reads at a time. */
  static constexpr std::size_t part_events = 256;

  std::shared_ptr<audit_reader> events_;
  audit_filter filter_;
  audit_export_writer writer_;
  audit_position place_;
  bool is_over_ = false;
};

/** The part that is there already, then those to come. A failure there ends the body early, and the operator hears why. */
body_stream stream_of(const server_state& state, const request_context& context, std::shared_ptr<event_export> document,
                      std::string first) {
  return [&state, document = std::move(document), request_id = std::string(context.request_id()),
          method = context.request().method, path = context.request().path,
          waiting = std::make_shared<std::optional<std::string>>(std::move(first))]() {
    if (*waiting) {
      result<std::string> part = std::move(**waiting);
      waiting->reset();
      return part;
    }
    auto part = document->next();
    if (!part) report_failure(state, {request_id, method, path, part.error().message});
    return part;
  };
}

/** What was asked for, for the event about the export. */
json_value export_facts(const query_parameters& parameters, audit_export_format format) {
  json_object facts{{"format", to_string(format)}};
  for (const auto name : filter_names) {
    if (const std::string* value = find_parameter(parameters, name)) facts.emplace_back(std::string(name), *value);
  }
  return facts;
}

http_result<http_response> export_events(const server_state& state, request_context& context) {
  const auto parameters = parameters_of(context);
  if (!parameters) return tl::unexpected<http_error>(parameters.error());
  std::vector<field_issue> issues;
  constexpr std::string_view further[] = {"format"};
  const audit_filter filter = read_filter_of(*parameters, state, further, issues);
  const std::string* named = find_parameter(*parameters, "format");
  const auto format = named == nullptr ? audit_export_format::json : to_audit_export_format(*named);
  if (!format) issues.push_back({"format", "Must be json, csv or ndjson"});
  if (!issues.empty()) return refuse_query(std::move(issues));

  // Read before the answer, so that a store that is down is told by the status and not by a document that breaks off.
  auto document = std::make_shared<event_export>(state.provider.audit_events, filter, *format);
  auto first = document->next();
  if (!first) return context.failed(first.error());
  audit_event event;
  event.action = "audit.export";
  event.metadata = export_facts(*parameters, *format);
  if (const auto logged = context.audit(std::move(event)); !logged) return context.failed(logged.error());

  http_response response;
  response.add_header("Content-Type", std::string(media_type_of(*format)));
  constexpr std::size_t date_length = 10;
  response.add_header("Content-Disposition", "attachment; filename=\"audit-" +
                                                 to_iso_time(context.now_ms()).substr(0, date_length) + "." +
                                                 std::string(to_string(*format)) + "\"");
  response.stream = stream_of(state, context, std::move(document), std::move(*first));
  return response;
}

using audit_handler = http_result<http_response> (*)(const server_state&, request_context&);

/** Answers in place of a route that reads what nothing keeps. */
http_result<http_response> refuse_without_store(const server_state&, request_context&) {
  return refuse(errc::no_audit_store);
}

}  // namespace

result<void> add_audit_routes(server_state& state) {
  const bool is_licensed = state.allows(license_feature::audit);
  // Without roles nobody holds `audit:read`: other people's addresses are then shown to nobody.
  if (!state.provider.rbac || !is_licensed) return {};
  const auto add = [&state](std::string pattern, audit_handler handler) {
    if (!state.provider.audit_events) handler = refuse_without_store;
    return state.routes.add({"GET", std::move(pattern), route_guard::permission("audit:read"),
                             [&state, handler](auto& context) { return handler(state, context); }});
  };
  if (auto added = add("/audit", list_events); !added) return added;
  if (auto added = add("/audit/export", export_events); !added) return added;
  return add("/audit/:id", show_event);
}

}  // namespace latchkey::native
