// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_COMPOSITION_H_
#define LATCHKEY_NATIVE_APP_COMPOSITION_H_

/** Which parts the executable is made of: SQLite in the data folder under everything, sealed cookies, roles, audit. */

#include <memory>
#include <span>
#include <string>

#include "latchkey/native/credentials/credentials_service.h"
#include "latchkey/native/metrics/metrics.h"
#include "latchkey/native/provider.h"
#include "latchkey/native/redis/redis_client.h"
#include "latchkey/native/redis/redis_session_provider.h"
#include "latchkey/native/sessions/key_ring.h"
#include "latchkey/native/sessions/revocation_store.h"
#include "latchkey/native/sql/database.h"
#include "latchkey/native/sqlite_provider.h"
#include "settings.h"
#include "store_watch.h"

namespace latchkey::app {

/** What every command needs. */
struct stores {
  std::shared_ptr<native::database> database;
  std::shared_ptr<native::sql_accounts> accounts;
  std::shared_ptr<native::sql_audit_store> audit;
  std::shared_ptr<native::sql_acl> acl;
  std::shared_ptr<native::sql_rbac> roles;
  /** Null without redis.url. */
  std::shared_ptr<native::redis_client> redis;
  /** The database's file when it was made just now; otherwise empty. */
  std::string new_file;
  /** What became of the writes; null for a database that was open before. */
  std::shared_ptr<write_record> writes = {};
  /** Before the names of all keys in Redis. */
  std::string redis_prefix = {};
};

/** The file of the database; `configuration_invalid` for a store that is none. */
[[nodiscard]] result<std::string> database_path(const settings& all);

/** Opens the configured store; a relative file is in the data folder, which is made when it is missing. */
[[nodiscard]] result<stores> open_stores(const settings& all);

/** The same over a database that is open; makes the tables that are missing. */
[[nodiscard]] result<stores> open_parts(const settings& all, std::shared_ptr<native::database> database);

/** `open_stores`, but `not_found` when there is no database: a mistyped folder must not pass for an empty one. */
[[nodiscard]] result<stores> open_existing_stores(const settings& all);

/** Where ended sessions are known: in Redis when there is one, otherwise in the database. */
[[nodiscard]] result<std::shared_ptr<native::revocation_store>> open_revocations(
    const stores& opened, native::redis_store_options options = {});

/** What a server is made of. */
struct composed_parts {
  native::auth_provider provider;
  /** Also where nobody signs in by e-mail and password. */
  std::shared_ptr<native::credentials_service> credentials;
  /** Seals the sessions; takes other secrets at any time. */
  std::shared_ptr<native::key_ring> keys;
};

/**
 * All parts of the auth system over the stores, counting in `metrics`, but for the ACL, which needs a license of its own.
 * The first secret seals, every one opens.
 */
[[nodiscard]] result<composed_parts> compose(const stores& opened, const settings& all,
                                             std::span<const std::string> secrets,
                                             const std::shared_ptr<native::metrics_registry>& metrics);

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_COMPOSITION_H_
