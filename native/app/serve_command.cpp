// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>
#include <filesystem>
#include <iostream>
#include <memory>

#include "commands.h"
#include "composition.h"
#include "environment.h"
#include "examples/browser-studio/demo_routes.h"
#include "latchkey/native/http/auth_server.h"
#include "latchkey/native/server/http_host.h"
#include "latchkey/native/server/static_files.h"
#include "log.h"
#include "roles_file.h"
#include "server_config.h"
#include "settings_arguments.h"

namespace latchkey::app {
namespace {

std::string to_url(const std::string& host, std::uint16_t port) {
  const bool is_v6 = host.find(':') != std::string::npos;
  return "http://" + (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

/** What is shown at paths outside of the API. */
result<native::static_files> load_pages(const server_settings& server) {
  std::string folder = server.studio;
  if (folder.empty() && server.is_demo) {
    folder = default_studio_folder();
    if (!std::filesystem::is_directory(folder)) {
      log_notice("the demo studio is not built (" + folder + "); only the API is served");
      folder.clear();
    }
  }
  if (folder.empty()) return native::static_files();
  auto files = native::static_files::load(folder);
  if (files) files->set_pages({"/login", "/signup", "/agents", "/workflows", "/audit"});
  return files;
}

void print_notes(const settings& all, const stores& opened, const native::auth_server_config& config) {
  if (all.server.is_development) log_notice("development mode: no license is needed, only this machine is served");
  if (!config.cookie.secure) {
    log_notice("sessions use the cookie " + config.cookie.name() +
               " without Secure, because this is plain http on loopback");
  } else if (all.server.public_url.empty()) {
    log_notice("session cookies are Secure: put https in front and set LATCHKEY_PUBLIC_URL");
  }
  const auto roles = opened.roles->role_definitions();
  if (roles) {
    for (const auto& risk : find_risks(all, *roles)) log_warning(risk);
  }
  const auto accounts = opened.accounts->count();
  if (accounts && *accounts == 0) {
    const bool is_first_owner = all.server.is_development && all.credentials.is_sign_up_enabled;
    log_notice(is_first_owner ? "no accounts yet; the first to sign up becomes owner"
                              : "no accounts yet; make an owner: latchkey user add EMAIL --role owner");
  }
}

/** Tells which option of ours leads out. */
int report_deaf(error failed) {
  if (failed.field == "port") failed.message += "; choose another port with --port.";
  if (failed.field == "host") failed.message += "; choose another address with --host.";
  return report_failure(failed);
}

/** Everything behind the sockets: the stores, the parts over them, and the server that asks those. */
struct composition {
  stores opened;
  native::auth_server_config config;
  std::shared_ptr<native::key_ring> keys;
  std::unique_ptr<native::auth_server> server;
  std::shared_ptr<const native::operations> operations;
  native::static_files pages;
};

/** The roles of the file, where there is one, are all the roles there are. */
result<void> take_over_roles(const settings& all, native::sql_rbac& roles) {
  if (all.roles.file.empty()) return {};
  const auto read = read_roles_file(all.roles.file);
  if (!read) return tl::unexpected<error>(read.error());
  auto replaced = roles.replace_roles(*read);
  if (replaced) return {};
  return fail(replaced.error().code, all.roles.file + ": " + replaced.error().message, "roles.file");
}

result<composition> make_composition(const settings& all) {
  auto secrets = find_secrets(all);
  if (!secrets) return fail(std::move(secrets));
  for (const auto& note : secrets->notes) log_notice(note);
  auto license = find_license(all);
  if (!license) return fail(std::move(license));
  auto opened = open_stores(all);
  if (!opened) return fail(std::move(opened));
  if (auto taken = take_over_roles(all, *opened->roles); !taken) return fail(std::move(taken));
  const auto roles = opened->roles->role_definitions();
  if (!roles) return tl::unexpected<error>(roles.error());
  if (auto checked = check_default_role(all, *roles); !checked) return fail(std::move(checked));
  const auto metrics = std::make_shared<native::metrics_registry>();
  auto config = make_config(all, std::move(*license), metrics);
  auto parts = compose(*opened, all, secrets->secrets, metrics);
  if (!parts) return fail(std::move(parts));
  // A license without it must not keep a server from starting that never asked for it.
  if (config.license.allows(license_feature::acl, config.clock())) parts->provider.acl = opened->acl;
  auto server = native::auth_server::create(std::move(parts->provider), config);
  if (!server) return fail(std::move(server));
  if (all.server.is_demo) {
    if (auto added = demo::add_demo_routes(**server); !added) return fail(std::move(added));
  }
  auto operations = make_operations(all, *opened, metrics);
  if (!operations) return fail(std::move(operations));
  auto pages = load_pages(all.server);
  if (!pages) return fail(std::move(pages));
  return composition{std::move(*opened), std::move(config),      std::move(parts->keys),
                     std::move(*server), std::move(*operations), std::move(*pages)};
}

native::http_host_handler make_handler(const composition& made, bool is_https) {
  native::http_host_handler handler;
  handler.handle = [&made, is_https](const native::http_request& request) {
    if (made.server->owns(request.path)) return made.server->handle(request);
    if (native::operations::owns(request.path)) return made.operations->handle(request);
    auto page = made.pages.find(request, is_https);
    // What is neither gets the API's JSON 404, never a page that a client could take for data.
    return page ? std::move(*page) : made.server->handle(request);
  };
  handler.work_of = [&made](const native::http_request& request) {
    return native::operations::owns(request.path) ? native::route_work::blocking : made.server->work_of(request);
  };
  handler.answer_at_once = [&made](const native::http_request& request) {
    return made.server->answer_at_once(request);
  };
  handler.client_of = [&made](const native::http_request& request) { return made.server->client_of(request); };
  return handler;
}

/** At SIGHUP: secrets that can't be read, or are weak, leave the present ones in force. */
void reload_keys(const settings& all, native::key_ring& keys) {
  const auto secrets = find_secrets(all);
  const auto replaced = secrets ? keys.replace(secrets->secrets) : tl::unexpected<error>(secrets.error());
  if (!replaced) return log_warning("the secrets stay as they are: " + replaced.error().message);
  for (const auto& warning : *replaced) log_warning(warning);
  log_notice("read " + std::to_string(secrets->secrets.size()) +
             (secrets->secrets.size() == 1 ? " secret again" : " secrets again"));
}

/** At SIGHUP: roles that can't be leave the present ones in force. */
void reload_roles(const settings& all, native::sql_rbac& roles) {
  if (all.roles.file.empty()) return;
  const auto taken = take_over_roles(all, roles);
  if (!taken) return log_warning("the roles stay as they are: " + taken.error().message);
  log_notice("read the roles again");
}

int serve(const settings& all) {
  const auto made = make_composition(all);
  if (!made) return report_failure(made.error());
  native::http_host_options listening;
  listening.host = all.server.host;
  listening.port = all.server.port;
  listening.limits = made->config.limits;
  listening.stop_on_signals = true;
  listening.on_hangup = [&all, keys = made->keys, roles = made->opened.roles] {
    reload_keys(all, *keys);
    reload_roles(all, *roles);
  };
  const bool is_https = all.server.public_url.starts_with("https://");
  auto host = native::http_host::listen(listening, make_handler(*made, is_https));
  if (!host) return report_deaf(host.error());
  print_notes(all, made->opened, made->config);
  std::cout << "listening on " << to_url(all.server.host, (*host)->port()) << std::endl;
  (*host)->run();
  log_notice("stopped");
  return exit_done;
}

int check_and_serve(const settings_arguments& arguments) {
  use_log_format(arguments.find_log_format());
  auto all = arguments.load();
  if (!all) return report_usage(all.error(), "serve");
  use_log_format(all->log.format);
  if (const auto checked = check_server(all->server); !checked) return report_usage(checked.error(), "serve");
  if (const auto checked = check_cookie_domain(*all); !checked) return report_usage(checked.error(), "serve");
  return serve(*all);
}

}  // namespace

void add_serve_command(CLI::App& root, action& chosen) {
  auto arguments = std::make_shared<settings_arguments>();
  CLI::App* command = root.add_subcommand("serve", "Serves the auth API, and with --demo a studio");
  add_serve_arguments(*command, *arguments);
  command->footer(
      "Every option of docs/latchkey.toml may stand in a file that --config names. Without --dev, from the "
      "environment:\n"
      "  LATCHKEY_SECRET or LATCHKEY_SECRET_FILE   at least 32 random bytes; required\n"
      "  MASTRA_EE_LICENSE                         the license for roles; required\n"
      "  LATCHKEY_PUBLIC_URL                       the origin under which clients reach a server behind a proxy");
  command->callback([arguments, &chosen] { chosen = [arguments] { return check_and_serve(*arguments); }; });
}

}  // namespace latchkey::app
