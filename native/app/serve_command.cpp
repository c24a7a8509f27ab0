// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>
#include <filesystem>
#include <iostream>
#include <memory>

#include "commands.h"
#include "composition.h"
#include "environment.h"
#include "examples/browser-studio/demo_routes.h"
#include "latchkey/native/http/auth_server.h"
#include "latchkey/native/http/origin_check.h"
#include "latchkey/native/server/http_host.h"
#include "latchkey/native/server/static_files.h"

namespace latchkey::app {
namespace {

struct serve_options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 4111;
  std::string data = "./data";
  std::string studio;
  std::string public_url;
  std::vector<std::string> trusted_origins;
  bool is_development = false;
  bool is_demo = false;
  bool is_sign_up_disabled = false;
};

bool is_loopback(const std::string& host) { return host == "::1" || native::is_loopback_host(host); }

std::string to_url(const std::string& host, std::uint16_t port) {
  const bool is_v6 = host.find(':') != std::string::npos;
  return "http://" + (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

native::auth_server_config make_config(const serve_options& options, license_gate license) {
  native::auth_server_config config;
  config.public_url = options.public_url;
  config.trusted_origins = options.trusted_origins;
  config.loopback_only = options.is_development;
  config.license = std::move(license);
  // Plain http on this machine alone is the one case where a browser would refuse a Secure cookie for no gain.
  config.cookie.secure = !is_loopback(options.host) || options.public_url.starts_with("https://");
  config.report = [](const native::failure_report& failed) {
    log_line("latchkey: error request=" + std::string(failed.request_id) + " " + std::string(failed.method) + " " +
             std::string(failed.path) + ": " + std::string(failed.reason));
  };
  return config;
}

/** Plain http is for this machine alone: on any other way the session could be read by whoever carries it. */
result<void> check_public_url(std::string_view url) {
  if (url.empty()) return {};
  if (url.ends_with('/')) url.remove_suffix(1);
  const auto origin = native::parse_origin(url);
  if (!origin) {
    return fail(errc::configuration_invalid, "LATCHKEY_PUBLIC_URL: " + origin.error().message, "LATCHKEY_PUBLIC_URL");
  }
  constexpr std::string_view plain = "http://";
  if (!origin->starts_with(plain) || native::is_loopback_host(std::string_view(*origin).substr(plain.size())))
    return {};
  return fail(errc::configuration_invalid,
              "LATCHKEY_PUBLIC_URL is " + *origin +
                  ", but plain http is for loopback names alone: anyone on the way could read the sessions. Put https "
                  "in front of the server and set LATCHKEY_PUBLIC_URL to that https:// address.",
              "LATCHKEY_PUBLIC_URL");
}

/** Closes sign-up for LATCHKEY_SIGN_UP=off; a value that is neither must not leave open what was meant to be closed. */
result<void> read_sign_up(serve_options& options) {
  const auto value = variable("LATCHKEY_SIGN_UP");
  if (!value || *value == "on") return {};
  if (*value != "off") {
    return fail(errc::configuration_invalid, "LATCHKEY_SIGN_UP must be on or off, not \"" + *value + "\".",
                "LATCHKEY_SIGN_UP");
  }
  options.is_sign_up_disabled = true;
  return {};
}

/** What is shown at paths outside of the API. */
result<native::static_files> load_pages(const serve_options& options) {
  std::string folder = options.studio;
  if (folder.empty() && options.is_demo) {
    folder = default_studio_folder();
    if (!std::filesystem::is_directory(folder)) {
      log_line("latchkey: the demo studio is not built (" + folder + "); only the API is served");
      folder.clear();
    }
  }
  if (folder.empty()) return native::static_files();
  auto files = native::static_files::load(folder);
  if (files) files->set_pages({"/login", "/signup", "/agents", "/workflows", "/audit"});
  return files;
}

void print_notes(const serve_options& options, const stores& opened, const native::auth_server_config& config) {
  if (options.is_development) log_line("latchkey: development mode: no license is needed, only this machine is served");
  if (!config.cookie.secure) {
    log_line("latchkey: sessions use the cookie " + config.cookie.name() +
             " without Secure, because this is plain http on loopback");
  } else if (options.public_url.empty()) {
    log_line("latchkey: session cookies are Secure: put https in front and set LATCHKEY_PUBLIC_URL");
  }
  const auto accounts = opened.accounts->count();
  if (accounts && *accounts == 0) {
    const bool is_first_owner = options.is_development && !options.is_sign_up_disabled;
    log_line(is_first_owner ? "latchkey: no accounts yet; the first to sign up becomes owner"
                            : "latchkey: no accounts yet; make an owner: latchkey user add EMAIL --role owner");
  }
}

native::http_host_handler make_handler(const native::auth_server& server, const native::static_files& pages,
                                       bool is_https) {
  native::http_host_handler handler;
  handler.handle = [&server, &pages, is_https](const native::http_request& request) {
    if (server.owns(request.path)) return server.handle(request);
    auto page = pages.find(request, is_https);
    // What is neither gets the API's JSON 404, never a page that a client could take for data.
    return page ? std::move(*page) : server.handle(request);
  };
  handler.work_of = [&server](const native::http_request& request) { return server.work_of(request); };
  return handler;
}

/** Tells which option of ours leads out. */
int report_deaf(error failed) {
  if (failed.field == "port") failed.message += "; choose another port with --port.";
  if (failed.field == "host") failed.message += "; choose another address with --host.";
  return report_failure(failed);
}

/** Why it can't be trusted; empty when it can. */
std::string check_origin(const std::string& text) {
  const auto origin = native::parse_origin(text);
  return origin ? std::string() : origin.error().message;
}

int serve(const serve_options& options) {
  if (options.is_development && !is_loopback(options.host)) {
    log_line("latchkey: --dev serves this machine only: --host must be 127.0.0.1, ::1 or localhost, not " +
             options.host);
    return exit_usage;
  }
  if (const auto checked = check_public_url(options.public_url); !checked) return report_failure(checked.error());
  auto secret = find_secret(options.data, options.is_development);
  if (!secret) return report_failure(secret.error());
  for (const auto& note : secret->notes) log_line("latchkey: " + note);
  auto license = find_license(options.is_development);
  if (!license) return report_failure(license.error());
  auto opened = open_stores(options.data);
  if (!opened) return report_failure(opened.error());

  const auto config = make_config(options, std::move(*license));
  auto provider = compose(*opened, {.secret = std::move(secret->secret),
                                    .cookie_name = config.cookie.name(),
                                    .is_development = options.is_development,
                                    .is_sign_up_enabled = !options.is_sign_up_disabled});
  if (!provider) return report_failure(provider.error());
  auto server = native::auth_server::create(std::move(*provider), config);
  if (!server) return report_failure(server.error());
  if (options.is_demo) {
    if (auto added = demo::add_demo_routes(**server); !added) return report_failure(added.error());
  }
  const auto pages = load_pages(options);
  if (!pages) return report_failure(pages.error());

  native::http_host_options listening;
  listening.host = options.host;
  listening.port = options.port;
  listening.limits = config.limits;
  listening.stop_on_signals = true;
  auto host =
      native::http_host::listen(listening, make_handler(**server, *pages, options.public_url.starts_with("https://")));
  if (!host) return report_deaf(host.error());
  print_notes(options, *opened, config);
  std::cout << "listening on " << to_url(options.host, (*host)->port()) << std::endl;
  (*host)->run();
  log_line("latchkey: stopped");
  return exit_done;
}

}  // namespace

void add_serve_command(CLI::App& root, action& chosen) {
  auto options = std::make_shared<serve_options>();
  CLI::App* command = root.add_subcommand("serve", "Serves the auth API, and with --demo a studio");
  command->add_option("--host", options->host, "Name or address to listen on")
      ->envname("LATCHKEY_HOST")
      ->capture_default_str();
  command->add_option("--port", options->port, "Port to listen on; 0 takes a free one")
      ->envname("LATCHKEY_PORT")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  command->add_option("--data", options->data, "Folder of the database and, with --dev, the secret")
      ->envname("LATCHKEY_DATA")
      ->capture_default_str();
  command->add_option("--studio", options->studio, "Folder of a built studio to serve at /")
      ->envname("LATCHKEY_STUDIO");
  command
      ->add_option("--trust-origin", options->trusted_origins,
                   "Another origin that may call with credentials; repeatable")
      ->envname("LATCHKEY_TRUST_ORIGIN")
      ->check(check_origin)
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_flag("--dev", options->is_development,
                    "Development: this machine only, no license, a secret of its own, the first account is owner");
  command->add_flag("--demo", options->is_demo, "Mounts the demo studio with agents and workflows in memory");
  command->add_flag("--no-sign-up", options->is_sign_up_disabled,
                    "Closes public sign-up: operators alone add accounts. LATCHKEY_SIGN_UP=off does the same");
  command->footer(
      "Without --dev, from the environment alone:\n"
      "  LATCHKEY_SECRET or LATCHKEY_SECRET_FILE   at least 32 random bytes; required\n"
      "  MASTRA_EE_LICENSE                         the license for roles; required\n"
      "  LATCHKEY_PUBLIC_URL                       the origin under which clients reach a server behind a proxy");
  command->callback([options, &chosen] {
    options->public_url = variable("LATCHKEY_PUBLIC_URL").value_or("");
    chosen = [options] {
      if (const auto read = read_sign_up(*options); !read) {
        report_failure(read.error());
        return exit_usage;
      }
      return serve(*options);
    };
  });
}

}  // namespace latchkey::app
