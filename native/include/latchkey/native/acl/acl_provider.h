// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_ACL_ACL_PROVIDER_H_
#define LATCHKEY_NATIVE_ACL_ACL_PROVIDER_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "latchkey/acl.h"
#include "latchkey/result.h"

namespace latchkey::native {

class acl_manager;

/**
 * Answers who may do what with one resource (documented: IACLProvider). Every answer is core's (`acl.h`): it combines the
 * grants that are kept here with what the caller's roles cover, in the configured mode. An error denies.
 */
class acl_provider {
 public:
  virtual ~acl_provider() = default;
  /** How roles and grants combine. The same as long as the provider lives. */
  [[nodiscard]] virtual acl_mode mode() const noexcept = 0;
  [[nodiscard]] virtual result<bool> can_access(const acl_caller& caller, const acl_resource& resource,
                                                std::string_view action) = 0;
  /** `role_resources`: the ids that the caller's roles name (`resources_named_by` of core). */
  [[nodiscard]] virtual result<accessible_resources> list_accessible(
      const acl_caller& caller, std::string_view type, std::string_view action,
      std::span<const std::string> role_resources = {}) = 0;
  /** The resources, in their order, of which `can_access` says yes. */
  [[nodiscard]] virtual result<std::vector<acl_resource>> filter_accessible(const acl_caller& caller,
                                                                            std::span<const acl_resource> resources,
                                                                            std::string_view action) = 0;
  /** As `rbac_provider::as_manager`: this provider as one that changes grants; null where it can't. */
  [[nodiscard]] virtual acl_manager* as_manager() noexcept { return nullptr; }
};

/**
 * Keeps those grants (documented: IACLManager). Each call is one atomic step that counts from the next question on.
 * `permission_invalid` names what can't be part of a grant in `field`.
 */
class acl_manager : public acl_provider {
 public:
  [[nodiscard]] acl_manager* as_manager() noexcept override { return this; }
  /** Adds the grant's actions to what its subject has: the host's own decision, such as for who made a resource. */
  [[nodiscard]] virtual result<void> grant(const acl_grant& wanted) = 0;
  /** The same on behalf of a person, who is checked in the same step (core's `check_acl_grant`): `forbidden`. */
  [[nodiscard]] virtual result<void> grant_as(const acl_caller& grantor, const acl_grant& wanted) = 0;
  /** Takes actions away from a subject, all of them when none is named. What isn't there is no error. */
  [[nodiscard]] virtual result<void> revoke(const acl_subject& subject, const acl_resource& resource,
                                            std::span<const std::string> actions = {}) = 0;
  /** The same on behalf of a person, who is checked in the same step (core's `check_acl_revocation`): `forbidden`. */
  [[nodiscard]] virtual result<void> revoke_as(const acl_caller& revoker, const acl_subject& subject,
                                               const acl_resource& resource,
                                               std::span<const std::string> actions = {}) = 0;
  /** Whether a person may give or take this role (core's `check_acl_role_change`): `forbidden`. */
  [[nodiscard]] virtual result<void> check_role_change(const acl_caller& changer, std::string_view role_id) = 0;
  /** The grants of a resource, oldest first. */
  [[nodiscard]] virtual result<std::vector<acl_grant>> grants_on(const acl_resource& resource) = 0;
  /** For a resource, a person or a role that is deleted: a new one of the same id then inherits nothing. */
  [[nodiscard]] virtual result<void> forget_resource(const acl_resource& resource) = 0;
  [[nodiscard]] virtual result<void> forget_user(std::string_view user_id) = 0;
  [[nodiscard]] virtual result<void> forget_role(std::string_view role_id) = 0;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_ACL_ACL_PROVIDER_H_
