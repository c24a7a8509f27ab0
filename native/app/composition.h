// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_COMPOSITION_H_
#define LATCHKEY_NATIVE_APP_COMPOSITION_H_

/** Which parts the executable is made of: SQLite in the data folder under everything, sealed cookies, roles, audit. */

#include <memory>
#include <string>

#include "latchkey/native/audit/sql_audit_store.h"
#include "latchkey/native/credentials/credentials_service.h"
#include "latchkey/native/credentials/sql_accounts.h"
#include "latchkey/native/provider.h"
#include "latchkey/native/sql/database.h"

namespace latchkey::app {

/** What every command needs. */
struct stores {
  std::shared_ptr<native::database> database;
  std::shared_ptr<native::sql_accounts> accounts;
  std::shared_ptr<native::sql_audit_store> audit;
};

/** Opens `latchkey.db` in the folder, which is made when it is missing. */
[[nodiscard]] result<stores> open_stores(const std::string& data_folder);

/** The same, but `not_found` when the folder has no database: a mistyped folder must not pass for an empty one. */
[[nodiscard]] result<stores> open_existing_stores(const std::string& data_folder);

/** What only a server needs. */
struct provider_settings {
  std::string secret;
  /** With its prefix: the seal of a session is bound to it. */
  std::string cookie_name;
  /** Development: the first account becomes owner, events show on the console. */
  bool is_development = false;
  /** Whether strangers may make an account of their own. */
  bool is_sign_up_enabled = true;
};

/** All parts of the auth system over the stores. */
[[nodiscard]] result<native::auth_provider> compose(const stores& opened, const provider_settings& settings);

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_COMPOSITION_H_
