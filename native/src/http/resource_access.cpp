// SPDX-License-Identifier: Apache-2.0
#include "http/resource_access.h"

namespace latchkey::native {
namespace {

/** A host with neither roles nor grants may ask its callers for a session alone, when it says so. */
bool is_unguarded(const server_state& state) noexcept {
  return !state.provider.rbac && !state.provider.acl && state.config.permissions_need_session_alone;
}

}  // namespace

acl_caller to_acl_caller(const caller& asking) noexcept {
  static const grant_set none;
  return {asking.person.id, asking.roles, asking.grants ? *asking.grants : none};
}

result<bool> find_access_to(const server_state& state, const caller& asking, const acl_resource& resource,
                            std::string_view action) {
  if (is_unguarded(state)) return true;
  const acl_caller who = to_acl_caller(asking);
  if (!state.provider.acl) return can_access(acl_mode::extend, who, {}, resource, action);
  return call_provider([&] { return state.provider.acl->can_access(who, resource, action); });
}

result<accessible_resources> list_accessible_to(const server_state& state, const caller& asking, std::string_view type,
                                                std::string_view action) {
  if (is_unguarded(state)) return accessible_resources{true, {}, {}};
  std::vector<std::string> named;
  if (state.provider.rbac) {
    auto grants = call_provider([&] { return state.provider.rbac->permissions_of(asking.roles); });
    if (!grants) return fail(std::move(grants));
    named = resources_named_by(*grants, type);
  }
  const acl_caller who = to_acl_caller(asking);
  if (!state.provider.acl) return list_accessible(acl_mode::extend, who, {}, type, action, named);
  return call_provider([&] { return state.provider.acl->list_accessible(who, type, action, named); });
}

result<std::vector<acl_resource>> filter_accessible_to(const server_state& state, const caller& asking,
                                                       std::span<const acl_resource> resources,
                                                       std::string_view action) {
  if (is_unguarded(state)) return std::vector<acl_resource>(resources.begin(), resources.end());
  const acl_caller who = to_acl_caller(asking);
  if (!state.provider.acl) return filter_accessible(acl_mode::extend, who, {}, resources, action);
  return call_provider([&] { return state.provider.acl->filter_accessible(who, resources, action); });
}

}  // namespace latchkey::native
