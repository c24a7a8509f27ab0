// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_RBAC_RBAC_PROVIDER_H_
#define LATCHKEY_NATIVE_RBAC_RBAC_PROVIDER_H_

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "latchkey/capabilities.h"
#include "latchkey/permission.h"
#include "latchkey/result.h"
#include "latchkey/role.h"

namespace latchkey::native {

class rbac_manager;

/** Knows roles and what they grant (documented: IRBACProvider). An error of any of these denies. */
class rbac_provider {
 public:
  virtual ~rbac_provider() = default;
  /** The role ids of a person, in a stable order. */
  [[nodiscard]] virtual result<std::vector<std::string>> roles_of(const user& person) = 0;
  /** The compiled grants of a list of roles. Shared and immutable. */
  [[nodiscard]] virtual result<std::shared_ptr<const grant_set>> grants_of(std::span<const std::string> role_ids) = 0;
  /** The texts of those grants, in order, for JSON. */
  [[nodiscard]] virtual result<std::vector<std::string>> permissions_of(std::span<const std::string> role_ids) = 0;
  /** Every role that is defined, in a stable order. */
  [[nodiscard]] virtual result<std::vector<role_definition>> role_definitions() = 0;

  // The same questions by user (Mastra: hasRole, getPermissions, hasPermission, hasAllPermissions, hasAnyPermission),
  // answered with the calls above and core's matcher.

  /** Whether the role is one of the user's own; inherited roles don't count. */
  [[nodiscard]] result<bool> has_role(const user& person, std::string_view role_id);
  /** The grants of all of the user's roles. */
  [[nodiscard]] result<std::vector<std::string>> user_permissions(const user& person);
  /** Whether the user's grants cover the permission; false for a permission that is none. */
  [[nodiscard]] result<bool> has_permission(const user& person, std::string_view permission);
  /** Whether they cover each one. False for an empty list: asking for nothing grants nothing. */
  [[nodiscard]] result<bool> has_all_permissions(const user& person, std::span<const std::string> permissions);
  /** Whether they cover at least one. */
  [[nodiscard]] result<bool> has_any_permission(const user& person, std::span<const std::string> permissions);

  /**
   * This provider as one that changes roles, with which the server offers that over HTTP; null where it can't. Lives as
   * long as the provider. An `rbac_manager` gives itself, so only a provider that wraps another one has to say more.
   */
  [[nodiscard]] virtual rbac_manager* as_manager() noexcept { return nullptr; }
};

/**
 * Changes roles at run time (documented: IRBACManager). Each call is one atomic step that counts from the next question
 * on. Whether the person who asks for it may do so is the caller's business (`check_role_change` of core).
 *
 * A change after which nobody who can sign in would hold everything (`*`), while somebody does now, is `last_owner`.
 */
class rbac_manager : public rbac_provider {
 public:
  [[nodiscard]] rbac_manager* as_manager() noexcept override { return this; }
  /** Gives a role to a person; no error when they have it. `not_found` with `userId` or `role` in `field`. */
  [[nodiscard]] virtual result<void> assign_role(std::string_view user_id, std::string_view role_id) = 0;
  /** Takes a role away, a role that nobody defines any more as well; no error when they don't have it. As above. */
  [[nodiscard]] virtual result<void> remove_role(std::string_view user_id, std::string_view role_id) = 0;
  /** Replaces all roles of a person. As `assign_role`. */
  [[nodiscard]] virtual result<void> set_roles(std::string_view user_id, std::span<const std::string> role_ids) = 0;
  /** Whether `set_roles` would accept them now, with the same errors; changes nothing. */
  [[nodiscard]] virtual result<void> check_roles(std::string_view user_id, std::span<const std::string> role_ids) = 0;
  /** Adds a role, or replaces the one with this id. Refused as core's `check_role` does. */
  [[nodiscard]] virtual result<void> define_role(const role_definition& role) = 0;
  /** Removes a role. `role_in_use` while somebody has it or another role inherits it, `not_found` for an unknown one. */
  [[nodiscard]] virtual result<void> delete_role(std::string_view role_id) = 0;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_RBAC_RBAC_PROVIDER_H_
