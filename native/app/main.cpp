// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <csignal>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "commands.h"
#include "environment.h"
#include "latchkey/version.h"
#include "log.h"
#include "process_memory.h"
#include "settings_arguments.h"

namespace {

constexpr const char* footer =
    "Options that show (Env:...) may also be set as that environment variable.\n"
    "Exit status: 0 done, 1 failed (trying again may help), 2 wrong usage or configuration (it stays wrong until it "
    "is\n"
    "mended: RestartPreventExitStatus=2 in a systemd unit).";

std::string join(const std::vector<std::string>& texts, const std::string& between) {
  std::string joined;
  for (const auto& text : texts) joined += (joined.empty() ? "" : between) + text;
  return joined;
}

std::vector<std::string> commands_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

/** The commands as they were typed, as far as they are known: `latchkey`, `user`, `add`. */
std::vector<const CLI::App*> typed_commands(const CLI::App& root) {
  std::vector<const CLI::App*> typed{&root};
  while (!typed.back()->get_subcommands().empty()) typed.push_back(typed.back()->get_subcommands().front());
  return typed;
}

/** What is wrong with the command line, in a sentence that names what would be right. */
std::string explain(const CLI::App& root, const CLI::ParseError& stopped) {
  for (const CLI::App* app : typed_commands(root)) {
    if (app->get_require_subcommand_min() == 0) continue;
    const auto stray = app->remaining();
    const bool is_command = !stray.empty() && !stray.front().starts_with('-');
    if (is_command)
      return "There is no command \"" + stray.front() + "\"; there are " + join(commands_of(*app), ", ") + ".";
    if (stray.empty() && app->get_subcommands().empty()) {
      return "A command is needed: " + join(commands_of(*app), " or ") + ".";
    }
  }
  // The library itself lists them from the last to the first.
  const auto stray = root.remaining(true);
  if (!stray.empty()) return "Not expected: " + join(stray, " ");
  return stopped.what();
}

int report_usage(const CLI::App& root, const CLI::ParseError& stopped) {
  std::string names;
  for (const CLI::App* app : typed_commands(root)) {
    if (app != &root) names += (names.empty() ? "" : " ") + app->get_name();
  }
  return latchkey::app::report_usage({latchkey::errc::configuration_invalid, explain(root, stopped), {}}, names);
}

/** The arguments from the last to the first, as the parser takes them. `help serve` is `serve --help`. */
std::vector<std::string> read_arguments(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  if (!arguments.empty() && arguments.front() == "help") {
    arguments.erase(arguments.begin());
    arguments.emplace_back("--help");
  }
  return {arguments.rbegin(), arguments.rend()};
}

/** The file that --config names, before the arguments are known to be right; otherwise that of the environment. */
std::string config_of(int argc, char** argv) {
  constexpr std::string_view name = "--config";
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == name && i + 1 < argc) return argv[i + 1];
    if (argument.starts_with(name) && argument.substr(name.size()).starts_with('=')) {
      return std::string(argument.substr(name.size() + 1));
    }
  }
  return latchkey::app::variable("LATCHKEY_CONFIG").value_or("");
}

int run(int argc, char** argv) {
  CLI::App root{"Latchkey: studio authentication and authorization with one set of rules", "latchkey"};
  const std::string commit = LATCHKEY_COMMIT;
  root.set_version_flag("--version", "latchkey " LATCHKEY_VERSION + (commit.empty() ? "" : "\ncommit " + commit));
  root.footer(footer);
  root.require_subcommand(1);
  latchkey::app::action chosen;
  latchkey::app::add_serve_command(root, chosen);
  latchkey::app::add_user_command(root, chosen);
  latchkey::app::add_key_command(root, chosen);
  latchkey::app::add_license_command(root, chosen);
  latchkey::app::add_doctor_command(root, chosen);
  // What a server says goes to a log; of the other commands people read it.
  const bool is_server = argc > 1 && std::string_view(argv[1]) == "serve";
  if (is_server) latchkey::app::use_log_format(latchkey::app::log_format_of(config_of(argc, argv)));
  try {
    root.parse(read_arguments(argc, argv));
  } catch (const CLI::ParseError& stopped) {
    if (stopped.get_exit_code() != 0) return report_usage(root, stopped);
    root.exit(stopped);
    const auto shown = latchkey::app::print("");
    return shown ? latchkey::app::exit_done : latchkey::app::report_failure(shown.error());
  }
  if (const auto known = latchkey::app::check_environment(); !known) {
    return latchkey::app::report_usage(known.error(), root.get_subcommands().front()->get_name());
  }
  return chosen();
}

}  // namespace

int main(int argc, char** argv) {
  latchkey::app::keep_memory_private();
  // A reader of our output that goes away is no reason to go down.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return run(argc, argv);
  } catch (const std::exception& thrown) {
    return latchkey::app::report_failure({latchkey::errc::internal, thrown.what(), {}});
  }
}
