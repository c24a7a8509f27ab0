// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_ACL_ACL_TABLES_H_
#define LATCHKEY_NATIVE_SRC_ACL_ACL_TABLES_H_

/** The table of grants, one row for each action, and its statements. */

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "latchkey/acl.h"
#include "latchkey/native/sql/database.h"

namespace latchkey::native {

[[nodiscard]] result<void> create_acl_tables(database& store);

/** A number that every change of the grants moves on. */
[[nodiscard]] result<std::int64_t> acl_version(sql_executor& store);
[[nodiscard]] result<void> advance_acl_version(sql_executor& store);

/** All grants of a type, sorted by the ids of their resources; of one resource alone when `id` is given. */
[[nodiscard]] result<std::vector<acl_grant>> read_grants(sql_executor& store, std::string_view type,
                                                         const std::string* id = nullptr);
/** The types of the resources on which a subject has a grant, each once. */
[[nodiscard]] result<std::vector<std::string>> types_granted_to(sql_executor& store, const acl_subject& subject);
/** Adds the actions that the subject does not have yet. */
[[nodiscard]] result<void> insert_grant(sql_executor& store, const acl_grant& added);
/** Removes these actions, or all when none is named. */
[[nodiscard]] result<void> erase_grant(sql_executor& store, const acl_subject& subject, const acl_resource& resource,
                                       std::span<const std::string> actions);
[[nodiscard]] result<void> erase_resource(sql_executor& store, const acl_resource& resource);
[[nodiscard]] result<void> erase_subject(sql_executor& store, const acl_subject& subject);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_ACL_ACL_TABLES_H_
