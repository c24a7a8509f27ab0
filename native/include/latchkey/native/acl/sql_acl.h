// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_ACL_SQL_ACL_H_
#define LATCHKEY_NATIVE_ACL_SQL_ACL_H_

/**
 * Grants on single resources in a database. Subject, type, id and action are columns of their own, compared exactly
 * (AC-02); every decision is core's (`acl.h`). The grants of a type are read at its first question and then answered
 * from memory: own changes count at once, those of other processes within a second.
 *
 * Limits: a type's grants are held in memory together, so it suits tables up to some hundred thousand of them.
 */

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "latchkey/native/acl/acl_provider.h"
#include "latchkey/native/clock.h"
#include "latchkey/native/sql/change_watch.h"
#include "latchkey/native/sql/database.h"

namespace latchkey::native {

struct sql_acl_options {
  acl_mode mode = acl_mode::extend;
  clock_function clock = system_clock_ms;
  /** The grants of how many types memory keeps. */
  std::size_t cached_types = 256;
};

/** May be used by several threads at once. */
class sql_acl final : public acl_manager {
 public:
  /** Creates the tables that are missing. */
  [[nodiscard]] static result<std::shared_ptr<sql_acl>> open(std::shared_ptr<database> store,
                                                             sql_acl_options options = {});

  [[nodiscard]] acl_mode mode() const noexcept override { return options_.mode; }
  [[nodiscard]] result<bool> can_access(const acl_caller& caller, const acl_resource& resource,
                                        std::string_view action) override;
  [[nodiscard]] result<accessible_resources> list_accessible(const acl_caller& caller, std::string_view type,
                                                             std::string_view action,
                                                             std::span<const std::string> role_resources = {}) override;
  [[nodiscard]] result<std::vector<acl_resource>> filter_accessible(const acl_caller& caller,
                                                                    std::span<const acl_resource> resources,
                                                                    std::string_view action) override;

  /** The time is the clock's, whatever the grant says. */
  [[nodiscard]] result<void> grant(const acl_grant& wanted) override;
  [[nodiscard]] result<void> grant_as(const acl_caller& grantor, const acl_grant& wanted) override;
  [[nodiscard]] result<void> revoke(const acl_subject& subject, const acl_resource& resource,
                                    std::span<const std::string> actions = {}) override;
  [[nodiscard]] result<void> revoke_as(const acl_caller& revoker, const acl_subject& subject,
                                       const acl_resource& resource,
                                       std::span<const std::string> actions = {}) override;
  [[nodiscard]] result<void> check_role_change(const acl_caller& changer, std::string_view role_id) override;
  [[nodiscard]] result<std::vector<acl_grant>> grants_on(const acl_resource& resource) override;
  [[nodiscard]] result<void> forget_resource(const acl_resource& resource) override;
  [[nodiscard]] result<void> forget_user(std::string_view user_id) override;
  [[nodiscard]] result<void> forget_role(std::string_view role_id) override;

 private:
  /** All grants of one type, by the ids of their resources. Immutable. */
  using grant_list = std::vector<acl_grant>;
  using statement_list = std::function<result<void>(sql_executor& store)>;

  sql_acl(std::shared_ptr<database> store, sql_acl_options options);
  [[nodiscard]] result<void> see_changes();
  [[nodiscard]] result<std::shared_ptr<const grant_list>> grants_of_type(std::string_view type);
  [[nodiscard]] result<void> insert(const acl_grant& wanted, const acl_caller* grantor);
  [[nodiscard]] result<void> erase(const acl_caller* revoker, const acl_subject& subject, const acl_resource& resource,
                                   std::span<const std::string> actions);
  [[nodiscard]] result<void> change(const statement_list& statements);
  void forget_all();

  std::shared_ptr<database> store_;
  const sql_acl_options options_;
  change_watch watch_;
  // The state of the tables that memory is of. Touched only inside `watch_`, which lets one thread in at a time.
  std::int64_t seen_version_ = -1;
  std::shared_mutex mutex_;
  // Moves on whenever something may have changed: what was read before that is not kept.
  std::atomic<std::uint64_t> generation_{0};
  std::map<std::string, std::shared_ptr<const grant_list>, std::less<>> cache_;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_ACL_SQL_ACL_H_
