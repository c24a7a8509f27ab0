// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_ROLES_FILE_H_
#define LATCHKEY_NATIVE_APP_ROLES_FILE_H_

/**
 * The roles that an operator has written down: a TOML file with a section for each, in their order.
 *
 *     [auditor]
 *     name = "Auditor"               # the id when it is left out
 *     permissions = ["audit:read"]
 *     inherits = ["viewer"]
 */

#include <string>
#include <vector>

#include "latchkey/role.h"
#include "settings.h"

namespace latchkey::app {

/** `configuration_invalid` with the place of what can't be, an unknown key or a role that core's `check_role` refuses. */
[[nodiscard]] result<std::vector<role_definition>> read_roles_file(const std::string& path);

/** Those of the file, and of the preset without one. */
[[nodiscard]] result<std::vector<role_definition>> configured_roles(const role_settings& roles);

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_ROLES_FILE_H_
