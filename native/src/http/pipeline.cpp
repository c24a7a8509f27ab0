// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>

#include "http/refusal.h"
#include "http/resource_access.h"
#include "http/server_state.h"
#include "http/text.h"
#include "latchkey/native/http/cors.h"
#include "latchkey/native/http/security_headers.h"
#include "latchkey/native/http/trace_context.h"
#include "latchkey/native/waiting.h"

namespace latchkey::native {
namespace {

/** `application/json`, with UTF-8 as its only possible charset. */
bool is_json_content_type(std::string_view value) {
  const auto semicolon = value.find(';');
  if (!equals_ignoring_case(trim(value.substr(0, semicolon)), "application/json")) return false;
  if (semicolon == std::string_view::npos) return true;
  std::string parameter = to_lower(trim(value.substr(semicolon + 1)));
  std::erase(parameter, '"');
  return parameter.empty() || parameter == "charset=utf-8";
}

/** The resource that the guard is about: its id stands in the path. */
acl_resource resource_of(const route_guard& guard, const request_context& context) {
  acl_resource resource{guard.resource_type, {}};
  for (const auto& name : guard.resource_parameters) {
    if (!resource.id.empty()) resource.id += ':';
    resource.id += context.path_parameter(name);
  }
  return resource;
}

audit_event denial_event(const request_context& context, const route& target, errc code) {
  audit_event event;
  event.action = !target.audit_action.empty()        ? target.audit_action
                 : !target.guard.permissions.empty() ? target.guard.permissions.front()
                                                     : "request.signed_in";
  event.outcome = audit_outcome::denied;
  event.metadata = json_object{{"method", target.method}, {"route", target.pattern}, {"code", to_string(code)}};
  if (!target.audit_resource_type.empty() && !context.parameters().empty()) {
    event.resource = audit_resource{target.audit_resource_type, std::string(context.parameters().front().second), {}};
  } else if (!target.guard.resource_type.empty()) {
    event.resource = audit_resource{target.guard.resource_type, resource_of(target.guard, context).id, {}};
  }
  return event;
}

/** What one of the host's routes did, when it asks for it to be on record. */
void record_call(request_context& context, const route& target, int status,
                 std::chrono::steady_clock::time_point start) {
  if (target.audit_action.empty()) return;
  audit_event event = denial_event(context, target, errc::internal);
  event.metadata = json_object{{"status", status}};
  event.outcome = status < 400 ? audit_outcome::success : audit_outcome::failure;
  event.duration_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start).count();
  context.audit_best_effort(std::move(event));
}

tl::unexpected<http_error> deny(request_context& context, const route& target, errc code, std::string sentence = {},
                                std::string message = {}) {
  context.audit_best_effort(denial_event(context, target, code));
  return refuse(code, std::move(sentence), std::move(message));
}

/** Whether one of the permissions is held on the resource that the path names. */
http_result<void> authorize_resource(const server_state& state, request_context& context, const route& target,
                                     const caller& asking) {
  const acl_resource resource = resource_of(target.guard, context);
  for (const auto& permission : target.guard.permissions) {
    const auto action = std::string_view(permission).substr(target.guard.resource_type.size() + 1);
    const auto allowed = find_access_to(state, asking, resource, action);
    if (!allowed) {
      context.report(allowed.error().message);
      return refuse(errc::unavailable);
    }
    if (*allowed) return {};
  }
  return deny(context, target, errc::forbidden, {}, missing_permission_message(target.guard, resource.id));
}

http_result<void> authorize(const server_state& state, request_context& context, const route& target) {
  if (target.guard.kind == guard_kind::open) return {};
  const auto found = context.find_signed_in();
  if (!found) return refuse(errc::unavailable);
  if (*found == nullptr) return deny(context, target, errc::unauthenticated);
  if (token_authenticator* tokens = state.provider.tokens.get()) {
    const auto allowed = call_provider([&] { return tokens->authorize_user(**found, context.request()); });
    if (!allowed) return context.failed({errc::unavailable, allowed.error().message, {}});
    if (!*allowed) return deny(context, target, errc::forbidden);
  }
  if (target.guard.kind == guard_kind::signed_in) return {};
  // Without an RBAC provider there are no permissions to ask for, and who is signed in may use the host's routes, as the
  // hooks of the client say. What only holders of everything may use (the roles' own routes) stays closed: nobody holds it.
  const bool is_on_resource = !target.guard.resource_type.empty();
  const bool is_decided = state.provider.rbac || (is_on_resource && state.provider.acl);
  if (!is_decided && target.guard.kind == guard_kind::any_of) return {};
  if (!context.load_access()) return refuse(errc::unavailable);
  if (is_on_resource) return authorize_resource(state, context, target, **found);
  if ((*found)->grants && is_covered(target.guard, *(*found)->grants)) return {};
  if (target.guard.kind == guard_kind::everything) {
    return deny(context, target, errc::forbidden, "Admin access required");
  }
  return deny(context, target, errc::forbidden, {}, missing_permission_message(target.guard));
}

http_result<void> check_content(const server_state& state, request_context& context) {
  const http_request& request = context.request();
  if (!request.body.empty() && !is_json_content_type(request.header("Content-Type"))) return refuse(errc::content_type);
  if (!is_state_changing(request.method) || is_origin_allowed(state.origins, request)) return {};
  audit_event event;
  event.action = "request.foreign_origin";
  event.outcome = audit_outcome::denied;
  event.metadata = json_object{{"method", request.method}, {"path", request.path}};
  context.audit_best_effort(std::move(event));
  return refuse(errc::origin_refused, {}, "The request comes from a foreign origin");
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
  if (auto checked = check_content(state, context); !checked)
    return tl::unexpected<http_error>(std::move(checked.error()));
  if (auto allowed = authorize(state, context, target); !allowed) {
    return tl::unexpected<http_error>(std::move(allowed.error()));
  }
  const auto start = std::chrono::steady_clock::now();
  auto answer = run_handler(context, target);
  record_call(context, target, answer ? answer->status : status_of(answer.error().code), start);
  return answer;
}

bool can_be_sent(const http_response& response) {
  return std::all_of(response.headers.begin(), response.headers.end(),
                     [](const auto& entry) { return is_safe_header(entry.first, entry.second); });
}

http_response render(http_result<http_response> answer, std::string_view request_id) {
  return answer ? std::move(*answer) : error_response(answer.error(), request_id);
}

}  // namespace

