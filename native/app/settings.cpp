// SPDX-License-Identifier: Apache-2.0
#include "settings.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "setting_options.h"
#include "setting_value.h"

namespace latchkey::app {
namespace {

constexpr std::string_view mapping_section = "role_mapping";

/** Those of this project's tests and tools: whoever works on it has them set while a server runs. */
constexpr std::array<std::string_view, 10> tool_variables{
    "LATCHKEY_BENCH_SECONDS", "LATCHKEY_BIN",         "LATCHKEY_BIN_DIR",       "LATCHKEY_CORPORA",
    "LATCHKEY_NOTES",         "LATCHKEY_PROOF_SEED",  "LATCHKEY_PROOF_WORKERS", "LATCHKEY_RACE_ROUNDS",
    "LATCHKEY_RESET_TRIES",   "LATCHKEY_SLOW_CLIENTS"};

std::string key_of(const given_setting& given) { return given.section + "." + given.name; }

error refusal(const given_setting& given, const std::string& reason) {
  return {errc::configuration_invalid, given.place + ": " + reason, key_of(given)};
}

/** What someone who puts a secret into the file is to do instead. */
std::string secret_hint(const std::string& key) {
  if (key == "session.secret")
    return " Secrets stay out of this file: name a file that holds it with session.secret_file.";
  if (key == "license.key") return " The license itself is the variable MASTRA_EE_LICENSE.";
  return {};
}

error unknown_option(const given_setting& given) {
  const std::string key = key_of(given);
  std::vector<std::string> known;
  for (const auto& option : option_table()) known.emplace_back(option.key);
  const std::string hint = secret_hint(key);
  const std::string nearest = hint.empty() ? nearest_name(key, known) : "";
  return refusal(
      given, "there is no option " + key + "." + hint + (nearest.empty() ? "" : " The nearest is " + nearest + "."));
}

result<void> apply(settings& all, const given_setting& given) {
  if (given.section == mapping_section) {
    auto permissions = to_list(given.value);
    if (!permissions) return tl::unexpected<error>(refusal(given, key_of(given) + " must be a list of permissions."));
    for (const auto& grant : *permissions) {
      if (grant_set::compile(std::span<const std::string>(&grant, 1))) continue;
      return tl::unexpected<error>(
          refusal(given, "the role " + given.name + " can't have the grant " + to_shown(grant) +
                             ": it must be *, namespace:action or namespace:action:resource, each part * or a word."));
    }
    all.mapping.emplace_back(given.name, std::move(*permissions));
    return {};
  }
  const std::string key = key_of(given);
  const auto options = option_table();
  const auto found = std::find_if(options.begin(), options.end(), [&](const auto& one) { return one.key == key; });
  if (found == options.end()) return tl::unexpected<error>(unknown_option(given));
  const auto offending = found->set(all, given.value);
  if (!offending) return {};
  return tl::unexpected<error>(
      refusal(given, key + " must be " + std::string(found->expected) + ", not " + *offending + "."));
}

/** What no option can tell about itself alone. */
result<void> check_together(const settings& all) {
  if (all.session.kind == session_kind::redis && all.redis_url.empty()) {
    return fail(errc::configuration_invalid, "session.provider is redis, but redis.url is not set.", "redis.url");
  }
  if (all.session.idle_ms > all.session.absolute_ms) {
    return fail(errc::configuration_invalid, "session.idle is longer than session.absolute; make it shorter.",
                "session.idle");
  }
  if (!all.mail.url.empty() && all.mail.from.empty()) {
    return fail(errc::configuration_invalid, "mail.url is set without mail.from, the address that mail comes from.",
                "mail.from");
  }
  if (!all.mail.url.empty() && all.mail.reset_page.empty() && all.server.public_url.empty()) {
    return fail(errc::configuration_invalid,
                "mail.url is set, but letters need an address to link to: set server.public_url or mail.reset_page.",
                "mail.reset_page");
  }
  if (all.license.accepted.has(license_form::signed_text) && all.license.public_key_file.empty()) {
    return fail(errc::configuration_invalid,
                "license.accept has \"signed\" without license.public_key_file, the vendor's public key.",
                "license.public_key_file");
  }
  return {};
}

}  // namespace

result<settings> apply_settings(std::span<const given_setting> given) {
  settings all;
  for (const auto& one : given) {
    if (auto applied = apply(all, one); !applied) return fail(std::move(applied));
  }
  if (auto checked = check_together(all); !checked) return fail(std::move(checked));
  return all;
}

std::vector<given_setting> read_settings_environment() {
  std::vector<given_setting> given;
  for (const auto& option : option_table()) {
    const std::string name(option.variable);
    const char* value = std::getenv(name.c_str());
    if (value == nullptr || (*value == '\0' && !option.may_be_empty)) continue;
    const auto dot = option.key.find('.');
    given.push_back({std::string(option.key.substr(0, dot)), std::string(option.key.substr(dot + 1)),
                     setting_value(std::string(value)), name});
  }
  return given;
}

namespace {

/** What to do about a variable that nothing knows. */
std::string way_out_of(const std::string& name, const std::vector<std::string>& known) {
  // Kubernetes sets them for each service; LATCHKEY_PORT of such a one is refused by its value.
  const bool is_service_link = name.starts_with("LATCHKEY_SERVICE_") || name.starts_with("LATCHKEY_PORT_");
  if (is_service_link) return " Kubernetes sets it for a service called latchkey: set enableServiceLinks to false.";
  const std::string nearest = nearest_name(name, known);
  return nearest.empty() ? " docs/latchkey.toml names all of them; unset it." : " The nearest is " + nearest + ".";
}

}  // namespace

result<void> check_environment() {
  std::vector<std::string> known{"LATCHKEY_CONFIG", "LATCHKEY_SECRET"};
  for (const auto& option : option_table()) known.emplace_back(option.variable);
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string name(text.substr(0, text.find('=')));
    const auto is_name = [&name](std::string_view one) { return one == name; };
    if (!name.starts_with("LATCHKEY_") || std::any_of(known.begin(), known.end(), is_name) ||
        std::any_of(tool_variables.begin(), tool_variables.end(), is_name)) {
      continue;
    }
    return fail(errc::configuration_invalid, "There is no variable " + name + "." + way_out_of(name, known), name);
  }
  return {};
}

result<settings> load_settings(std::string_view file, std::span<const given_setting> command_line) {
  std::vector<given_setting> given;
  const char* named = std::getenv("LATCHKEY_CONFIG");
  if (file.empty() && named != nullptr && *named == '\0') {
    return fail(errc::configuration_invalid, "LATCHKEY_CONFIG is empty: name a file, or unset it.", "config");
  }
  const std::string path = file.empty() && named != nullptr ? std::string(named) : std::string(file);
  if (!path.empty()) {
    auto read = read_settings_file(path);
    if (!read) return fail(std::move(read));
    given = std::move(*read);
  }
  for (auto& one : read_settings_environment()) given.push_back(std::move(one));
  given.insert(given.end(), command_line.begin(), command_line.end());
  return apply_settings(given);
}

}  // namespace latchkey::app
