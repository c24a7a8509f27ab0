// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <csignal>
#include <exception>

#include "commands.h"
#include "environment.h"

namespace {

constexpr const char* footer =
    "Options that show (Env:...) may also be set as that environment variable.\n"
    "Exit status: 0 done, 1 failed, 2 wrong usage.";

int run(int argc, char** argv) {
  CLI::App root{"Latchkey: studio authentication and authorization with one set of rules", "latchkey"};
  root.set_version_flag("--version", "latchkey " LATCHKEY_VERSION);
  root.footer(footer);
  root.require_subcommand(1);
  latchkey::app::action chosen;
  latchkey::app::add_serve_command(root, chosen);
  latchkey::app::add_user_command(root, chosen);
  try {
    root.parse(argc, argv);
  } catch (const CLI::ParseError& stopped) {
    if (root.exit(stopped) != 0) return latchkey::app::exit_usage;
    const auto shown = latchkey::app::print("");
    return shown ? latchkey::app::exit_done : latchkey::app::report_failure(shown.error());
  }
  return chosen();
}

}  // namespace

int main(int argc, char** argv) {
  // A reader of our output that goes away is no reason to go down.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return run(argc, argv);
  } catch (const std::exception& thrown) {
    latchkey::app::log_line(std::string("latchkey: ") + thrown.what());
    return latchkey::app::exit_failed;
  }
}
