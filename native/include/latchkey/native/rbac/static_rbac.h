// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_RBAC_STATIC_RBAC_H_
#define LATCHKEY_NATIVE_RBAC_STATIC_RBAC_H_

/**
 * Roles whose definitions, or mapping from an identity provider's roles, are configuration, and a function that knows
 * the roles of a person. What a list of roles grants is compiled once and kept; who has which roles is asked every
 * time, so a change of roles counts at the next request (RB-15).
 */

#include <functional>
#include <memory>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "latchkey/native/rbac/rbac_provider.h"

namespace latchkey::native {

struct static_rbac_options {
  std::vector<role_definition> definitions = default_roles();
  /** Translates roles; `_default` covers the ones that neither it nor the definitions name. */
  role_mapping mapping = {};
  /** Capabilities carry the grants as they are, so a client has to be given the same table (`aliases` of the JS client). */
  namespace_aliases aliases = {};
  /** The role ids of a person. What it throws denies (RB-09). */
  std::function<result<std::vector<std::string>>(const latchkey::user& person)> get_user_roles = {};
  /** How many different lists of roles are kept compiled. */
  std::size_t cached_role_lists = 1'024;
};

/** May be used by several threads at once. */
class static_rbac final : public rbac_provider {
 public:
  /**
   * `grant_invalid` names the first grant in a definition or in the mapping that breaks the grammar: a typing error
   * must stop the start, not silently guard nothing. `configuration_invalid` without a function for roles.
   */
  [[nodiscard]] static result<std::shared_ptr<static_rbac>> make(static_rbac_options options);

  [[nodiscard]] result<std::vector<std::string>> roles_of(const latchkey::user& person) override;
  [[nodiscard]] result<std::shared_ptr<const grant_set>> grants_of(std::span<const std::string> role_ids) override;
  [[nodiscard]] result<std::vector<std::string>> permissions_of(std::span<const std::string> role_ids) override;
  [[nodiscard]] result<std::vector<role_definition>> role_definitions() override { return options_.definitions; }

 private:
  /** What a list of roles comes to. Immutable once it is in the cache. */
  struct expansion {
    std::vector<std::string> permissions;
    grant_set grants;
  };

  explicit static_rbac(static_rbac_options options) : options_(std::move(options)) {}
  [[nodiscard]] result<std::shared_ptr<const expansion>> expand(std::span<const std::string> role_ids) const;

  const static_rbac_options options_;
  mutable std::shared_mutex mutex_;
  mutable std::unordered_map<std::string, std::shared_ptr<const expansion>> cache_;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_RBAC_STATIC_RBAC_H_
