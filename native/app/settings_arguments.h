// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_SETTINGS_ARGUMENTS_H_
#define LATCHKEY_NATIVE_APP_SETTINGS_ARGUMENTS_H_

/** Options of the configuration that a command also takes on its command line, where they count most. */

#include <CLI/App.hpp>
#include <optional>
#include <string>
#include <vector>

#include "settings.h"

namespace latchkey::app {

/** Collects what was typed. Lives as long as the command line that it was added to. */
class settings_arguments {
 public:
  /** `--config` and `--data`, which every command has. */
  void add_common(CLI::App& command);
  /** `--name TEXT` for an option of the table, such as `server.host`. */
  void add_text(CLI::App& command, const std::string& name, const std::string& key, const std::string& help);
  /** The same, repeatable: each use adds an entry. */
  void add_list(CLI::App& command, const std::string& name, const std::string& key, const std::string& help);
  /** A flag that sets the option to `value`. */
  void add_flag(CLI::App& command, const std::string& name, const std::string& key, bool value,
                const std::string& help);

  /** The whole configuration; see `load_settings`. */
  [[nodiscard]] result<settings> load() const;
  /** The file that is read; empty without one. */
  [[nodiscard]] std::string file() const;
  /** The form of the log, as far as it can be known before anything else is: a mistake elsewhere is logged in it. */
  [[nodiscard]] log_format find_log_format() const;

 private:
  void give(const std::string& key, setting_value value, const std::string& place);

  std::optional<std::string> file_;
  std::vector<given_setting> given_;
};

/** The form of the log by this file, which may be missing or broken, and the environment. */
[[nodiscard]] log_format log_format_of(const std::string& path);

/** The options of `serve`, which `doctor` takes as well. */
void add_serve_arguments(CLI::App& command, settings_arguments& arguments);

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_SETTINGS_ARGUMENTS_H_