http_response auth_server::process(const http_request& request, std::string_view request_id,
                                   const route*& target) const {
  if (const auto over = check_limits(request, state_->config.limits)) {
    return error_response({*over, {}, {}, {}}, request_id);
  }
  // From here on the request's address is its client's: whoever asks for it gets that one.
  std::string client = state_->proxies.client_of(request);
  if (client == request.remote_address) return route_request(request, request_id, target);
  http_request seen = request;
  seen.remote_address = std::move(client);
  return route_request(seen, request_id, target);
}

route_match auth_server::find_route(const http_request& request) const {
  if (!owns(request.path)) return {};
  return state_->routes.find(request.method, std::string_view(request.path).substr(api_prefix().size()));
}

http_response auth_server::route_request(const http_request& request, std::string_view request_id,
                                         const route*& target) const {
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
  target = match.target;
  request_context context(*state_, request, std::move(match.parameters), request_id, state_->config.clock());
  return render(call_route(*state_, context, *match.target), request_id);
}

/** What a request came to, and what is told of it. */
struct auth_server::answered {
  http_response response;
  std::string request_id;
  const route* target = nullptr;
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
};

void auth_server::observe(const http_request& request, const answered& given) const noexcept {
  if (!state_->config.observe) return;
  try {
    const auto trace = parse_traceparent(request.header("traceparent"));
    state_->config.observe({given.request_id, trace ? trace->trace_id : std::string_view(), request.method,
                            given.target == nullptr ? std::string_view() : std::string_view(given.target->pattern),
                            request.remote_address, given.response.status,
                            std::chrono::steady_clock::now() - given.start});
  } catch (...) {
    // Who looks on can't take the answer away.
  }
}

auth_server::answered auth_server::answer(const http_request& request) const {
  answered given;
  try {
    given.request_id = new_request_id();
    given.response = process(request, given.request_id, given.target);
  } catch (const std::exception& thrown) {
    given.response = error_response({}, given.request_id);
    report_failure(*state_, {given.request_id, request.method, request.path, thrown.what()});
  } catch (...) {
    given.response = error_response({}, given.request_id);
  }
  if (!can_be_sent(given.response)) {
    report_failure(*state_,
                   {given.request_id, request.method, request.path, "A header of the answer would break the message."});
    given.response = error_response({}, given.request_id);
  }
  complete(request, given.response);
  return given;
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
  complete(received, given.response);
  observe(received, given);
  return std::move(given.response);
}

void auth_server::complete(const http_request& request, http_response& response) const {
  std::erase_if(response.headers, [](const auto& entry) { return is_framing_header(entry.first); });
  if (request.method == "HEAD") drop_body(response);
  const bool is_https = request.is_https || state_->origins.own_origin.starts_with("https://");
  add_cors_headers(state_->origins, request, response);
  add_api_headers(response, is_https);
}

route_work auth_server::work_of(const http_request& request) const {
  const route* target = find_route(request).target;
  if (target == nullptr) return route_work::quick;
  if (target->guard.kind == guard_kind::open || target->work == route_work::heavy) return target->work;
  // Who is asking has to be looked up first, and that may wait for a store.
  return route_work::blocking;
}

}  // namespace latchkey::native
