// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "http/resource_access.h"
#include "http/routes.h"
#include "latchkey/json_mapping.h"

namespace latchkey::native {
namespace {

enum class role_action { assign, remove };

/** Who is to have which role, or no longer. */
struct role_change {
  role_action action;
  std::string user_id;
  std::string role_id;
};

http_result<http_response> list_roles(const server_state& state, request_context& context) {
  const auto roles = call_provider([&] { return state.provider.rbac->role_definitions(); });
  if (!roles) return context.failed(roles.error());
  json_array shown;
  for (const auto& role : *roles) shown.push_back(to_json(role));
  return json_response(200, json_object{{"roles", std::move(shown)}});
}

audit_event event_of(const role_change& change, audit_outcome outcome) {
  audit_event event;
  event.action = change.action == role_action::assign ? "role.assign" : "role.remove";
  event.resource = audit_resource{"user", change.user_id, {}};
  event.outcome = outcome;
  event.metadata = json_object{{"role", change.role_id}};
  return event;
}

user person_of(const role_change& change) { return {change.user_id, {}, {}, {}}; }

/** What the change comes to; empty when it concerns a role that is neither defined nor held. */
result<std::optional<std::vector<std::string>>> roles_after(rbac_manager& manager, const role_change& change) {
  const auto defined = manager.role_definitions();
  if (!defined) return tl::unexpected<error>(defined.error());
  auto roles = manager.roles_of(person_of(change));
  if (!roles) return fail(std::move(roles));
  const bool is_held = std::find(roles->begin(), roles->end(), change.role_id) != roles->end();
  if (find_role(*defined, change.role_id) == nullptr && (change.action == role_action::assign || !is_held)) {
    return std::optional<std::vector<std::string>>();
  }
  if (change.action == role_action::remove) {
    std::erase(*roles, change.role_id);
  } else if (!is_held) {
    roles->push_back(change.role_id);
  }
  return std::optional(std::move(*roles));
}

/** The refusal in the words of these routes. */
tl::unexpected<http_error> refuse_change(request_context& context, const role_change& change, const error& failed) {
  if (failed.code == errc::not_found) {
    return refuse(errc::not_found, failed.field == "role" ? "Role not found" : "User not found");
  }
  if (failed.code != errc::last_owner && failed.code != errc::forbidden) return context.failed(failed);
  context.audit_best_effort(event_of(change, audit_outcome::denied));
  if (failed.code == errc::last_owner) return refuse(errc::last_owner, {}, "Make another account owner first.");
  return refuse(errc::forbidden, {}, "Missing required permission: " + failed.field);
}

/**
 * Whether who asks holds all that the role brings with it: what it grants itself, and what is granted to it on single
 * resources. An ACL that can't be looked through may grant anything.
 */
result<void> check_may_change(const server_state& state, const caller& asking, rbac_manager& manager,
                              const std::string& role_id) {
  const acl_caller changer = to_acl_caller(asking);
  const auto granted = manager.permissions_of({&role_id, 1});
  if (!granted) return tl::unexpected<error>(granted.error());
  auto may = check_role_change(changer.role_grants, *granted);
  if (!may || !state.provider.acl) return may;
  if (acl_manager* grants = state.provider.acl->as_manager()) {
    return grants->check_role_change(changer, role_id);
  }
  const std::string everything = "*";
  return check_role_change(changer.role_grants, {&everything, 1});
}

/**
 * Refused is what could be refused before it is on record, so that no event tells of a success that never was; the
 * manager decides again, in one step with the change.
 */
http_result<http_response> change_role(const server_state& state, request_context& context, rbac_manager& manager,
                                       role_action action) {
  const role_change change{action, std::string(context.path_parameter("id")),
                           std::string(context.path_parameter("role"))};
  const auto wanted = call_provider([&] { return roles_after(manager, change); });
  if (!wanted) return context.failed(wanted.error());
  if (!*wanted) return refuse(errc::not_found, "Role not found");
  const auto may =
      call_provider([&] { return check_may_change(state, *context.signed_in(), manager, change.role_id); });
  if (!may) return refuse_change(context, change, may.error());
  // Without the roles that are no longer defined, which no check would let pass.
  const auto acceptable = call_provider([&]() -> result<void> {
    const auto defined = manager.role_definitions();
    if (!defined) return tl::unexpected<error>(defined.error());
    std::vector<std::string> known = **wanted;
    std::erase_if(known, [&](const std::string& role) { return find_role(*defined, role) == nullptr; });
    return manager.check_roles(change.user_id, known);
  });
  if (!acceptable) return refuse_change(context, change, acceptable.error());

  if (const auto logged = context.audit(event_of(change, audit_outcome::success)); !logged) {
    return context.failed(logged.error());
  }
  const auto done = call_provider([&] {
    return action == role_action::assign ? manager.assign_role(change.user_id, change.role_id)
                                         : manager.remove_role(change.user_id, change.role_id);
  });
  if (!done) {
    context.audit_best_effort(event_of(change, audit_outcome::failure));
    return refuse_change(context, change, done.error());
  }
  const auto now = call_provider([&] { return manager.roles_of(person_of(change)); });
  if (!now) return context.failed(now.error());
  return json_response(200, json_object{{"userId", change.user_id}, {"roles", to_json(*now)}});
}

}  // namespace

// A session holds no roles, so nobody needs a new one for the change to count; its id stays (SS-13).
result<void> add_role_manager_routes(server_state& state) {
  // Without roles there is nothing to show, and a guard that asks for a permission would let everybody in.
  if (!state.provider.rbac) return {};
  auto added = state.routes.add({"GET", "/auth/roles", route_guard::permission("settings:read"),
                                 [&state](auto& context) { return list_roles(state, context); }});
  rbac_manager* manager = state.provider.rbac->as_manager();
  if (!added || manager == nullptr) return added;
  added = state.routes.add(
      {"PUT", "/auth/users/:id/roles/:role", route_guard::permission("settings:write"),
       [&state, manager](auto& context) { return change_role(state, context, *manager, role_action::assign); }});
  if (!added) return added;
  return state.routes.add(
      {"DELETE", "/auth/users/:id/roles/:role", route_guard::permission("settings:write"),
       [&state, manager](auto& context) { return change_role(state, context, *manager, role_action::remove); }});
}

}  // namespace latchkey::native
