// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_USER_CHANGES_H_
#define LATCHKEY_NATIVE_APP_USER_CHANGES_H_

/** What an operator does to accounts, each act on record as done by `cli`. The functions answer with the exit status. */

#include <string>
#include <string_view>
#include <vector>

#include "composition.h"
#include "latchkey/audit.h"
#include "settings.h"

namespace latchkey::app {

struct user_options {
  settings all;
  std::string email;
  std::string name;
  std::vector<std::string> roles;
  bool is_password_on_stdin = false;
  /** For `sessions`: ends them. */
  bool ends_sessions = false;
  /** For `role`: gives a role that holds everything to an account that a stranger may have made. */
  bool is_even_self_made = false;
};

/** `configuration_invalid` when one of the roles is not defined; the message names those that are. */
[[nodiscard]] result<void> check_roles(const settings& all, const std::vector<std::string>& roles);
/** From standard input, or a fresh one. */
[[nodiscard]] result<std::string> password_for(const user_options& options);
/** Puts on record what an operator did; an action that isn't on record must not have been done silently. */
[[nodiscard]] result<void> record(const stores& opened, std::string_view what, const native::account& subject,
                                  json_value metadata, audit_outcome outcome = audit_outcome::success);
[[nodiscard]] json_value roles_metadata(const std::vector<std::string>& roles);
[[nodiscard]] std::string join(const std::vector<std::string>& texts);

[[nodiscard]] int set_role(const user_options& options);
[[nodiscard]] int set_password(const user_options& options);
[[nodiscard]] int disable_user(const user_options& options);
[[nodiscard]] int enable_user(const user_options& options);
[[nodiscard]] int show_sessions(const user_options& options);

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_USER_CHANGES_H_
