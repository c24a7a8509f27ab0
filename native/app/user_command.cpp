// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <iostream>
#include <memory>

#include "commands.h"
#include "composition.h"
#include "environment.h"
#include "latchkey/native/credentials/email_address.h"
#include "latchkey/native/credentials/password_policy.h"
#include "latchkey/native/crypto/random.h"
#include "latchkey/native/sessions/revocation_store.h"
#include "latchkey/role.h"
#include "settings_arguments.h"

namespace latchkey::app {
namespace {

/** 120 bits, 20 characters. */
constexpr std::size_t password_bytes = 15;

struct user_options {
  settings all;
  std::string email;
  std::string name;
  std::vector<std::string> roles;
  bool is_password_on_stdin = false;
};

/** The roles of the configured store; one that is yet to be made begins with those of the preset. */
result<std::vector<role_definition>> find_defined_roles(const settings& all) {
  auto opened = open_existing_stores(all);
  if (opened) return opened->roles->role_definitions();
  if (opened.error().code == errc::not_found) return default_roles(all.roles.preset);
  return fail(std::move(opened));
}

result<void> check_roles(const user_options& options) {
  if (options.roles.empty()) return {};
  const auto defined = find_defined_roles(options.all);
  if (!defined) return tl::unexpected<error>(defined.error());
  for (const auto& role : options.roles) {
    if (find_role(*defined, role) != nullptr) continue;
    std::string known;
    for (const auto& definition : *defined) known += (known.empty() ? "" : ", ") + definition.id;
    return fail(errc::configuration_invalid, "There is no role \"" + role + "\"; there are " + known + ".", "role");
  }
  return {};
}

/** Puts on record what an operator did; an action that isn't on record must not have been done silently. */
result<void> record(const stores& opened, std::string_view action, const native::account& subject, json_value metadata,
                    audit_outcome outcome = audit_outcome::success) {
  audit_event event;
  event.actor = {audit_actor_type::system, "cli", {}, {}, {}};
  event.action = std::string(action);
  event.resource = audit_resource{"user", subject.person.id, subject.person.email.value_or("")};
  event.metadata = std::move(metadata);
  event.outcome = outcome;
  return opened.audit->log(event);
}

json_value to_json(const std::vector<std::string>& roles) {
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

int add_user(const user_options& options) {
  if (auto checked = check_roles(options); !checked) return report_failure(checked.error());
  const auto email = native::normalize_email(options.email);
  if (!email) return report_failure(email.error());
  const auto password = password_for(options);
  if (!password) return report_failure(password.error());
  // Nobody else knows a generated password: whether it can be shown is found out before there is an account.
  if (!options.is_password_on_stdin) {
    if (const auto shown = print("adding " + *email + "\n"); !shown) {
      return report_failure({errc::unavailable, shown.error().message + " No account was made.", {}});
    }
  }
  const auto opened = open_stores(options.all);
  if (!opened) return report_failure(opened.error());
  const auto credentials = native::credentials_service::make(opened->accounts, {});
  if (!credentials) return report_failure(credentials.error());
  const auto added = (*credentials)->add_account(options.email, *password, options.name, options.roles);
  if (!added) return report_failure(added.error());
  // Printed before anything else can fail: the account exists, and nobody else knows its password.
  const std::string password_line = options.is_password_on_stdin ? "" : "password: " + *password + "\n";
  const auto shown = print("added " + *email + " (" + join(added->roles) + ")\n" + password_line);
  if (!shown) {
    const std::string lost = password_line.empty()
                                 ? "."
                                 : ", but its password could not be shown: `latchkey user password` sets another one.";
    report_failure({errc::unavailable, shown.error().message + " The account " + *email + " exists" + lost, {}});
  }
  const auto logged = record(*opened, "user.create", *added, to_json(added->roles));
  if (!logged) return report_failure(logged.error());
  return shown ? exit_done : exit_failed;
}

/** As many accounts as are read at once. */
constexpr std::int64_t page = 500;

int list_users(const user_options& options) {
  const auto opened = open_existing_stores(options.all);
  if (!opened) return report_failure(opened.error());
  for (std::int64_t offset = 0;; offset += page) {
    const auto accounts = opened->accounts->list(page, offset);
    if (!accounts) return report_failure(accounts.error());
    std::string lines;
    for (const auto& entry : *accounts) {
      lines += entry.person.email.value_or("-") + "\t" + (entry.roles.empty() ? "-" : join(entry.roles)) + "\t" +
               (entry.is_disabled ? "disabled" : "active") + "\t" + entry.person.id + "\n";
    }
    if (const auto shown = print(lines); !shown) return report_failure(shown.error());
    if (static_cast<std::int64_t>(accounts->size()) < page) return exit_done;
  }
}

result<std::shared_ptr<const native::account>> find_account(const stores& opened, const std::string& email) {
  auto found = opened.accounts->find_by_email(email);
  if (found && *found == nullptr) return fail(errc::not_found, "There is no account " + email + ".", "email");
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

/** Puts the change on record and makes it; what is refused leaves no record of a success. */
result<void> give_roles(const stores& opened, const native::account& subject, const std::vector<std::string>& roles) {
  const std::string& id = subject.person.id;
  if (auto checked = opened.roles->check_roles(id, roles); !checked) {
    return tl::unexpected<error>(to_role_failure(subject, checked.error()));
  }
  if (auto logged = record(opened, "role.assign", subject, to_json(roles)); !logged) return logged;
  const auto set = opened.roles->set_roles(id, roles);
  if (set) return {};
  const auto logged = record(opened, "role.assign", subject, to_json(roles), audit_outcome::failure);
  if (!logged) report_failure(logged.error());
  return tl::unexpected<error>(to_role_failure(subject, set.error()));
}

int set_role(const user_options& options) {
  if (auto checked = check_roles(options); !checked) return report_failure(checked.error());
  const auto email = native::normalize_email(options.email);
  if (!email) return report_failure(email.error());
  const auto opened = open_existing_stores(options.all);
  if (!opened) return report_failure(opened.error());
  const auto found = find_account(*opened, *email);
  if (!found) return report_failure(found.error());
  if (auto given = give_roles(*opened, **found, options.roles); !given) return report_failure(given.error());
  const auto shown = print(*email + " is " + join(options.roles) + "\n");
  if (shown) return exit_done;
  return report_failure(
      {errc::unavailable, shown.error().message + " " + *email + " is " + join(options.roles) + ".", {}});
}

/** Puts the change on record, makes it, and ends the sessions that were opened with the old password. */
result<void> change_password(const stores& opened, const native::account& subject, const std::string& password) {
  auto revocations = open_revocations(opened);
  if (!revocations) return fail(std::move(revocations));
  native::credentials_options settings;
  settings.end_sessions = [ending = *revocations](std::string_view user_id) {
    return ending->revoke_user(user_id, native::system_clock_ms());
  };
  const std::string email = subject.person.email.value_or("");
  const std::string name = subject.person.name.value_or("");
  if (auto checked = native::check_password(password, settings.policy, {email, name}); !checked) return checked;
  auto credentials = native::credentials_service::make(opened.accounts, std::move(settings));
  if (!credentials) return fail(std::move(credentials));
  if (auto logged = record(opened, "user.password", subject, {}); !logged) return logged;
  return (*credentials)->set_password(subject.person.id, password);
}

int set_password(const user_options& options) {
  const auto email = native::normalize_email(options.email);
  if (!email) return report_failure(email.error());
  const auto password = password_for(options);
  if (!password) return report_failure(password.error());
  const auto opened = open_existing_stores(options.all);
  if (!opened) return report_failure(opened.error());
  const auto found = find_account(*opened, *email);
  if (!found) return report_failure(found.error());
  if (!options.is_password_on_stdin) {
    if (const auto shown = print("changing the password of " + *email + "\n"); !shown) {
      return report_failure({errc::unavailable, shown.error().message + " No password was changed.", {}});
    }
  }
  if (auto changed = change_password(*opened, **found, *password); !changed) return report_failure(changed.error());
  const std::string password_line = options.is_password_on_stdin ? "" : "password: " + *password + "\n";
  const auto shown = print("changed the password of " + *email + " and ended all sessions\n" + password_line);
  if (shown) return exit_done;
  return report_failure({errc::unavailable, shown.error().message + " The password of " + *email + " is changed.", {}});
}

void choose(CLI::App* command, const std::shared_ptr<user_options>& options, action& chosen,
            int (*run)(const user_options&)) {
  auto arguments = std::make_shared<settings_arguments>();
  arguments->add_common(*command);
  command->callback([arguments, options, &chosen, run] {
    chosen = [arguments, options, run] {
      auto all = arguments->load();
      if (!all) return report_usage(all.error(), "user");
      options->all = std::move(*all);
      return run(*options);
    };
  });
}

}  // namespace

void add_user_command(CLI::App& root, action& chosen) {
  auto options = std::make_shared<user_options>();
  CLI::App* user = root.add_subcommand("user", "Adds and lists accounts, gives roles and passwords");
  user->require_subcommand(1);

  CLI::App* add = user->add_subcommand("add", "Adds an account; prints a fresh password unless one is given");
  add->add_option("email", options->email, "E-mail address")->required();
  add->add_option("--name", options->name, "Name of the person");
  add->add_option("--role", options->roles, "A role; repeatable. Without one the account has the default role")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  add->add_flag("--password-stdin", options->is_password_on_stdin,
                "Reads the password from the first line of standard input");
  choose(add, options, chosen, add_user);

  CLI::App* list = user->add_subcommand("list", "Lists e-mail, roles, state and id, separated by tabs");
  choose(list, options, chosen, list_users);

  CLI::App* role = user->add_subcommand("role", "Replaces the roles of an account by one");
  role->add_option("email", options->email, "E-mail address")->required();
  role->add_option("role", options->roles, "A role that is defined, such as owner, admin, developer, member or viewer")
      ->required()
      ->expected(1);
  choose(role, options, chosen, set_role);

  CLI::App* password =
      user->add_subcommand("password", "Sets a password and ends all sessions; prints a fresh one unless one is given");
  password->add_option("email", options->email, "E-mail address")->required();
  password->add_flag("--password-stdin", options->is_password_on_stdin,
                     "Reads the password from the first line of standard input");
  choose(password, options, chosen, set_password);
}

}  // namespace latchkey::app
