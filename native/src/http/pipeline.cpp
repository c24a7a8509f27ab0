// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <chrono>

#include "http/authorization.h"
#include "http/refusal.h"
#include "http/server_state.h"
#include "http/text.h"
#include "latchkey/native/http/cors.h"
#include "latchkey/native/http/security_headers.h"
#include "latchkey/native/http/trace_context.h"
#include "latchkey/native/waiting.h"

namespace latchkey::native {
namespace {

/** About as many headers as `complete` adds. */
constexpr std::size_t completing_headers = 12;

/** `application/json`, with UTF-8 as its only possible charset. */
bool is_json_content_type(std::string_view value) {
  const auto semicolon = value.find(';');
  if (!equals_ignoring_case(trim(value.substr(0, semicolon)), "application/json")) return false;
  if (semicolon == std::string_view::npos) return true;
  std::string parameter = to_lower(trim(value.substr(semicolon + 1)));
  std::erase(parameter, '"');
  return parameter.empty() || parameter == "charset=utf-8";
}

/** What one of the host's routes did, when its calls are to be on record. */
void record_call(request_context& context, const route& target, int status,
                 std::chrono::steady_clock::time_point start) {
  if (target.recording != call_recording::all) return;
  audit_event event = call_event(context, target, status);
  event.duration_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start).count();
  context.audit_best_effort(std::move(event));
}

/** The number of bytes that the headers announce; nothing without a well-formed length. */
std::optional<std::size_t> announced_bytes(const http_request& request) {
  const std::string_view text = trim(request.header("Content-Length"));
  std::size_t bytes = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return bytes;
}

/** Whether the client has sent a body, by its headers (RFC 9112 §6.3), whatever the adapter made of it. */
bool announces_body(const http_request& request) {
  if (request.has_header("Transfer-Encoding")) return true;
  return request.has_header("Content-Length") && announced_bytes(request) != std::size_t{0};
}

/** Whether the adapter has left out what was sent. The length says nothing about a body that was decoded on the way. */
bool lacks_body(const http_request& request) {
  if (request.body.empty()) return announces_body(request);
  const auto announced = announced_bytes(request);
  return announced && request.body.size() < *announced && !request.has_header("Content-Encoding");
}

http_result<void> check_content(const http_request& request) {
  const bool has_body = !request.body.empty() || announces_body(request);
  if (has_body && !is_json_content_type(request.header("Content-Type"))) return refuse(errc::content_type);
  if (lacks_body(request)) {
    return refuse_body({{"body", "The headers announce a body that did not come with them whole."}});
  }
  return {};
}

/** No exception of a host's handler goes further: the client gets 500 and the operator the text. */
http_result<http_response> run_handler(request_context& context, const route& target) {
  try {
    return target.handler(context);
  } catch (const std::exception& thrown) {
    context.report(thrown.what());
  } catch (...) {
    context.report("A handler threw something that is no exception.");
  }
  return refuse(errc::internal);
}

http_result<http_response> call_route(const server_state& state, request_context& context, const route& target) {
  if (auto checked = check_content(context.request()); !checked) {
    return tl::unexpected<http_error>(std::move(checked.error()));
  }
  if (auto checked = check_origin(state, context); !checked) {
    return tl::unexpected<http_error>(std::move(checked.error()));
  }
  if (auto allowed = authorize(state, context, target); !allowed) {
    return tl::unexpected<http_error>(std::move(allowed.error()));
  }
  const auto start = std::chrono::steady_clock::now();
  auto answer = run_handler(context, target);
  record_call(context, target, answer ? answer->status : status_of(answer.error().code), start);
  return answer;
}

bool can_be_sent(const http_response& response) {
  const bool is_final = response.status >= 200 && response.status <= 599;
  return is_final && std::all_of(response.headers.begin(), response.headers.end(),
                                 [](const auto& entry) { return is_safe_header(entry.first, entry.second); });
}

http_response render(http_result<http_response> answer, std::string_view request_id) {
  return answer ? std::move(*answer) : error_response(answer.error(), request_id);
}

}  // namespace

/** What a request came to, and what is told of it. */
struct auth_server::answered {
  http_response response;
  std::string request_id;
  /** Behind trusted proxies; empty until it is known. */
  std::string client;
  const route* target = nullptr;
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
};

