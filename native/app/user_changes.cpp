// SPDX-License-Identifier: Apache-2.0
#include "user_changes.h"

#include <algorithm>
#include <iostream>

#include "commands.h"
#include "environment.h"
#include "latchkey/native/clock.h"
#include "latchkey/native/credentials/email_address.h"
#include "latchkey/native/credentials/password_policy.h"
#include "latchkey/native/crypto/random.h"
#include "latchkey/native/sessions/revocation_store.h"
#include "latchkey/role.h"
#include "log.h"
#include "roles_file.h"
#include "server_config.h"
#include "server_record.h"

namespace latchkey::app {
namespace {

/** 120 bits, 20 characters. */
constexpr std::size_t password_bytes = 15;

/** The roles of the configured store; one that is yet to be made begins with those of the preset. */
result<std::vector<role_definition>> find_defined_roles(const settings& all) {
  auto opened = open_existing_stores(all);
  if (opened) return opened->roles->role_definitions();
  if (opened.error().code == errc::not_found) return configured_roles(all.roles);
  return fail(std::move(opened));
}

/** An account, and the stores it is in. */
struct found_account {
  stores opened;
  std::shared_ptr<const native::account> subject;
  [[nodiscard]] std::string email() const { return subject->person.email.value_or(""); }
};

result<found_account> find_account(const user_options& options) {
  const auto email = native::normalize_email(options.email);
  if (!email) return tl::unexpected<error>(email.error());
  auto opened = open_existing_stores(options.all);
  if (!opened) return fail(std::move(opened));
  auto found = opened->accounts->find_by_email(*email);
  if (!found) return fail(std::move(found));
  if (*found == nullptr) return fail(errc::not_found, "There is no account " + *email + ".", "email");
  return found_account{std::move(*opened), std::move(*found)};
}

/** The same for what ends sessions: first of all it has to be known where they are. */
result<found_account> find_account_with_sessions(const user_options& options) {
  auto found = find_account(options);
  if (!found) return found;
  if (auto checked = check_sessions_place(*found->opened.database, options.all); !checked) {
    return fail(std::move(checked));
  }
  return found;
}

/** The manager's refusal in the words of the command line. */
error to_role_failure(const native::account& subject, error failed) {
  if (failed.code == errc::last_owner) {
    failed.message = subject.person.email.value_or("This account") +
                     " is the only owner; make another one first: latchkey user role EMAIL owner.";
  }
  return failed;
}

/**
 * Sign-up proves no address: a stranger may have made the account that the operator means for somebody else. Only a role
 * that holds everything is asked about, and not for an account that holds everything already.
 */
result<void> check_self_made(const user_options& options, const found_account& found) {
  const auto& subject = *found.subject;
  if (options.is_even_self_made || native::is_proven(subject)) return {};
  const auto roles = found.opened.roles->role_definitions();
  if (!roles) return tl::unexpected<error>(roles.error());
  const auto holds_all = [&](const std::string& role) { return role_covers(role, *roles, "*", options.all.mapping); };
  if (std::none_of(options.roles.begin(), options.roles.end(), holds_all)) return {};
  if (std::any_of(subject.roles.begin(), subject.roles.end(), holds_all)) return {};
  const std::string email = found.email();
  const std::string how = subject.origin == native::account_origin::sign_up
                              ? " signed itself up, and sign-up proves no address: a stranger may hold it"
                              : " was made by another program or an older version: who holds it is not known";
  return fail(errc::forbidden,
              email + how + ". Take it over with `latchkey user password " + email +
                  "`, which ends its sessions, or repeat the command with --even-self-made if you know whose it is. "
                  "Nothing was changed.",
              "role");
}

/** Puts the change on record and makes it; what is refused leaves no record of a success. */
result<void> give_roles(const stores& opened, const native::account& subject, const std::vector<std::string>& roles) {
  const std::string& id = subject.person.id;
  if (auto checked = opened.roles->check_roles(id, roles); !checked) {
    return tl::unexpected<error>(to_role_failure(subject, checked.error()));
  }
  if (auto logged = record(opened, "role.assign", subject, roles_metadata(roles)); !logged) return logged;
  const auto set = opened.roles->set_roles(id, roles);
  if (set) return {};
  const auto logged = record(opened, "role.assign", subject, roles_metadata(roles), audit_outcome::failure);
  if (!logged) report_failure(logged.error());
  return tl::unexpected<error>(to_role_failure(subject, set.error()));
}

/** Sessions in the memory of a server are known to it alone. */
bool are_sessions_in_reach(const user_options& options) { return options.all.session.kind != session_kind::memory; }

result<std::shared_ptr<native::revocation_store>> reach_sessions(const user_options& options, const stores& opened) {
  if (are_sessions_in_reach(options)) return open_revocations(opened);
  return fail(errc::not_configured,
              "With session.provider = memory only the server knows its sessions; a restart ends them all.",
              "session.provider");
}

result<void> end_sessions(const user_options& options, const found_account& found) {
  auto sessions = reach_sessions(options, found.opened);
  if (!sessions) return fail(std::move(sessions));
  return (*sessions)->revoke_user(found.subject->person.id, native::system_clock_ms());
}

/** Puts the change on record, makes it, and ends the sessions that were opened with the old password. */
result<void> change_password(const user_options& options, const found_account& found, const std::string& password) {
  native::credentials_options settings = make_password_rules(options.all);
  if (are_sessions_in_reach(options)) {
    settings.end_sessions = [&](std::string_view) { return end_sessions(options, found); };
  }
  const std::string name = found.subject->person.name.value_or("");
  if (auto checked = native::check_password(password, settings.policy, {found.email(), name}); !checked) return checked;
  auto credentials = native::credentials_service::make(found.opened.accounts, std::move(settings));
  if (!credentials) return fail(std::move(credentials));
  if (auto logged = record(found.opened, "user.password", *found.subject, {}); !logged) return logged;
  const std::string& id = found.subject->person.id;
  if (auto done = (*credentials)->set_password(id, password); !done) return done;
  // Whoever made the account has neither the password nor a session any more; in a server's memory one may live on.
  if (!are_sessions_in_reach(options)) return {};
  return found.opened.accounts->set_origin(id, native::account_origin::by_operator);
}

std::string to_line(const native::listed_session& session) {
  const auto text = [](const std::string& value) { return value.empty() ? std::string("-") : to_one_line(value); };
  return session.handle + "\t" + to_iso_time(session.created_at_ms) + "\t" + to_iso_time(session.expires_at_ms) + "\t" +
         text(session.ip) + "\t" + text(session.user_agent) + "\n";
}

}  // namespace

result<void> check_roles(const settings& all, const std::vector<std::string>& roles) {
  if (roles.empty()) return {};
  const auto defined = find_defined_roles(all);
  if (!defined) return tl::unexpected<error>(defined.error());
  for (const auto& role : roles) {
    if (find_role(*defined, role) != nullptr) continue;
    std::string known;
    for (const auto& definition : *defined) known += (known.empty() ? "" : ", ") + definition.id;
    return fail(errc::configuration_invalid, "There is no role \"" + role + "\"; there are " + known + ".", "role");
  }
  return {};
}

result<void> record(const stores& opened, std::string_view what, const native::account& subject, json_value metadata,
                    audit_outcome outcome) {
  audit_event event;
  event.actor = {audit_actor_type::system, "cli", {}, {}, {}};
  event.action = std::string(what);
  event.resource = audit_resource{"user", subject.person.id, subject.person.email.value_or("")};
  event.metadata = std::move(metadata);
  event.outcome = outcome;
  return opened.audit->log(event);
}

json_value roles_metadata(const std::vector<std::string>& roles) {
  return json_object{{"roles", json_array(roles.begin(), roles.end())}};
}

std::string join(const std::vector<std::string>& texts) {
  std::string joined;
  for (const auto& text : texts) joined += (joined.empty() ? "" : ", ") + text;
  return joined;
}

result<std::string> password_for(const user_options& options) {
  if (!options.is_password_on_stdin) return native::random_id(password_bytes);
  std::string line;
  if (!std::getline(std::cin, line))
    return fail(errc::configuration_invalid, "There is no password on standard input.");
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

int set_role(const user_options& options) {
  if (auto checked = check_roles(options.all, options.roles); !checked) return report_failure(checked.error());
  const auto found = find_account(options);
  if (!found) return report_failure(found.error());
  if (auto checked = check_self_made(options, *found); !checked) return report_failure(checked.error());
  auto given = give_roles(found->opened, *found->subject, options.roles);
  if (!given) return report_failure(given.error());
  const std::string told = found->email() + " is " + join(options.roles);
  const auto shown = print(told + "\n");
  return shown ? exit_done : report_failure({errc::unavailable, shown.error().message + " " + told + ".", {}});
}

int set_password(const user_options& options) {
  const auto password = password_for(options);
  if (!password) return report_failure(password.error());
  const auto found = find_account_with_sessions(options);
  if (!found) return report_failure(found.error());
  const std::string email = found->email();
  if (!options.is_password_on_stdin) {
    if (const auto shown = print("changing the password of " + email + "\n"); !shown) {
      return report_failure({errc::unavailable, shown.error().message + " No password was changed.", {}});
    }
  }
  if (auto changed = change_password(options, *found, *password); !changed) return report_failure(changed.error());
  const std::string password_line = options.is_password_on_stdin ? "" : "password: " + *password + "\n";
  const std::string ended = are_sessions_in_reach(options) ? " and ended all sessions\n"
                                                           : "; restart the server to end the sessions in its memory\n";
  const auto shown = print("changed the password of " + email + ended + password_line);
  if (shown) return exit_done;
  return report_failure({errc::unavailable, shown.error().message + " The password of " + email + " is changed.", {}});
}

int disable_user(const user_options& options) {
  const auto found = find_account_with_sessions(options);
  if (!found) return report_failure(found.error());
  const auto& [opened, subject] = *found;
  const std::string& id = subject->person.id;
  if (auto checked = opened.roles->check_disable(id); !checked) {
    return report_failure(to_role_failure(*subject, checked.error()));
  }
  if (auto logged = record(opened, "user.disable", *subject, {}); !logged) return report_failure(logged.error());
  if (auto disabled = opened.roles->disable(id); !disabled) {
    const auto logged = record(opened, "user.disable", *subject, {}, audit_outcome::failure);
    if (!logged) report_failure(logged.error());
    return report_failure(to_role_failure(*subject, disabled.error()));
  }
  // Nobody who is disabled gets in with an old session; ending them keeps it so when the account is enabled again.
  const bool is_in_reach = are_sessions_in_reach(options);
  auto ended = is_in_reach ? end_sessions(options, *found) : result<void>();
  if (!ended) {
    return report_failure({ended.error().code,
                           found->email() + " is disabled, but the sessions could not be ended: " +
                               ended.error().message + "; run the same command again.",
                           {}});
  }
  const auto shown =
      print("disabled " + found->email() +
            (is_in_reach ? " and ended all sessions\n"
                         : "; restart the server before enabling it, to end the sessions in its memory\n"));
  return shown ? exit_done : report_failure(shown.error());
}

int enable_user(const user_options& options) {
  const auto found = find_account(options);
  if (!found) return report_failure(found.error());
  const auto& [opened, subject] = *found;
  if (auto logged = record(opened, "user.enable", *subject, {}); !logged) return report_failure(logged.error());
  if (auto enabled = opened.accounts->set_disabled(subject->person.id, false); !enabled) {
    return report_failure(enabled.error());
  }
  const auto shown = print("enabled " + found->email() + "\n");
  return shown ? exit_done : report_failure(shown.error());
}

int show_sessions(const user_options& options) {
  const auto found = find_account_with_sessions(options);
  if (!found) return report_failure(found.error());
  const auto& [opened, subject] = *found;
  auto sessions = reach_sessions(options, opened);
  if (!sessions) return report_failure(sessions.error());
  const auto listed = (*sessions)->list(subject->person.id, nullptr, native::system_clock_ms());
  if (!listed) return report_failure(listed.error());
  std::string text;
  for (const auto& one : *listed) text += to_line(one);
  if (options.ends_sessions) {
    if (auto logged = record(opened, "user.sessions_end", *subject, {}); !logged) return report_failure(logged.error());
    if (auto ended = end_sessions(options, *found); !ended) return report_failure(ended.error());
    text = "ended all sessions of " + found->email() + "\n";
  }
  const auto shown = print(text);
  return shown ? exit_done : report_failure(shown.error());
}

}  // namespace latchkey::app
