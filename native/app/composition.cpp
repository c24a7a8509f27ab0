// SPDX-License-Identifier: Apache-2.0
#include "composition.h"

#include <filesystem>

#include "environment.h"
#include "latchkey/native/audit/composite_audit_logger.h"
#include "latchkey/native/audit/console_audit_logger.h"
#include "latchkey/native/http/operations.h"
#include "latchkey/native/rbac/static_rbac.h"
#include "latchkey/native/sessions/cookie_session_provider.h"
#include "latchkey/native/sessions/key_ring.h"
#include "latchkey/native/sessions/revocation_store.h"
#include "latchkey/native/sql/sqlite_database.h"
#include "server_config.h"

namespace latchkey::app {
namespace {

std::shared_ptr<native::audit_logger> make_logger(const stores& opened, bool is_development) {
  if (!is_development) return opened.audit;
  using loggers = std::vector<std::shared_ptr<native::audit_logger>>;
  return std::make_shared<native::composite_audit_logger>(loggers{opened.audit},
                                                          loggers{std::make_shared<native::console_audit_logger>()});
}

result<std::shared_ptr<native::cookie_session_provider>> make_sessions(const stores& opened, const settings& all,
                                                                       std::span<const std::string> secrets,
                                                                       std::shared_ptr<native::audit_logger> logger) {
  auto keys = native::key_ring::make(secrets);
  if (!keys) return fail(std::move(keys));
  for (const auto& warning : (*keys)->warnings()) log_line("latchkey: warning: " + warning);
  auto revocations = native::open_sql_revocation_store(opened.database);
  if (!revocations) return fail(std::move(revocations));
  native::cookie_session_options options;
  options.cookie_name = make_cookie(all).name();
  options.lifetimes = {all.session.idle_ms, all.session.absolute_ms};
  options.on_reuse = [logger = std::move(logger)](const latchkey::session& reused) {
    audit_event event;
    event.actor = {audit_actor_type::user, reused.user_id, {}, {}, {}};
    event.action = "auth.refresh_reuse";
    event.outcome = audit_outcome::denied;
    if (const auto logged = logger->log(event); !logged) log_line("latchkey: audit: " + logged.error().message);
  };
  return native::cookie_session_provider::make(std::move(*keys), std::move(*revocations), std::move(options));
}

result<std::shared_ptr<native::static_rbac>> make_roles(const stores& opened, const settings& all) {
  native::static_rbac_options options;
  options.definitions = default_roles(all.roles.preset);
  options.mapping = all.mapping;
  options.get_user_roles = [accounts = opened.accounts](const user& person) -> result<std::vector<std::string>> {
    auto found = accounts->find(person.id);
    if (!found) return fail(std::move(found));
    return *found ? (*found)->roles : std::vector<std::string>{};
  };
  return native::static_rbac::make(std::move(options));
}

constexpr std::string_view sqlite_scheme = "sqlite:";

/** The file of the database. */
result<std::string> database_path(const settings& all) {
  const std::string_view url = all.store_url;
  if (!url.starts_with(sqlite_scheme) || url.size() == sqlite_scheme.size()) {
    return fail(errc::configuration_invalid,
                "store.url must look like sqlite:latchkey.db, not \"" + all.store_url + "\".", "store.url");
  }
  return (std::filesystem::path(all.server.data) / url.substr(sqlite_scheme.size())).string();
}

}  // namespace

result<stores> open_stores(const settings& all) {
  auto path = database_path(all);
  if (!path) return fail(std::move(path));
  if (auto prepared = prepare_folder(all.server.data); !prepared) return fail(std::move(prepared));
  native::sqlite_options options;
  options.path = std::move(*path);
  auto database = native::open_sqlite_database(options);
  if (!database) return fail(std::move(database));
  native::sql_accounts_options accounts_options;
  accounts_options.default_role = all.roles.default_role;
  auto accounts = native::sql_accounts::open(*database, std::move(accounts_options));
  if (!accounts) return fail(std::move(accounts));
  auto audit = native::sql_audit_store::open(*database);
  if (!audit) return fail(std::move(audit));
  return stores{std::move(*database), std::move(*accounts), std::move(*audit)};
}

result<stores> open_existing_stores(const settings& all) {
  const auto path = database_path(all);
  if (!path) return tl::unexpected<error>(path.error());
  std::error_code failed;
  if (!std::filesystem::exists(*path, failed)) {
    return fail(errc::not_found,
                "There is no database in " + all.server.data +
                    "; name its folder with --data, or add a first account with `latchkey user add`.",
                "data");
  }
  return open_stores(all);
}

result<native::auth_provider> compose(const stores& opened, const settings& all, std::span<const std::string> secrets,
                                      const std::shared_ptr<native::metrics_registry>& metrics) {
  native::auth_provider provider;
  provider.audit = native::count_events(make_logger(opened, all.server.is_development), metrics);
  provider.audit_events = opened.audit;
  auto sessions = make_sessions(opened, all, secrets, provider.audit);
  if (!sessions) return fail(std::move(sessions));
  native::credentials_options options;
  options.is_first_account_owner = all.server.is_development;
  options.is_sign_up_enabled = all.credentials.is_sign_up_enabled;
  options.default_role = all.roles.default_role;
  options.policy.min_characters = static_cast<std::size_t>(all.credentials.min_password);
  options.end_sessions = [ending = *sessions](std::string_view user_id) {
    return ending->revoke_user_sessions(user_id);
  };
  auto credentials = native::credentials_service::make(opened.accounts, std::move(options));
  if (!credentials) return fail(std::move(credentials));
  auto roles = make_roles(opened, all);
  if (!roles) return fail(std::move(roles));
  provider.sessions = std::move(*sessions);
  provider.users = *credentials;
  if (all.credentials.is_enabled) provider.credentials = std::move(*credentials);
  provider.rbac = std::move(*roles);
  return provider;
}

}  // namespace latchkey::app
