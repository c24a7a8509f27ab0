// SPDX-License-Identifier: Apache-2.0
#include "http/ended_sessions.h"
#include "http/routes.h"
#include "latchkey/json_mapping.h"
#include "provider_facts.h"

namespace latchkey::native {
namespace {

std::optional<provider_facts> configured_parts(const server_state& state, const request_context& context) {
  provider_facts facts = facts_besides_sso(state.provider);
  // A button that fails, or is not licensed, is left out.
  facts.sso = sso_button(state, context);
  const bool is_configured =
      state.provider.sso || facts.user || facts.session || facts.credentials || facts.rbac || facts.acl || facts.audit;
  return is_configured ? std::optional(facts) : std::nullopt;
}

/** What the person may do; nothing without an RBAC provider, and when it fails, which is reported. */
std::optional<access> find_access(const server_state& state, request_context& context, const caller& found) {
  if (!context.load_access() || !state.provider.rbac || !found.grants) return std::nullopt;
  auto permissions = call_provider([&] { return state.provider.rbac->permissions_of(found.roles); });
  if (permissions) return access{found.roles, std::move(*permissions)};
  context.report(permissions.error().message);
  return std::nullopt;
}

/** Renews what is past half of its idle time. A renewal that fails costs nobody their session: the old one goes on. */
void renew_if_due(const server_state& state, request_context& context, const caller& found, http_response& response) {
  if (!found.session || !found.renewal_due || context.request().method != "GET") return;
  const auto issued = call_provider([&] { return state.provider.sessions->refresh_session(found.cookie_value); });
  if (!issued) return context.report(issued.error().message);
  // The grace may have ended since the session was opened.
  if (issued->reused) static_cast<void>(audit_reuse(context, *issued->reused));
  if (!*issued) return;
  if (const auto added = add_session_cookie(state, **issued, response); !added) context.report(added.error().message);
}

http_result<http_response> capabilities(const server_state& state, request_context& context) {
  if (auto unknown = context.unjudged()) return tl::unexpected<http_error>(std::move(*unknown));
  capability_facts facts;
  facts.provider = configured_parts(state, context);
  facts.license = state.license();
  facts.now_ms = context.now_ms();
  const caller* found = context.signed_in();
  if (found != nullptr) {
    facts.signed_in = found->person;
    facts.granted = find_access(state, context, *found);
    // The roles are shown beside the access alone, so a provider that failed is not asked again.
    if (facts.granted) {
      auto roles = call_provider([&] { return state.provider.rbac->role_definitions(); });
      if (roles) {
        facts.roles = std::move(*roles);
      } else {
        context.report(roles.error().message);
        facts.granted.reset();
      }
    }
  }
  http_response response = json_response(200, build_capabilities(facts));
  if (found != nullptr) renew_if_due(state, context, *found, response);
  return response;
}

http_result<http_response> me(const server_state& state, request_context& context) {
  if (auto unknown = context.unjudged()) return tl::unexpected<http_error>(std::move(*unknown));
  const caller* found = context.signed_in();
  if (found == nullptr) return json_response(200, nullptr);
  json_value body = to_json(found->person);
  if (state.provider.rbac) {
    // A provider that fails grants nothing, and says so with empty lists.
    const auto granted = find_access(state, context, *found).value_or(access{});
    body.as_object()->emplace_back("roles", to_json(granted.roles));
    body.as_object()->emplace_back("permissions", to_json(granted.permissions));
  }
  return json_response(200, body);
}

}  // namespace

result<void> add_auth_routes(server_state& state) {
  auto added = state.routes.add({.method = "GET",
                                 .pattern = "/auth/capabilities",
                                 .guard = route_guard::open(),
                                 .handler = [&state](auto& context) { return capabilities(state, context); },
                                 .is_from_memory = true});
  if (!added) return added;
  return state.routes.add({.method = "GET",
                           .pattern = "/auth/me",
                           .guard = route_guard::open(),
                           .handler = [&state](auto& context) { return me(state, context); },
                           .is_from_memory = true});
}

}  // namespace latchkey::native
