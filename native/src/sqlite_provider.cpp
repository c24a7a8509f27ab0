// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/sqlite_provider.h"

#include <iostream>
#include <utility>

#include "latchkey/native/audit/queued_audit_logger.h"
#include "latchkey/native/sessions/cookie_session_provider.h"

namespace latchkey::native {
namespace {

/** `first`, where there is one, and then `second`, unless the first fails. */
template <class First, class Second>
std::function<result<void>(std::string_view)> both(First first, Second second) {
  return [first = std::move(first), second = std::move(second)](std::string_view id) -> result<void> {
    if (first) {
      if (auto done = first(id); !done) return done;
    }
    return second(id);
  };
}

result<std::shared_ptr<session_provider>> make_sessions(const std::shared_ptr<database>& store,
                                                        std::shared_ptr<const key_ring> keys,
                                                        const sqlite_provider_options& options) {
  auto revocations = open_sql_revocation_store(store);
  if (!revocations) return fail(std::move(revocations));
  auto sessions = cookie_session_provider::make(
      std::move(keys), std::move(*revocations),
      {.cookie_name = options.cookie.name(), .lifetimes = options.lifetimes, .clock = options.clock});
  if (!sessions) return fail(std::move(sessions));
  return std::move(*sessions);
}

/** With a queue for what need not be on record before the answer. */
void add_audit(auth_provider& provider, const std::shared_ptr<sql_audit_store>& store, const clock_function& clock) {
  queued_audit_options queueing;
  queueing.clock = clock;
  queueing.report = [](std::string_view reason) {
    std::cerr << "latchkey: warning: audit: " + std::string(reason) + "\n" << std::flush;
  };
  auto queue = std::make_shared<queued_audit_logger>(store, std::move(queueing));
  provider.audit = store;
  provider.audit_events = read_behind_queue(store, queue);
  provider.best_effort_audit = std::move(queue);
}

}  // namespace

result<sql_parts> open_sql_parts(std::shared_ptr<database> store, sql_parts_options options) {
  if (!store) return fail(errc::configuration_invalid, "The database is missing.", "database");
  auto accounts = sql_accounts::open(store, std::move(options.accounts));
  if (!accounts) return fail(std::move(accounts));
  auto audit = sql_audit_store::open(store, std::move(options.audit_clock));
  if (!audit) return fail(std::move(audit));
  auto acl = sql_acl::open(store, std::move(options.acl));
  if (!acl) return fail(std::move(acl));
  options.roles.forget_role = both(std::move(options.roles.forget_role),
                                   [grants = *acl](std::string_view role_id) { return grants->forget_role(role_id); });
  auto roles = sql_rbac::open(store, *accounts, std::move(options.roles));
  if (!roles) return fail(std::move(roles));
  return sql_parts{std::move(store), std::move(*accounts), std::move(*acl), std::move(*roles), std::move(*audit)};
}

result<std::shared_ptr<credentials_service>> make_sql_credentials(const sql_parts& parts,
                                                                  std::shared_ptr<session_provider> sessions,
                                                                  credentials_options options) {
  if (!options.needs_owner) {
    options.needs_owner = [roles = parts.roles](sql_executor& store) { return roles->needs_owner(store); };
  }
  options.end_sessions = both(
      std::move(options.end_sessions),
      [sessions = std::move(sessions)](std::string_view user_id) { return sessions->revoke_user_sessions(user_id); });
  return credentials_service::make(parts.accounts, std::move(options));
}

result<sqlite_provider> make_sqlite_provider(std::shared_ptr<database> store, std::shared_ptr<const key_ring> keys,
                                             sqlite_provider_options options) {
  sql_parts_options keeping;
  keeping.accounts = {.default_role = options.default_role, .clock = options.clock};
  keeping.acl = options.acl;
  keeping.roles = options.roles;
  keeping.audit_clock = options.clock;
  auto parts = open_sql_parts(std::move(store), std::move(keeping));
  if (!parts) return fail(std::move(parts));
  auto sessions = make_sessions(parts->store, std::move(keys), options);
  if (!sessions) return fail(std::move(sessions));
  options.credentials.default_role = options.default_role;
  options.credentials.clock = options.clock;
  auto credentials = make_sql_credentials(*parts, *sessions, std::move(options.credentials));
  if (!credentials) return fail(std::move(credentials));

  auth_provider provider;
  provider.users = *credentials;
  provider.credentials = *credentials;
  provider.sessions = std::move(*sessions);
  provider.rbac = parts->roles;
  if (options.has_acl) provider.acl = parts->acl;
  add_audit(provider, parts->audit, options.clock);
  return sqlite_provider{std::move(provider), std::move(*parts), std::move(*credentials)};
}

}  // namespace latchkey::native
