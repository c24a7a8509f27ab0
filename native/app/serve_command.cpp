// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>
#include <algorithm>
#include <iostream>
#include <memory>

#include "commands.h"
#include "composition.h"
#include "environment.h"
#include "first_owner.h"
#include "latchkey/native/server/http_host.h"
#include "log.h"
#include "open_files.h"
#include "readiness.h"
#include "server_config.h"
#include "server_parts.h"
#include "server_record.h"
#include "settings_arguments.h"
#include "surroundings.h"
#include "takeover.h"

namespace latchkey::app {
namespace {

std::string to_url(const std::string& host, std::uint16_t port) {
  const bool is_v6 = host.find(':') != std::string::npos;
  return "http://" + (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

/** The demo studio's page that takes a set-up code; empty where none could be used. */
std::string setup_page(const server_settings& server, const std::string& address) {
  if (!server.is_demo || !server.studio.empty() || studio_folder(server).empty()) return {};
  const std::string origin = public_origin(server);
  // Without https in front a browser drops the session's cookie, but on loopback.
  if (origin.empty() && !is_loopback(server.host)) return {};
  return (origin.empty() ? address : origin) + "/signup";
}

void tell_way_to_first_owner(const settings& all, const server_parts& made, const std::string& address) {
  const auto way = way_to_first_owner(all, made.opened, *made.credentials, setup_page(all.server, address));
  if (!way) return log_warning("owner_unknown", "whether anybody is owner is not known: " + way.error().message);
  if (!way->empty()) log_notice("first_owner", *way);
}

void print_notes(const settings& all, const server_parts& made, const std::string& address) {
  if (all.server.is_demo && studio_folder(all.server).empty())
    log_notice("demo_missing",
               "the demo studio is not built (" + default_studio_folder() + "); only the API is served");
  if (all.server.is_development)
    log_notice("development", "development mode: no license is needed, only this machine is served");
  if (!made.config.cookie.secure) {
    log_notice("cookie_insecure", "sessions use the cookie " + made.config.cookie.name() +
                                      " without Secure, because this is plain http on loopback");
  }
  const auto roles = made.opened.roles->role_definitions();
  if (roles) {
    for (const auto& risk : find_risks(all, *roles)) log_warning("risk", risk);
  }
  for (const auto& exposed : find_exposures(all)) log_warning("risk", exposed);
  tell_way_to_first_owner(all, made, address);
}

/** Tells which option of ours leads out. */
int report_deaf(error failed) {
  if (failed.field == "port") failed.message += "; choose another port with --port.";
  if (failed.field == "host") failed.message += "; choose another address with --host.";
  return report_failure(failed);
}

/** What a server needs is not all there yet: it starts, and says so now and not at the first request. */
void report_readiness(const server_parts& made) {
  made.health->start();
  for (const auto& one : readiness_checks(made.opened, made.health)) {
    if (const auto checked = one.check(); !checked) {
      log_warning("not_ready",
                  one.name + ": " + checked.error().message + " Requests that need it fail until it answers.");
    }
  }
}

result<server_parts> open_server(const settings& all) {
  auto secrets = find_secrets(all);
  if (!secrets) return fail(std::move(secrets));
  for (const auto& note : secrets->notes) log_notice("secret_made", note);
  for (const auto& warning : secrets->warnings) log_warning("secret_exposed", warning);
  auto license = find_license(all);
  if (!license) return fail(std::move(license));
  auto source = open_license_source(all);
  if (!source) return fail(std::move(source));
  auto opened = open_stores(all);
  if (!opened) return fail(std::move(opened));
  return make_server_parts(all, std::move(*opened), secrets->secrets, std::move(*license),
                           [source = std::move(*source)] { return source->current(); });
}

native::http_host_handler make_handler(const server_parts& made, bool is_https) {
  native::http_host_handler handler = native::http_host_handler::of(*made.server);
  handler.handle = [&made, is_https](const native::http_request& request) {
    if (made.server->owns(request.path)) return made.server->handle(request);
    if (native::operations::owns(request.path)) return made.operations->handle(request);
    auto page = made.pages.find(request, is_https);
    if (!page) page = made.resets.find(request, is_https);
    // What is neither gets the API's JSON 404, never a page that a client could take for data.
    return page ? std::move(*page) : made.server->handle(request);
  };
  handler.work_of = [&made](const native::http_request& request) {
    return native::operations::owns(request.path) ? native::route_work::blocking : made.server->work_of(request);
  };
  return handler;
}

/** Files of the studio's folder that no address reaches, by name as far as a line holds them. */
void report_left_out(const native::static_files& pages) {
  constexpr std::size_t named = 5;
  const auto& files = pages.left_out();
  if (files.empty()) return;
  std::string names;
  for (std::size_t i = 0; i < std::min(named, files.size()); ++i) {
    names += (i == 0 ? "" : ", ") + files[i].path + " (" + files[i].reason + ")";
  }
  if (files.size() > named) names += " and " + std::to_string(files.size() - named) + " more";
  log_notice("files of the studio that are not served: " + names);
}

void report_shed(const native::shed_load& shed) {
  log_warning("overload: closed " + std::to_string(shed.connections) + " connections beyond the most at once and " +
              std::to_string(shed.connections_over_share) + " of clients beyond their share, refused " +
              std::to_string(shed.requests) + " requests for which no queue had room");
}

/** At SIGHUP: secrets that can't be read, or are weak, leave the present ones in force. */
void reload_keys(const settings& all, native::key_ring& keys, native::audit_logger& audit) {
  const auto secrets = find_secrets(all);
  const auto replaced =
      secrets ? take_over_secrets(secrets->secrets, keys, audit) : tl::unexpected<error>(secrets.error());
  if (!replaced) return log_warning("reload_failed", "the secrets stay as they are: " + replaced.error().message);
  for (const auto& warning : *replaced) log_warning("secret_weak", warning);
  for (const auto& warning : secrets->warnings) log_warning("secret_exposed", warning);
  log_notice("reload", "read " + std::to_string(secrets->secrets.size()) +
                           (secrets->secrets.size() == 1 ? " secret again" : " secrets again"));
}

/** At SIGHUP: roles that can't be leave the present ones in force. */
void reload_roles(const settings& all, native::sql_rbac& roles, native::audit_logger& audit) {
  if (all.roles.file.empty()) return;
  const auto taken = take_over_roles(all, roles, audit);
  if (!taken) return log_warning("reload_failed", "the roles stay as they are: " + taken.error().message);
  log_notice("reload", "read the roles again");
}

int serve(const settings& all) {
  const auto made = open_server(all);
  if (!made) return report_failure(made.error());
  native::http_host_options listening;
  const auto connections = connections_within(raise_open_files(listening.max_connections), listening.max_connections);
  if (!connections) return report_failure(connections.error());
  if (*connections < listening.max_connections) {
    log_warning("files_limited", "open files are limited: at most " + std::to_string(*connections) +
                                     " connections at once, not " + std::to_string(listening.max_connections) +
                                     "; raise the limit (`ulimit -n`, or LimitNOFILE of systemd)");
  }
  listening.max_connections = *connections;
  listening.host = all.server.host;
  listening.port = all.server.port;
  listening.limits = made->config.limits;
  listening.stop_on_signals = true;
  listening.on_shed = report_shed;
  std::string address;
  listening.on_hangup = [&all, &made = *made, &address] {
    reload_keys(all, *made.keys, *made.audit);
    reload_roles(all, *made.opened.roles, *made.audit);
    tell_way_to_first_owner(all, made, address);
  };
  const bool is_https = all.server.public_url.starts_with("https://");
  auto host = native::http_host::listen(listening, make_handler(*made, is_https));
  if (!host) return report_deaf(host.error());
  if (const auto told = record_sessions_place(*made->opened.database, all); !told) return report_failure(told.error());
  address = to_url(all.server.host, (*host)->port());
  print_notes(all, *made, address);
  report_left_out(made->pages);
  report_readiness(*made);
  if (const auto told = log_listening(address); !told) return report_failure(told.error());
  (*host)->run();
  log_notice("stopped", "stopped");
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
