// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_TAKEOVER_H_
#define LATCHKEY_NATIVE_APP_TAKEOVER_H_

/**
 * Roles and secrets that an operator changed in their files, taken over at the start and at SIGHUP. What changes is on
 * record before it counts, as done by the system with the id `config`; what can't be put on record stays as it was.
 */

#include <string>
#include <vector>

#include "latchkey/native/audit/audit_provider.h"
#include "latchkey/native/rbac/sql_rbac.h"
#include "latchkey/native/sessions/key_ring.h"
#include "settings.h"

namespace latchkey::app {

/** The roles of the file, where there is one, are all the roles there are; the refusals of `replace_roles`. */
[[nodiscard]] result<void> take_over_roles(const settings& all, native::sql_rbac& roles, native::audit_logger& audit);

/** Puts these secrets in place of the present ones; what `check_secret` had to say about them. */
[[nodiscard]] result<std::vector<std::string>> take_over_secrets(std::span<const std::string> secrets,
                                                                 native::key_ring& keys, native::audit_logger& audit);

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_TAKEOVER_H_
