// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SQLITE_PROVIDER_H_
#define LATCHKEY_NATIVE_SQLITE_PROVIDER_H_

/**
 * A whole `auth_provider` over one database: accounts with passwords, roles, access to single resources, sessions in
 * sealed cookies, and the audit log. The parts are tied together here: a password that changes ends the sessions of its
 * account, a role that is deleted leaves no grant behind, and the set-up code works while the store has no owner.
 *
 *     auto database = open_sqlite_database({.path = "app.db"});
 *     auto keys = key_ring::make(secrets);
 *     auto parts = make_sqlite_provider(*database, *keys, {.cookie = config.cookie});
 *     auto server = auth_server::create(parts->provider, config);
 */

#include <memory>
#include <string>

#include "latchkey/native/acl/sql_acl.h"
#include "latchkey/native/audit/sql_audit_store.h"
#include "latchkey/native/clock.h"
#include "latchkey/native/credentials/credentials_service.h"
#include "latchkey/native/credentials/sql_accounts.h"
#include "latchkey/native/http/session_cookie.h"
#include "latchkey/native/provider.h"
#include "latchkey/native/rbac/sql_rbac.h"
#include "latchkey/native/sessions/key_ring.h"
#include "latchkey/native/sql/database.h"
#include "latchkey/session.h"

namespace latchkey::native {

/** What a database keeps: everything but sessions. */
struct sql_parts {
  std::shared_ptr<database> store = {};
  std::shared_ptr<sql_accounts> accounts = {};
  std::shared_ptr<sql_acl> acl = {};
  /** Deleting a role forgets its grants in `acl`. */
  std::shared_ptr<sql_rbac> roles = {};
  std::shared_ptr<sql_audit_store> audit = {};
};

struct sql_parts_options {
  sql_accounts_options accounts = {};
  sql_acl_options acl = {};
  /** Its `forget_role` is called before the grants of the role are forgotten; an error keeps both. */
  sql_rbac_options roles = {};
  clock_function audit_clock = system_clock_ms;
};

/** Makes the tables that are missing. Fails as each of the parts does. */
[[nodiscard]] result<sql_parts> open_sql_parts(std::shared_ptr<database> store, sql_parts_options options = {});

/**
 * Sign-in over these accounts, tied to the other parts: `end_sessions` ends those of `sessions`, after the one in `options`
 * if there is one, and `needs_owner`, unless `options` has another, asks the roles. Fails as `credentials_service::make`.
 */
[[nodiscard]] result<std::shared_ptr<credentials_service>> make_sql_credentials(
    const sql_parts& parts, std::shared_ptr<session_provider> sessions, credentials_options options = {});

struct sqlite_provider_options {
  /** That of the server, `auth_server_config::cookie`: sessions are sealed for its name. */
  session_cookie_settings cookie = {};
  session_lifetimes lifetimes = {};
  /** Sign-up, passwords, reset by mail. `default_role` and `clock` below count instead of its own. */
  credentials_options credentials = {};
  /** What an empty database begins with, and how roles and grants combine. */
  sql_rbac_options roles = {};
  sql_acl_options acl = {};
  /** Without it `provider.acl` is null: access to single resources needs a license of its own. */
  bool has_acl = true;
  /** The role of an account that has none, such as one that signs up; none when empty. */
  std::string default_role = "viewer";
  clock_function clock = system_clock_ms;
};

struct sqlite_provider {
  /** For `auth_server::create`. */
  auth_provider provider = {};
  /** For the host: `credentials->begin_setup`, `accounts->list` and so on. They live as long as they are held. */
  sql_parts parts = {};
  std::shared_ptr<credentials_service> credentials = {};
};

/**
 * All of it. Events that need not be on record before the answer go through a queue, whose losses are a line on standard
 * error. Fails as the parts do; `configuration_invalid` without a database or keys.
 */
[[nodiscard]] result<sqlite_provider> make_sqlite_provider(std::shared_ptr<database> store,
                                                           std::shared_ptr<const key_ring> keys,
                                                           sqlite_provider_options options = {});

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SQLITE_PROVIDER_H_
