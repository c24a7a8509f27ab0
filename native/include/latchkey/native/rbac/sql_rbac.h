// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_RBAC_SQL_RBAC_H_
#define LATCHKEY_NATIVE_RBAC_SQL_RBAC_H_

/**
 * Roles that are defined and given at run time. The definitions are in a table of their own; who has which stays where
 * `sql_accounts` keeps it. Both are read from memory: a change counts at the next request in this process, and within a
 * second in others (RB-15).
 *
 * A session holds no roles, so a change needs no new session to take effect: the session id stays the same (SS-13 is
 * kept at sign-in and renewal only). Who wants the sessions of a person to end as well calls `revoke_user_sessions`.
 */

#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "latchkey/native/acl/acl_provider.h"
#include "latchkey/native/credentials/sql_accounts.h"
#include "latchkey/native/rbac/rbac_provider.h"
#include "latchkey/native/rbac/static_rbac.h"
#include "latchkey/native/sql/change_watch.h"
#include "latchkey/native/sql/database.h"

namespace latchkey::native {

struct sql_rbac_options {
  /** What a store without any role begins with; no later start changes what is there. */
  std::vector<role_definition> initial_roles = default_roles();
  /** As in `static_rbac_options`. A role that it names grants what it says there, whatever the definition says. */
  role_mapping mapping = {};
  namespace_aliases aliases = {};
  /** Called before a role is deleted, such as `acl_manager::forget_role`; an error keeps the role. */
  std::function<result<void>(std::string_view role_id)> forget_role = {};
};

/** May be used by several threads at once. */
class sql_rbac final : public rbac_manager {
 public:
  /**
   * Creates the table that is missing and fills an empty one. The accounts must be kept in the same database. Fails as
   * `check_role` for initial roles, and as `static_rbac::make` for a mapping, that can't be.
   */
  [[nodiscard]] static result<std::shared_ptr<sql_rbac>> open(std::shared_ptr<database> store,
                                                              std::shared_ptr<sql_accounts> accounts,
                                                              sql_rbac_options options = {});

  /** Empty for somebody without an account. */
  [[nodiscard]] result<std::vector<std::string>> roles_of(const latchkey::user& person) override;
  [[nodiscard]] result<std::shared_ptr<const grant_set>> grants_of(std::span<const std::string> role_ids) override;
  [[nodiscard]] result<std::vector<std::string>> permissions_of(std::span<const std::string> role_ids) override;
  [[nodiscard]] result<std::vector<role_definition>> role_definitions() override;

  [[nodiscard]] result<void> assign_role(std::string_view user_id, std::string_view role_id) override;
  [[nodiscard]] result<void> remove_role(std::string_view user_id, std::string_view role_id) override;
  [[nodiscard]] result<void> set_roles(std::string_view user_id, std::span<const std::string> role_ids) override;
  [[nodiscard]] result<void> check_roles(std::string_view user_id, std::span<const std::string> role_ids) override;
  [[nodiscard]] result<void> define_role(const role_definition& role) override;
  [[nodiscard]] result<void> delete_role(std::string_view role_id) override;
  /**
   * Makes these all the roles there are, in one atomic step: for definitions that are kept elsewhere, such as in a file.
   * Fails as `check_role`, with `role_in_use` for one that is missing although somebody has it, and with `last_owner`.
   */
  [[nodiscard]] result<void> replace_roles(std::span<const role_definition> roles);
  /** Whether `replace_roles` would do so now, with the same errors; changes nothing. */
  [[nodiscard]] result<void> check_roles_replacement(std::span<const role_definition> roles);
  /**
   * Disables an account, which keeps its roles: `last_owner` as above. Its sessions are the caller's business; to enable it
   * again, `sql_accounts::set_disabled`.
   */
  [[nodiscard]] result<void> disable(std::string_view user_id);
  /** Whether `disable` would do so now, with the same errors; changes nothing. */
  [[nodiscard]] result<void> check_disable(std::string_view user_id);
  /** Whether somebody who can sign in holds everything. */
  [[nodiscard]] result<bool> has_owner();
  /**
   * Whether nobody who can sign in holds everything, and whoever got the role `owner` would, as `store` sees it: within a
   * write transaction nobody can change that meanwhile.
   */
  [[nodiscard]] result<bool> needs_owner(sql_executor& store) const;

 private:
  using edit_function = std::function<result<void>(sql_executor& store, std::vector<std::string>& roles)>;
  enum class effect { keep, undo };

  sql_rbac(std::shared_ptr<database> store, std::shared_ptr<sql_accounts> accounts, sql_rbac_options options);
  [[nodiscard]] result<void> seed();
  [[nodiscard]] result<std::shared_ptr<static_rbac>> current();
  [[nodiscard]] result<void> reload();
  void forget();
  [[nodiscard]] result<bool> has_owner(sql_executor& store, std::span<const role_definition> definitions) const;
  [[nodiscard]] result<void> change_roles(std::string_view user_id, std::span<const std::string> needed,
                                          const edit_function& edit, effect wanted);
  [[nodiscard]] result<void> disable_unless_last(std::string_view user_id, effect wanted);
  [[nodiscard]] result<void> check_replacement(sql_executor& store, std::span<const role_definition> present,
                                               std::span<const role_definition> roles) const;
  [[nodiscard]] result<void> check_owner_stays(sql_executor& store, std::span<const role_definition> present,
                                               std::span<const role_definition> roles) const;
  [[nodiscard]] result<void> check_held(sql_executor& store, std::string_view role_id) const;
  [[nodiscard]] result<void> check_deletion(sql_executor& store, std::string_view role_id,
                                            std::span<const role_definition> definitions) const;

  std::shared_ptr<database> store_;
  std::shared_ptr<sql_accounts> accounts_;
  const sql_rbac_options options_;
  change_watch watch_;
  // Held while definitions are read and put in place, so that what was read first never replaces what was read later.
  std::mutex reload_mutex_;
  std::shared_mutex mutex_;
  // The definitions and what they compile to; null when they have to be read again.
  std::shared_ptr<static_rbac> current_;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_RBAC_SQL_RBAC_H_
