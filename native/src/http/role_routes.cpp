// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <unordered_set>

#include "http/routes.h"
#include "latchkey/role.h"

namespace latchkey::native {
namespace {

http_result<http_response> role_permissions(const server_state& state, request_context& context) {
  const std::string role_id(context.path_parameter("roleId"));
  json_array permissions;
  if (rbac_provider* rbac = state.provider.rbac.get()) {
    const auto roles = call_provider([&] { return rbac->role_definitions(); });
    if (!roles) return context.failed(roles.error());
    // A role that nobody defined has none, even where a mapping has a default for unknown roles of identity providers.
    if (find_role(*roles, role_id) != nullptr) {
      auto grants = call_provider([&] { return rbac->permissions_of(std::span(&role_id, 1)); });
      if (!grants) return context.failed(grants.error());
      for (auto& grant : *grants) permissions.emplace_back(std::move(grant));
    }
  }
  return json_response(200, json_object{{"roleId", role_id}, {"permissions", std::move(permissions)}});
}

/** Patterns in the order of their first mention. */
class pattern_list {
 public:
  void add(const std::string& pattern) {
    if (seen_.insert(pattern).second) patterns_.emplace_back(pattern);
  }
  void add(const std::vector<std::string>& patterns) {
    for (const auto& pattern : patterns) add(pattern);
  }
  [[nodiscard]] json_array take() { return std::move(patterns_); }

 private:
  std::unordered_set<std::string> seen_;
  json_array patterns_;
};

http_result<http_response> permission_patterns(const server_state& state, request_context& context) {
  pattern_list patterns;
  patterns.add("*");
  for (const auto& role : default_roles(role_preset::latchkey)) patterns.add(role.permissions);
  for (const auto& role : default_roles(role_preset::mastra)) patterns.add(role.permissions);
  if (state.provider.rbac) {
    if (const auto loaded = context.load_access(); !loaded) return context.failed(loaded.error());
    // The grants of an organisation's own roles may name its projects: they are for the callers that may read the roles.
    if (const caller* asking = context.signed_in(); asking != nullptr && asking->has("settings:read")) {
      const auto roles = call_provider([&] { return state.provider.rbac->role_definitions(); });
      if (!roles) return context.failed(roles.error());
      for (const auto& role : *roles) patterns.add(role.permissions);
    }
  }
  for (const route* entry : state.routes.routes()) patterns.add(entry->guard.permissions);
  patterns.add(state.config.permission_vocabulary);
  return json_response(200, json_object{{"patterns", patterns.take()}});
}

}  // namespace

result<void> add_role_routes(server_state& state) {
  auto added = state.routes.add({"GET", "/auth/roles/:roleId/permissions", route_guard::everything(),
                                 [&state](auto& context) { return role_permissions(state, context); }});
  if (!added) return added;
  return state.routes.add({"GET", "/auth/permission-patterns", route_guard::signed_in(),
                           [&state](auto& context) { return permission_patterns(state, context); }});
}

}  // namespace latchkey::native
