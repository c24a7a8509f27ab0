// SPDX-License-Identifier: Apache-2.0
#include "composition.h"

#include <algorithm>
#include <filesystem>

#include "environment.h"
#include "guess_watch.h"
#include "latchkey/native/audit/composite_audit_logger.h"
#include "latchkey/native/audit/console_audit_logger.h"
#include "latchkey/native/http/operations.h"
#include "latchkey/native/mail/smtp_mailer.h"
#include "latchkey/native/redis/redis_session_provider.h"
#include "latchkey/native/redis/redis_throttle.h"
#include "latchkey/native/sessions/cookie_session_provider.h"
#include "latchkey/native/sessions/memory_session_provider.h"
#include "latchkey/native/sql/sqlite_database.h"
#include "log.h"
#include "private_file.h"
#include "reset_page.h"
#include "roles_file.h"
#include "server_config.h"
#include "server_record.h"
#include "store_file.h"

namespace latchkey::app {
namespace {

std::shared_ptr<native::audit_logger> make_logger(const stores& opened, const settings& all) {
  if (!all.server.is_development) return opened.audit;
  using loggers = std::vector<std::shared_ptr<native::audit_logger>>;
  native::console_audit_options console;
  console.is_json = all.log.format == log_format::json;
  return std::make_shared<native::composite_audit_logger>(
      loggers{opened.audit}, loggers{std::make_shared<native::console_audit_logger>(std::move(console))});
}

/** A loss of what Redis holds is logged and counted, also one that came while no server ran. */
result<native::redis_store_options> watch_redis(const stores& opened,
                                                const std::shared_ptr<native::metrics_registry>& metrics) {
  native::redis_store_options options;
  options.prefix = opened.redis_prefix;
  auto known = recorded_redis_state(*opened.database);
  if (!known) return fail(std::move(known));
  options.known_state = *known;
  options.on_state = [database = opened.database](std::int64_t state) {
    if (const auto done = record_redis_state(*database, state); !done) {
      log_warning("the state of Redis can't be recorded: " + done.error().message);
    }
  };
  auto& losses = metrics->counter("latchkey_redis_losses_total", "Times that Redis had lost what it held");
  options.on_state_lost = [metrics, &losses] {
    losses.add();
    static_cast<void>(report_failure({errc::unavailable,
                                      "Redis has lost what it held: every session that began before has ended. Let it "
                                      "persist its data (appendonly yes, "
                                      "maxmemory-policy noeviction)",
                                      "redis"}));
  };
  return options;
}

result<std::shared_ptr<native::session_provider>> make_sessions(
    const stores& opened, const settings& all, std::shared_ptr<const native::key_ring> keys,
    const std::shared_ptr<native::metrics_registry>& metrics) {
  const session_lifetimes lifetimes{all.session.idle_ms, all.session.absolute_ms};
  if (all.session.kind == session_kind::memory) {
    native::memory_session_options options;
    // Sessions in memory are over after a day however the others live, unless they are to live for less.
    options.lifetimes.idle_ms = std::min(options.lifetimes.idle_ms, lifetimes.idle_ms);
    options.lifetimes.absolute_ms = std::min(options.lifetimes.absolute_ms, lifetimes.absolute_ms);
    return native::make_memory_session_provider(std::move(options));
  }
  if (all.session.kind == session_kind::redis) {
    native::redis_session_options options;
    auto watched = watch_redis(opened, metrics);
    if (!watched) return fail(std::move(watched));
    options.store = std::move(*watched);
    options.sessions.lifetimes = lifetimes;
    return native::make_redis_session_provider(opened.redis, std::move(options));
  }
  auto watched = opened.redis ? watch_redis(opened, metrics) : native::redis_store_options();
  if (!watched) return fail(std::move(watched));
  auto revocations = open_revocations(opened, std::move(*watched));
  if (!revocations) return fail(std::move(revocations));
  native::cookie_session_options options;
  options.cookie_name = make_cookie(all).name();
  options.lifetimes = lifetimes;
  return native::cookie_session_provider::make(std::move(keys), std::move(*revocations), std::move(options));
}

constexpr std::string_view sqlite_scheme = "sqlite:";

/** A database's own failures name its file: there may be several, and none of them is the one that was meant. */
template <class T>
result<T> at_database(const std::string& path, result<T> failed) {
  if (failed) return failed;
  const error& why = failed.error();
  if (why.code != errc::store_failed && why.field != "store.url") return failed;
  return fail(why.code, path + ": " + why.message, "store.url");
}

/** Off without a mail server. */
result<native::password_reset_options> make_password_resets(const settings& all) {
  native::password_reset_options resets;
  if (all.mail.url.empty()) return resets;
  auto mailer = native::smtp_mailer::make({.url = all.mail.url, .from = all.mail.from});
  if (!mailer) return fail(std::move(mailer));
  resets.send = [mailer = std::move(*mailer)](const native::mail_message& message) { return mailer->send(message); };
  resets.page_url = reset_page_address(all);
  resets.report = [](std::string_view reason) { log_warning("mail_failed", "mail: " + std::string(reason)); };
  return resets;
}

}  // namespace

result<std::string> database_path(const settings& all) {
  const std::string_view url = all.store_url;
  if (!url.starts_with(sqlite_scheme) || url.size() == sqlite_scheme.size()) {
    return fail(errc::configuration_invalid,
                "store.url must look like sqlite:latchkey.db, not \"" + all.store_url + "\".", "store.url");
  }
  return (std::filesystem::path(all.server.data) / url.substr(sqlite_scheme.size())).string();
}

result<stores> open_stores(const settings& all) {
  auto path = database_path(all);
  if (!path) return fail(std::move(path));
  // Before there is a file: one that a failed start left without tables would pass for a copy without its log.
  if (const auto roles = configured_roles(all.roles); !roles) return tl::unexpected<error>(roles.error());
  if (auto prepared = prepare_folder(all.server.data); !prepared) return fail(std::move(prepared));
  if (auto whole = check_store_file(*path); !whole) return fail(std::move(whole));
  const auto made = make_private_file(*path);
  if (!made) return fail(errc::store_failed, "The database " + made.error().message, "store.url");
  if (const auto usable = check_writable(*path); !usable) {
    return fail(errc::store_failed, "The database " + usable.error().message, "store.url");
  }
  native::sqlite_options options;
  options.path = *path;
  auto database = native::open_sqlite_database(options);
  if (!database) return fail(at_database(*path, std::move(database)));
  if (auto known = check_components(**database, *path); !known) return fail(std::move(known));
  if (!*made) {
    if (const auto seen = describe_new_store(**database, *path); !seen.empty()) log_warning("store_new", seen);
  }
  auto writes = std::make_shared<write_record>();
  auto opened = open_parts(all, watch_writes(std::move(*database), writes));
  if (!opened) return fail(at_database(*path, std::move(opened)));
  opened->writes = std::move(writes);
  // So that a copy of the file alone has the tables, and that the log's room is used again: nobody is waited for.
  (void)opened->database->query("PRAGMA wal_checkpoint(PASSIVE)");
  if (*made) opened->new_file = std::move(*path);
  return opened;
}

result<stores> open_parts(const settings& all, std::shared_ptr<native::database> database) {
  // The preset, or the file, is what a new store begins with; later on the roles are what was made of them.
  auto initial = configured_roles(all.roles);
  if (!initial) return fail(std::move(initial));
  native::sql_parts_options options;
  options.accounts.default_role = all.roles.default_role;
  options.roles.initial_roles = std::move(*initial);
  options.roles.mapping = all.mapping;
  auto parts = native::open_sql_parts(std::move(database), std::move(options));
  if (!parts) return fail(std::move(parts));
  if (auto created = create_server_record(*parts->store); !created) return fail(std::move(created));
  stores opened{std::move(parts->store),
                std::move(parts->accounts),
                std::move(parts->audit),
                std::move(parts->acl),
                std::move(parts->roles),
                {},
                {}};
  opened.redis_prefix = all.redis_prefix;
  if (all.redis_url.empty()) return opened;
  auto redis = native::redis_client::make({.url = all.redis_url});
  if (!redis) return fail(std::move(redis));
  opened.redis = std::move(*redis);
  return opened;
}

result<stores> open_existing_stores(const settings& all) {
  const auto path = database_path(all);
  if (!path) return tl::unexpected<error>(path.error());
  std::error_code failed;
  const bool exists = std::filesystem::exists(*path, failed);
  if (failed) return fail(errc::store_failed, "The database " + *path + " can't be opened: " + failed.message() + ".");
  if (!exists) {
    return fail(errc::not_found,
                "There is no database in " + all.server.data +
                    "; name its folder with --data, or add a first account with `latchkey user add`.",
                "data");
  }
  return open_stores(all);
}

result<std::shared_ptr<native::revocation_store>> open_revocations(const stores& opened,
                                                                   native::redis_store_options options) {
  options.prefix = opened.redis_prefix;
  if (opened.redis) return native::make_redis_revocation_store(opened.redis, std::move(options));
  return native::open_sql_revocation_store(opened.database);
}

result<composed_parts> compose(const stores& opened, const settings& all, std::span<const std::string> secrets,
                               const std::shared_ptr<native::metrics_registry>& metrics) {
  auto keys = native::key_ring::make(secrets);
  if (!keys) return fail(std::move(keys));
  for (const auto& warning : (*keys)->warnings()) log_warning("secret_weak", warning);
  native::auth_provider provider;
  provider.audit = watch_guesses(native::count_events(make_logger(opened, all), metrics), metrics);
  native::queued_audit_options queueing;
  queueing.report = [](std::string_view reason) { log_warning("audit_failed", "audit: " + std::string(reason)); };
  auto queue = native::count_queue(provider.audit, std::move(queueing), metrics);
  provider.audit_events = native::read_behind_queue(opened.audit, queue);
  provider.best_effort_audit = std::move(queue);
  auto sessions = make_sessions(opened, all, *keys, metrics);
  if (!sessions) return fail(std::move(sessions));
  auto resets = make_password_resets(all);
  if (!resets) return fail(std::move(resets));
  native::credentials_options options = make_password_rules(all);
  options.password_reset = std::move(*resets);
  options.is_first_account_owner = all.server.is_development;
  options.is_sign_up_enabled = all.credentials.is_sign_up_enabled;
  options.default_role = all.roles.default_role;
  const native::sql_parts parts{opened.database, opened.accounts, opened.acl, opened.roles, opened.audit};
  auto credentials = native::make_sql_credentials(parts, *sessions, std::move(options));
  if (!credentials && credentials.error().field == "credentials.password_reset.page_url") {
    // The one part of them that an operator sets, under another name.
    return fail(errc::configuration_invalid, "mail.reset_page: " + credentials.error().message, "mail.reset_page");
  }
  if (!credentials) return fail(std::move(credentials));
  provider.sessions = std::move(*sessions);
  provider.users = *credentials;
  if (all.credentials.is_enabled) provider.credentials = *credentials;
  provider.rbac = opened.roles;
  if (opened.redis) {
    // Of several nodes each would otherwise let the whole limit through.
    auto counted = native::make_redis_throttle(opened.redis, {.prefix = all.redis_prefix});
    if (!counted) return fail(std::move(counted));
    provider.throttling = std::move(*counted);
  }
  return composed_parts{std::move(provider), std::move(*credentials), std::move(*keys)};
}

}  // namespace latchkey::app
