// SPDX-License-Identifier: Apache-2.0
#include "backend.h"

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "latchkey/native/acl/sql_acl.h"
#include "latchkey/native/audit/sql_audit_store.h"
#include "latchkey/native/credentials/credentials_service.h"
#include "latchkey/native/crypto/random.h"
#include "latchkey/native/rbac/sql_rbac.h"
#include "latchkey/native/sessions/cookie_session_provider.h"
#include "latchkey/native/sql/sqlite_database.h"
#include "note_routes.h"

namespace notes {
namespace {

namespace native = latchkey::native;
using latchkey::errc;
using latchkey::fail;
using latchkey::result;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

result<std::shared_ptr<native::database>> open_database(const std::string& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) return fail(errc::configuration_invalid, "The folder " + folder + " can't be made.", "data");
  return native::open_sqlite_database({.path = (std::filesystem::path(folder) / "notes.db").string()});
}

native::auth_server_config make_config(bool is_development) {
  native::auth_server_config config;
  config.public_url = variable("LATCHKEY_PUBLIC_URL");
  config.loopback_only = is_development;
  config.cookie.secure = !is_development;
  config.license.exempt = is_development;
  config.license.license = latchkey::check_license(variable("MASTRA_EE_LICENSE"));
  config.required_audit_actions.push_back({std::string(report_action), false});
  config.report = [](const native::failure_report& failure) {
    std::cerr << failure.request_id << ' ' << failure.reason << std::endl;
  };
  return config;
}

result<std::shared_ptr<native::cookie_session_provider>> open_sessions(std::shared_ptr<native::database> database,
                                                                       const backend_options& options,
                                                                       const std::string& cookie_name) {
  auto secret = options.is_development ? native::random_id(32) : variable("LATCHKEY_SECRET");
  if (!secret) return fail(std::move(secret));
  auto keys = native::key_ring::make(std::vector{*secret});
  if (!keys) return fail(std::move(keys));
  auto revocations = native::open_sql_revocation_store(std::move(database));
  if (!revocations) return fail(std::move(revocations));
  return native::cookie_session_provider::make(std::move(*keys), std::move(*revocations), {.cookie_name = cookie_name});
}

/** Who people are, what they may do, and what they did. */
result<native::auth_provider> open_provider(const std::shared_ptr<native::database>& database,
                                            const std::shared_ptr<native::sql_acl>& grants,
                                            const backend_options& options, const std::string& cookie_name) {
  auto accounts = native::sql_accounts::open(database);
  if (!accounts) return fail(std::move(accounts));
  native::sql_rbac_options roles_options;
  roles_options.initial_roles = team_roles();
  roles_options.forget_role = [grants](std::string_view role_id) { return grants->forget_role(role_id); };
  auto roles = native::sql_rbac::open(database, *accounts, std::move(roles_options));
  if (!roles) return fail(std::move(roles));
  auto audit = native::sql_audit_store::open(database);
  if (!audit) return fail(std::move(audit));
  auto sessions = open_sessions(database, options, cookie_name);
  if (!sessions) return fail(std::move(sessions));
  native::credentials_options credentials_options;
  credentials_options.is_first_account_owner = options.is_development;
  credentials_options.end_sessions = [ending = *sessions](std::string_view user_id) {
    return ending->revoke_user_sessions(user_id);
  };
  auto credentials = native::credentials_service::make(*accounts, std::move(credentials_options));
  if (!credentials) return fail(std::move(credentials));

  native::auth_provider provider;
  provider.users = *credentials;
  provider.credentials = *credentials;
  provider.sessions = *sessions;
  provider.rbac = *roles;
  provider.acl = grants;
  provider.audit = *audit;
  provider.audit_events = *audit;
  return provider;
}

}  // namespace

result<std::unique_ptr<native::auth_server>> open_backend(const backend_options& options) {
  auto config = make_config(options.is_development);
  const bool secure_cookies = config.cookie.secure;
  auto database = open_database(options.data);
  if (!database) return fail(std::move(database));
  auto grants = native::sql_acl::open(*database);
  if (!grants) return fail(std::move(grants));
  auto provider = open_provider(*database, *grants, options, config.cookie.name());
  if (!provider) return fail(std::move(provider));
  auto server = native::auth_server::create(std::move(*provider), std::move(config));
  if (!server) return fail(std::move(server));
  auto store = note_store::open(*database);
  if (!store) return fail(std::move(store));
  if (auto added = add_note_routes(**server, *store, *grants, secure_cookies); !added) return fail(std::move(added));
  if (options.has_undeclared_route) {
    auto added = (*server)->add_route({.method = "GET", .pattern = "/:anything", .handler = [](auto&) {
                                         return native::json_response(200, latchkey::json_object{});
                                       }});
    if (!added) return fail(std::move(added));
  }
  return std::move(*server);
}

}  // namespace notes
