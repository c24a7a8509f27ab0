// SPDX-License-Identifier: Apache-2.0
#include "settings_arguments.h"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <utility>

#include "environment.h"
#include "setting_options.h"
#include "setting_value.h"

namespace latchkey::app {
namespace {

const setting_option& option_of(const std::string& key) {
  const auto options = option_table();
  return *std::find_if(options.begin(), options.end(), [&](const auto& one) { return one.key == key; });
}

/** The help with the variable that sets the same. */
std::string describe(const std::string& key, const std::string& help) {
  return help + " (Env:" + std::string(option_of(key).variable) + ")";
}

/** The value that holds when nobody sets the option, as the documentation file has it. */
std::string default_of(const std::string& key) {
  const settings all;
  if (key == "server.host") return all.server.host;
  if (key == "server.port") return std::to_string(all.server.port);
  if (key == "server.data") return all.server.data;
  return {};
}

}  // namespace

log_format log_format_of(const std::string& path) {
  std::vector<given_setting> given;
  if (auto read = path.empty() ? result<std::vector<given_setting>>() : read_settings_file(path))
    given = std::move(*read);
  for (auto& one : read_settings_environment()) given.push_back(std::move(one));
  std::erase_if(given, [](const auto& one) { return one.section != "log" || one.name != "format"; });
  const auto known = apply_settings(given);
  return known ? known->log.format : log_format::text;
}

void settings_arguments::give(const std::string& key, setting_value value, const std::string& place) {
  const auto dot = key.find('.');
  given_.push_back({key.substr(0, dot), key.substr(dot + 1), std::move(value), place});
}

void settings_arguments::add_common(CLI::App& command) {
  const auto take = [this](const std::string& file) { file_ = file; };
  command.add_option_function<std::string>("--config", take,
                                           "File with the configuration, such as latchkey.toml (Env:LATCHKEY_CONFIG)");
  add_text(command, "--data", "server.data", "Folder of the database and, with --dev, the secret");
}

result<settings> settings_arguments::load() const {
  if (file_ && file_->empty()) {
    return fail(errc::configuration_invalid, "--config is empty: name a file, or leave it out.", "config");
  }
  return load_settings(file_.value_or(""), given_);
}

std::string settings_arguments::file() const { return file_.value_or(variable("LATCHKEY_CONFIG").value_or("")); }

log_format settings_arguments::find_log_format() const { return log_format_of(file()); }

void settings_arguments::add_text(CLI::App& command, const std::string& name, const std::string& key,
                                  const std::string& help) {
  const auto take = [this, key, name](const std::string& text) { give(key, text, name); };
  command.add_option_function<std::string>(name, take, describe(key, help))->default_str(default_of(key));
}

void settings_arguments::add_list(CLI::App& command, const std::string& name, const std::string& key,
                                  const std::string& help) {
  const auto take = [this, key, name](const std::vector<std::string>& texts) { give(key, texts, name); };
  command.add_option_function<std::vector<std::string>>(name, take, describe(key, help))
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void settings_arguments::add_flag(CLI::App& command, const std::string& name, const std::string& key, bool value,
                                  const std::string& help) {
  const auto take = [this, key, name, value](std::int64_t) { give(key, value, name); };
  command.add_flag_function(name, take, describe(key, help));
}

void add_serve_arguments(CLI::App& command, settings_arguments& arguments) {
  arguments.add_common(command);
  arguments.add_text(command, "--host", "server.host", "Name or address to listen on");
  arguments.add_text(command, "--port", "server.port", "Port to listen on; 0 takes a free one");
  arguments.add_text(command, "--studio", "server.studio", "Folder of a built studio to serve at /");
  arguments.add_list(command, "--studio-page", "server.studio_pages",
                     "A path of the studio that shows its index.html, such as /settings or /agents/*");
  arguments.add_list(command, "--trust-origin", "server.trusted_origins",
                     "Another origin that may call with credentials; repeatable");
  arguments.add_flag(command, "--dev", "server.development", true,
                     "Development: this machine only, no license, a secret of its own, the first account is owner");
  arguments.add_flag(command, "--demo", "server.demo", true,
                     "Mounts the demo studio with agents and workflows in memory");
  arguments.add_flag(command, "--no-sign-up", "credentials.sign_up", false,
                     "Closes public sign-up: operators alone add accounts");
  arguments.add_flag(command, "--privileged-default-role", "roles.privileged_default", true,
                     "Lets public sign-up give a role that reads the audit log");
}

}  // namespace latchkey::app