http_response auth_server::process(const http_request& request, answered& given) const {
  if (!request.path.starts_with('/')) {
    http_request resolved = request;
    const auto refused = resolve_target(resolved);
    if (!refused && resolved.path.starts_with('/')) return process(resolved, given);
  }
  if (const auto over = check_limits(request, state_->config.limits)) {
    return error_response({*over, {}, {}, {}}, given.request_id);
  }
  given.client = state_->proxies.client_of(request);
  if (given.client == request.remote_address && !request.has_repeated_header("Cookie")) {
    return route_request(request, given);
  }
  // From here on the request's address is its client's, and its cookies are one list.
  http_request seen = request;
  seen.remote_address = given.client;
  join_cookie_lines(seen);
  return route_request(seen, given);
}

route_match auth_server::find_route(const http_request& request) const {
  if (!owns(request.path)) return {};
  return state_->routes.find(request.method, std::string_view(request.path).substr(api_prefix().size()));
}

http_response auth_server::route_request(const http_request& request, answered& given) const {
  const std::string_view request_id = given.request_id;
  route_match match = find_route(request);
  if (match.target == nullptr && match.allowed.empty())
    return error_response({errc::not_found, {}, {}, {}}, request_id);
  if (match.target == nullptr && request.method == "OPTIONS") {
    return preflight_response(state_->origins, request, match.allowed);
  }
  if (match.target == nullptr) {
    http_response response = error_response({errc::method_not_allowed, {}, {}, {}}, request_id);
    response.add_header("Allow", match.allowed);
    return response;
  }
  given.target = match.target;
  request_context context(*state_, request, std::move(match.parameters), request_id, state_->config.clock());
  return render(call_route(*state_, context, *match.target), request_id);
}

void auth_server::observe(const http_request& request, const answered& given) const noexcept {
  if (!state_->config.observe) return;
  try {
    const auto trace = parse_traceparent(request.header("traceparent"));
    state_->config.observe({given.request_id, trace ? trace->trace_id : std::string_view(), request.method,
                            given.target == nullptr ? std::string_view() : std::string_view(given.target->pattern),
                            given.client.empty() ? request.remote_address : given.client, given.response.status,
                            std::chrono::steady_clock::now() - given.start});
  } catch (...) {
    // Who looks on can't take the answer away.
  }
}

auth_server::answered auth_server::answer(const http_request& request) const {
  answered given;
  state_->is_in_use.store(true, std::memory_order_relaxed);
  try {
    given.request_id = new_request_id();
    given.response = process(request, given);
    if (!state_->config.streams_bodies) collect(request, given);
  } catch (const std::exception& thrown) {
    given.response = error_response({}, given.request_id);
    report_failure(*state_, {given.request_id, request.method, request.path, thrown.what()});
  } catch (...) {
    given.response = error_response({}, given.request_id);
  }
  if (!can_be_sent(given.response)) {
    report_failure(
        *state_,
        {given.request_id, request.method, request.path,
         "The answer can't be sent: its status is outside of 200 to 599, or a header would break the message."});
    given.response = error_response({}, given.request_id);
  }
  complete(request, given);
  return given;
}

void auth_server::collect(const http_request& request, answered& given) const {
  const auto collected = collect_body(given.response);
  if (collected) return;
  report_failure(*state_, {given.request_id, request.method, request.path, collected.error().message});
  given.response = error_response({errc::unavailable, {}, {}, {}}, given.request_id);
}

http_response auth_server::handle(const http_request& request) const {
  answered given = answer(request);
  observe(request, given);
  return std::move(given.response);
}

std::optional<http_response> auth_server::answer_at_once(const http_request& request) const {
  if (!state_->config.has_patient_providers || is_state_changing(request.method)) return std::nullopt;
  const route* target = find_route(request).target;
  if (target == nullptr || !target->is_from_memory) return std::nullopt;
  const no_waiting until_answered;
  answered given = answer(request);
  if (no_waiting::was_in_the_way()) return std::nullopt;
  observe(request, given);
  return std::move(given.response);
}

http_response auth_server::refusal(errc code, const http_request& received) const {
  answered given;
  given.request_id = new_request_id();
  given.response = error_response(to_refusal(code), given.request_id);
  complete(received, given);
  observe(received, given);
  return std::move(given.response);
}

void auth_server::complete(const http_request& request, answered& given) const {
  http_response& response = given.response;
  response.headers.reserve(response.headers.size() + completing_headers);
  std::erase_if(response.headers, [](const auto& entry) { return is_framing_header(entry.first); });
  if (request.method == "HEAD") drop_body(response);
  const bool is_https = request.is_https || state_->origins.own_origin.starts_with("https://");
  response.set_header(request_id_header, given.request_id);
  add_cors_headers(state_->origins, request, response);
  add_api_headers(response, is_https);
}

