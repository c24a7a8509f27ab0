// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>
#include <filesystem>
#include <memory>

#include "commands.h"
#include "composition.h"
#include "environment.h"
#include "findings.h"
#include "latchkey/native/crypto/random.h"
#include "latchkey/native/sessions/key_ring.h"
#include "latchkey/native/sql/sqlite_database.h"
#include "latchkey/session.h"
#include "log.h"
#include "roles_file.h"
#include "server_config.h"
#include "server_parts.h"
#include "settings_arguments.h"
#include "surroundings.h"

namespace latchkey::app {
namespace {

/** The part that an error's field names: `mail` of `mail.url`. */
std::string part_of(const error& failed) {
  const auto dot = failed.field.find('.');
  return dot == std::string::npos ? "server" : failed.field.substr(0, dot);
}

/** The secrets of the server, or one in their place where they are missing or are yet to be made. */
std::vector<std::string> look_at_secrets(const settings& all, findings& found) {
  // Not `find_secrets`, which makes the development secret: looking must change nothing.
  const std::string file = secret_file_of(all);
  const bool is_made_at_start = all.server.is_development && all.session.secret_file.empty() && !file.empty();
  std::error_code failed;
  std::vector<std::string> stand_in{native::random_id(32).value_or("")};
  if (is_made_at_start && !std::filesystem::exists(file, failed)) {
    found.good("secret", "is made at the first start, in " + file);
    return stand_in;
  }
  auto secrets = find_secrets(all);
  const auto ring = secrets ? native::key_ring::make(secrets->secrets) : tl::unexpected<error>(secrets.error());
  if (!ring) {
    found.bad("secret", ring.error().message);
    return stand_in;
  }
  for (const auto& note : secrets->warnings) found.doubtful("secret", note);
  for (const auto& warning : (*ring)->warnings()) found.doubtful("secret", warning);
  found.good("secret",
             std::to_string(secrets->secrets.size()) + (file.empty() ? " from LATCHKEY_SECRET" : " in " + file));
  return std::move(secrets->secrets);
}

/** The license; without a good one all that it would enable, so that the rest is looked at as well. */
license_gate look_at_license(const settings& all, findings& found) {
  auto gate = find_license(all);
  if (!gate) {
    found.bad("license", gate.error().message);
    license_gate open;
    open.exempt = true;
    return open;
  }
  const auto& end = gate->license.expires_at_ms;
  found.good("license", gate->exempt ? "development needs none"
                                     : gate->license.tier + ", " +
                                           (end ? "until " + to_iso_time(*end) : std::string("without an end")));
  return std::move(*gate);
}

/** Builds all that a server is made of, over a store that is gone afterwards. The roles that it would begin with. */
result<std::vector<role_definition>> build(const settings& all, std::span<const std::string> secrets,
                                           license_gate license, findings& found) {
  native::sqlite_options options;
  options.path = ":memory:";
  auto database = native::open_sqlite_database(options);
  if (!database) return fail(std::move(database));
  auto opened = open_parts(all, std::move(*database));
  if (!opened) return fail(std::move(opened));
  if (opened->redis) look_at_redis(*opened->redis, all, found);
  auto made = make_server_parts(all, std::move(*opened), secrets, std::move(license));
  if (!made) return fail(std::move(made));
  return made->opened.roles->role_definitions();
}

void look_at_parts(const settings& all, std::span<const std::string> secrets, license_gate license, findings& found) {
  const auto stored = look_at_store(all, found);
  settings rest = all;
  // Roles that are defined at run time are in the store alone, and the default role was looked for among them.
  if (stored) rest.roles.default_role.clear();
  const auto made = build(rest, secrets, std::move(license), found);
  if (!made) found.bad(part_of(made.error()), made.error().message);
  const auto roles = stored ? *stored : made.value_or(std::vector<role_definition>());
  for (const auto& risk : find_risks(all, roles)) found.doubtful("risk", risk);
  for (const auto& exposed : find_exposures(all)) found.doubtful("risk", exposed);
  if (made && !found.has_failed("roles")) {
    found.good("roles", std::to_string(roles.size()) + (all.roles.file.empty() ? "" : " in " + all.roles.file));
  }
}

bool look_at_studio(const server_settings& server, findings& found) {
  if (server.studio.empty()) return true;
  std::error_code failed;
  if (std::filesystem::is_regular_file(std::filesystem::path(server.studio) / "index.html", failed)) {
    found.good("studio", server.studio);
    return true;
  }
  found.bad("studio", server.studio + " has no index.html; build the studio, or mend server.studio");
  return false;
}

/** The settings without what was refused by itself, so that one mistake doesn't hide the next. */
settings look_at_settings(const settings& all, findings& found) {
  settings rest = all;
  if (const auto checked = check_server(all.server); !checked) {
    found.bad("url", checked.error().message);
    // What follows from it is not to fail as well.
    if (!rest.server.public_url.empty()) rest.server.public_url = "https://server.invalid";
    rest.session.cookie_domain.clear();
  }
  if (const auto checked = check_cookie_domain(rest); !checked) {
    found.bad("cookie", checked.error().message);
    rest.session.cookie_domain.clear();
  }
  if (const auto token = read_metrics_token(all.server); !token) {
    found.bad("metrics", token.error().message);
    rest.server.metrics_token_file.clear();
  }
  if (!look_at_studio(all.server, found)) rest.server.studio.clear();
  if (const auto roles = configured_roles(all.roles); !roles) {
    found.bad("roles", roles.error().message);
    rest.roles.file.clear();
    rest.roles.default_role.clear();
  }
  return rest;
}

int report(const findings& found, bool is_json) {
  const auto shown = print(is_json ? found.to_json() : found.lines());
  if (!shown) return report_failure(shown.error());
  return found.has_failures() ? exit_failed : exit_done;
}

int examine(const settings_arguments& arguments, bool is_json) {
  findings found;
  const auto all = arguments.load();
  if (!all) {
    found.bad("settings", all.error().message);
    return report(found, is_json);
  }
  found.good("settings", all->server.is_development ? "development" : "production");
  const settings rest = look_at_settings(*all, found);
  const auto secrets = look_at_secrets(*all, found);
  auto license = look_at_license(*all, found);
  look_at_parts(rest, secrets, std::move(license), found);
  look_at_mail(rest, found);
  look_at_disk(*all, found);
  look_at_modes(*all, arguments.file(), found);
  look_at_descriptors(found);
  look_at_address(all->server, found);
  return report(found, is_json);
}

}  // namespace

void add_doctor_command(CLI::App& root, action& chosen) {
  auto arguments = std::make_shared<settings_arguments>();
  CLI::App* command =
      root.add_subcommand("doctor", "Looks at the configuration as `serve` would, and says what to mend");
  auto is_json = std::make_shared<bool>(false);
  add_serve_arguments(*command, *arguments);
  command->add_flag("--json", *is_json, "One JSON object in place of the lines");
  command->footer(
      "Changes nothing, but for a key in Redis that goes within 10 s. Exit status: 0 when a server would start, or "
      "runs already and is ready; 1 otherwise.");
  command->callback(
      [arguments, is_json, &chosen] { chosen = [arguments, is_json] { return examine(*arguments, *is_json); }; });
}

}  // namespace latchkey::app
