// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/rbac/rbac_provider.h"

#include <algorithm>

namespace latchkey::native {
namespace {

/** The user's compiled grants; never null. */
result<std::shared_ptr<const grant_set>> grants_of_user(rbac_provider& rbac, const user& person) {
  const auto roles = rbac.roles_of(person);
  if (!roles) return tl::unexpected<error>(roles.error());
  auto grants = rbac.grants_of(*roles);
  if (grants && !*grants) return fail(errc::unavailable, "The RBAC provider gave no grants.");
  return grants;
}

}  // namespace

result<bool> rbac_provider::has_role(const user& person, std::string_view role_id) {
  const auto roles = roles_of(person);
  if (!roles) return tl::unexpected<error>(roles.error());
  return std::find(roles->begin(), roles->end(), role_id) != roles->end();
}

result<std::vector<std::string>> rbac_provider::user_permissions(const user& person) {
  const auto roles = roles_of(person);
  if (!roles) return tl::unexpected<error>(roles.error());
  return permissions_of(*roles);
}

result<bool> rbac_provider::has_permission(const user& person, std::string_view permission) {
  const auto grants = grants_of_user(*this, person);
  if (!grants) return tl::unexpected<error>(grants.error());
  return (*grants)->covers(permission);
}

result<bool> rbac_provider::has_all_permissions(const user& person, std::span<const std::string> permissions) {
  const auto grants = grants_of_user(*this, person);
  if (!grants) return tl::unexpected<error>(grants.error());
  return !permissions.empty() && std::all_of(permissions.begin(), permissions.end(),
                                             [&](const std::string& one) { return (*grants)->covers(one); });
}

result<bool> rbac_provider::has_any_permission(const user& person, std::span<const std::string> permissions) {
  const auto grants = grants_of_user(*this, person);
  if (!grants) return tl::unexpected<error>(grants.error());
  return std::any_of(permissions.begin(), permissions.end(),
                     [&](const std::string& one) { return (*grants)->covers(one); });
}

}  // namespace latchkey::native