route_work auth_server::work_of(const http_request& request) const {
  const route* target = find_route(request).target;
  // An absolute-form target that the host has not resolved could be any route.
  if (target == nullptr) return request.path.starts_with('/') ? route_work::quick : route_work::blocking;
  if (target->guard.kind == guard_kind::open || target->work == route_work::heavy) return target->work;
  // Who is asking has to be looked up first, and that may wait for a store.
  return route_work::blocking;
}

tl::expected<std::optional<caller>, http_response> auth_server::authorize(const http_request& request,
                                                                          const route_guard& guard,
                                                                          std::string_view pattern,
                                                                          path_parameters parameters) const {
  answered given;
  given.request_id = new_request_id();
  state_->is_in_use.store(true, std::memory_order_relaxed);
  http_request seen = request;
  try {
    seen.remote_address = given.client = state_->proxies.client_of(request);
    // Cookie lines become one only below the limits, which `decide` asks for.
    if (!check_limits(request, state_->config.limits)) join_cookie_lines(seen);
    auto who = decide(seen, guard, pattern, std::move(parameters), given);
    if (who) return std::move(*who);
    given.response = error_response(who.error(), given.request_id);
  } catch (const std::exception& thrown) {
    given.response = error_response({}, given.request_id);
    report_failure(*state_, {given.request_id, request.method, request.path, thrown.what()});
  } catch (...) {
    given.response = error_response({}, given.request_id);
  }
  complete(request, given);
  observe(request, given);
  return tl::unexpected<http_response>(std::move(given.response));
}

http_result<std::optional<caller>> auth_server::decide(const http_request& request, const route_guard& guard,
                                                       std::string_view pattern, path_parameters parameters,
                                                       const answered& given) const {
  if (const auto over = check_limits(request, state_->config.limits)) return refuse(*over);
  if (pattern.empty()) pattern = request.path;
  if (owns(pattern)) pattern.remove_prefix(api_prefix().size());
  route asked{.method = request.method, .pattern = std::string(pattern), .guard = guard, .handler = {}};
  request_context context(*state_, request, std::move(parameters), given.request_id, state_->config.clock());
  auto resolved = resolve_guard(guard, request.method, pattern);
  if (resolved) asked.guard = std::move(*resolved);
  const auto decidable = resolved ? check_decidable(*state_, asked) : tl::unexpected<error>(resolved.error());
  if (!decidable) {
    context.report(decidable.error().message);
    return refuse(errc::internal);
  }
  if (auto checked = check_origin(*state_, context); !checked) {
    return tl::unexpected<http_error>(std::move(checked.error()));
  }
  if (auto allowed = latchkey::native::authorize(*state_, context, asked); !allowed) {
    return tl::unexpected<http_error>(std::move(allowed.error()));
  }
  const caller* who = context.signed_in();
  if (who == nullptr) return std::optional<caller>();
  // For whatever else the host asks of them; without their grants they hold nothing.
  static_cast<void>(context.load_access());
  return std::optional(*who);
}

void auth_server::record_outcome(const http_request& request, const std::optional<caller>& who,
                                 const route_guard& guard, const call_outcome& outcome, std::string_view pattern,
                                 path_parameters parameters) const {
  try {
    const http_request seen{.method = request.method,
                            .path = request.path,
                            .query = {},
                            .headers = request.headers,
                            .body = {},
                            .remote_address = state_->proxies.client_of(request)};
    request_context context(*state_, seen, std::move(parameters), {}, state_->config.clock());
    if (pattern.empty()) pattern = request.path;
    if (owns(pattern)) pattern.remove_prefix(api_prefix().size());
    auto resolved = resolve_guard(guard, request.method, pattern);
    if (!resolved) return context.report(resolved.error().message);
    const route asked{.method = request.method,
                      .pattern = std::string(pattern),
                      .guard = std::move(*resolved),
                      .handler = {},
                      .audit_action = outcome.action};
    audit_event event = call_event(context, asked, outcome.status);
    event.actor = to_caller_actor(seen, who ? &*who : nullptr);
    if (who && who->session) event.session_hash = session_handle(who->session->id).value_or(std::string());
    if (outcome.resource) event.resource = outcome.resource;
    if (outcome.duration) event.duration_ms = outcome.duration->count();
    context.audit_best_effort(std::move(event));
  } catch (const std::exception& thrown) {
    report_failure(*state_, {{}, request.method, request.path, thrown.what()});
  }
}

}  // namespace latchkey::native
