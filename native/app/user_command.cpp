// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "commands.h"
#include "composition.h"
#include "environment.h"
#include "latchkey/native/credentials/email_address.h"
#include "log.h"
#include "server_config.h"
#include "settings_arguments.h"
#include "user_changes.h"

namespace latchkey::app {
namespace {

/** The default role, as for those who sign up, when none is named. */
std::vector<std::string> roles_of(const user_options& options) {
  const std::string& usual = options.all.roles.default_role;
  return options.roles.empty() && !usual.empty() ? std::vector{usual} : options.roles;
}

int add_user(const user_options& options) {
  const std::vector<std::string> roles = roles_of(options);
  if (auto checked = check_roles(options.all, roles); !checked) return report_failure(checked.error());
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
  const auto credentials = native::credentials_service::make(opened->accounts, make_password_rules(options.all));
  if (!credentials) return report_failure(credentials.error());
  const auto added = (*credentials)->add_account(options.email, *password, options.name, roles);
  if (!added) return report_failure(added.error());
  // Printed before anything else can fail: the account exists, and nobody else knows its password.
  const std::string password_line = options.is_password_on_stdin ? "" : "password: " + *password + "\n";
  const std::string made = opened->new_file.empty() ? "" : "made a new database in " + opened->new_file + "\n";
  const std::string given = added->roles.empty() ? "no role" : join(added->roles);
  const auto shown = print(made + "added " + *email + " (" + given + ")\n" + password_line);
  if (!shown) {
    const std::string lost = password_line.empty()
                                 ? "."
                                 : ", but its password could not be shown: `latchkey user password` sets another one.";
    report_failure({errc::unavailable, shown.error().message + " The account " + *email + " exists" + lost, {}});
  }
  const auto logged = record(*opened, "user.create", *added, roles_metadata(added->roles));
  if (!logged) return report_failure(logged.error());
  return shown ? exit_done : exit_failed;
}

/** As many accounts as are read at once. */
constexpr std::int64_t page = 500;

/** Another program may have written the address and the id. */
std::string to_line(const native::account& entry) {
  return to_one_line(entry.person.email.value_or("-")) + "\t" +
         (entry.roles.empty() ? "-" : to_one_line(join(entry.roles))) + "\t" +
         (entry.is_disabled ? "disabled" : "active") + "\t" + to_one_line(entry.person.id) + "\t" +
         std::string(native::to_string(entry.origin)) + "\n";
}

int list_users(const user_options& options) {
  const auto opened = open_existing_stores(options.all);
  if (!opened) return report_failure(opened.error());
  for (std::int64_t offset = 0;; offset += page) {
    const auto accounts = opened->accounts->list(page, offset);
    if (!accounts) return report_failure(accounts.error());
    std::string lines;
    for (const auto& entry : *accounts) {
      lines += to_line(entry);
    }
    if (const auto shown = print(lines); !shown) return report_failure(shown.error());
    if (static_cast<std::int64_t>(accounts->size()) < page) return exit_done;
  }
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
  CLI::App* user =
      root.add_subcommand("user", "Adds, lists and disables accounts, gives roles and passwords, ends sessions");
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

  CLI::App* list =
      user->add_subcommand("list",
                           "Lists e-mail, roles, state, id and origin (operator, sign-up, set-up code, or - when "
                           "it is not known), separated by tabs");
  choose(list, options, chosen, list_users);

  CLI::App* role = user->add_subcommand("role", "Replaces the roles of an account by one");
  role->add_option("email", options->email, "E-mail address")->required();
  role->add_option("role", options->roles, "A role that is defined, such as owner, admin, developer, member or viewer")
      ->required()
      ->expected(1);
  role->add_flag("--even-self-made", options->is_even_self_made,
                 "Gives a role that holds everything to an account that signed itself up: sign-up proves no address");
  choose(role, options, chosen, set_role);

  CLI::App* password = user->add_subcommand(
      "password",
      "Sets a password and ends all sessions but those in a server's memory; prints a fresh one unless one is given");
  password->add_option("email", options->email, "E-mail address")->required();
  password->add_flag("--password-stdin", options->is_password_on_stdin,
                     "Reads the password from the first line of standard input");
  choose(password, options, chosen, set_password);

  CLI::App* disable = user->add_subcommand("disable", "Keeps an account from signing in, and ends its sessions");
  disable->add_option("email", options->email, "E-mail address")->required();
  choose(disable, options, chosen, disable_user);

  CLI::App* enable = user->add_subcommand("enable", "Lets a disabled account sign in again; its sessions stay ended");
  enable->add_option("email", options->email, "E-mail address")->required();
  choose(enable, options, chosen, enable_user);

  CLI::App* sessions = user->add_subcommand(
      "sessions", "Lists the sessions of an account: handle, begin, end, address and browser, separated by tabs");
  sessions->add_option("email", options->email, "E-mail address")->required();
  sessions->add_flag("--end", options->ends_sessions, "Ends them all instead");
  choose(sessions, options, chosen, show_sessions);
}

}  // namespace latchkey::app
