// SPDX-License-Identifier: Apache-2.0
#include "http/authorization.h"

#include "http/attempts.h"
#include "http/refusal.h"
#include "http/resource_access.h"
#include "latchkey/route_permission.h"

namespace latchkey::native {
namespace {

/** The resource that the guard is about: its id stands in the path. */
acl_resource resource_of(const route_guard& guard, const request_context& context) {
  acl_resource resource{guard.resource_type, {}};
  for (const auto& name : guard.resource_parameters) {
    if (!resource.id.empty()) resource.id += ':';
    resource.id += context.path_parameter(name);
  }
  return resource;
}

/** What a call of the route is recorded as. */
std::string action_of(const route& target) {
  if (!target.audit_action.empty()) return target.audit_action;
  // `*` is what it asks for, but nothing that could be looked for.
  if (target.guard.kind == guard_kind::everything) {
    if (auto derived = derive_route_permission(target.method, target.pattern)) return std::move(*derived);
  }
  return target.guard.permissions.empty() ? "request.signed_in" : target.guard.permissions.front();
}

json_object facts_of(const route& target) { return {{"method", target.method}, {"route", target.pattern}}; }

tl::unexpected<http_error> deny(const server_state& state, request_context& context, const route& target, errc code,
                                std::string sentence = {}, std::string message = {}) {
  audit_event event = event_about(context, target);
  event.outcome = audit_outcome::denied;
  json_object facts = facts_of(target);
  facts.emplace_back("code", to_string(code));
  event.metadata = std::move(facts);
  record_refusal(state, context, std::move(event));
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
  return deny(state, context, target, errc::forbidden, {}, missing_permission_message(target.guard, resource.id));
}

}  // namespace

audit_event event_about(const request_context& context, const route& target) {
  audit_event event;
  event.action = action_of(target);
  if (!target.audit_resource_type.empty() && !context.parameters().empty()) {
    event.resource = audit_resource{target.audit_resource_type, std::string(context.parameters().front().second), {}};
  } else if (!target.guard.resource_type.empty()) {
    event.resource = audit_resource{target.guard.resource_type, resource_of(target.guard, context).id, {}};
  }
  return event;
}

audit_event call_event(const request_context& context, const route& target, int status) {
  audit_event event = event_about(context, target);
  json_object facts = facts_of(target);
  facts.emplace_back("status", status);
  event.metadata = std::move(facts);
  event.outcome = status < 400 ? audit_outcome::success : audit_outcome::failure;
  return event;
}

call_recording resolve_recording(const route& added) {
  if (added.recording != call_recording::changes) return added.recording;
  const bool is_guarded_change = added.guard.kind != guard_kind::open && is_state_changing(added.method);
  return is_guarded_change || !added.audit_action.empty() ? call_recording::all : call_recording::none;
}

http_result<void> authorize(const server_state& state, request_context& context, const route& target) {
  if (target.guard.kind == guard_kind::open) return {};
  const auto found = context.find_signed_in();
  if (!found) {
    auto unknown = context.unjudged();
    return unknown ? tl::unexpected<http_error>(std::move(*unknown)) : refuse(errc::unavailable);
  }
  if (*found == nullptr) return deny(state, context, target, errc::unauthenticated);
  if (token_authenticator* tokens = state.provider.tokens.get()) {
    const auto allowed = call_provider([&] { return tokens->authorize_user(**found, context.request()); });
    if (!allowed) return context.failed({errc::unavailable, allowed.error().message, {}});
    if (!*allowed) return deny(state, context, target, errc::forbidden);
  }
  if (target.guard.kind == guard_kind::signed_in) return {};
  // Without an RBAC provider nobody holds a permission. A host may say that who is signed in may use its routes then; what
  // only holders of everything may use stays closed.
  const bool is_on_resource = !target.guard.resource_type.empty();
  const bool is_decided = state.provider.rbac || (is_on_resource && state.provider.acl);
  const bool is_session_enough = target.guard.kind == guard_kind::any_of && state.config.permissions_need_session_alone;
  if (!is_decided && is_session_enough) return {};
  if (!context.load_access()) return refuse(errc::unavailable);
  if (is_on_resource) return authorize_resource(state, context, target, **found);
  if ((*found)->grants && is_covered(target.guard, *(*found)->grants)) return {};
  if (target.guard.kind == guard_kind::everything) {
    return deny(state, context, target, errc::forbidden, "Admin access required");
  }
  return deny(state, context, target, errc::forbidden, {}, missing_permission_message(target.guard));
}

http_result<void> check_origin(const server_state& state, request_context& context) {
  const http_request& request = context.request();
  const bool is_welcome = is_state_changing(request.method) ? is_origin_allowed(state.origins, request)
                                                            : is_host_allowed(state.origins, request);
  if (is_welcome) return {};
  audit_event event;
  event.action = "request.foreign_origin";
  event.outcome = audit_outcome::denied;
  event.metadata = json_object{{"method", request.method}, {"path", request.path}};
  record_refusal(state, context, std::move(event));
  return refuse(errc::origin_refused, {}, "The request comes from a foreign origin");
}

result<void> check_decidable(const server_state& state, const route& asked) {
  const route_guard& guard = asked.guard;
  if (guard.kind != guard_kind::any_of || state.provider.rbac || state.config.permissions_need_session_alone) return {};
  if (!guard.resource_type.empty() && state.provider.acl) return {};
  return fail(errc::configuration_invalid,
              asked.method + " " + asked.pattern + " asks for " + guard.permissions.front() +
                  ", but there is no RBAC provider that could know who has it. Set one, or declare the route open() or "
                  "signed_in(); permissions_need_session_alone lets in whoever is signed in.",
              "rbac");
}

}  // namespace latchkey::native
