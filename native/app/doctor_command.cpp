// SPDX-License-Identifier: Apache-2.0
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <memory>

#include "commands.h"
#include "composition.h"
#include "environment.h"
#include "latchkey/native/http/auth_server.h"
#include "latchkey/native/metrics/metrics.h"
#include "latchkey/native/sessions/key_ring.h"
#include "latchkey/role.h"
#include "latchkey/session.h"
#include "log.h"
#include "roles_file.h"
#include "server_config.h"
#include "settings_arguments.h"

namespace latchkey::app {
namespace {

/** What was looked at, line by line. */
class findings {
 public:
  void good(std::string_view what, const std::string& seen) { add("ok  ", what, seen); }
  void doubtful(std::string_view what, const std::string& seen) { add("warn", what, seen); }
  void bad(std::string_view what, const std::string& seen) {
    add("FAIL", what, seen);
    ++failures_;
  }
  /** Prints them all. */
  [[nodiscard]] int report() const {
    const auto shown = print(lines_);
    if (!shown) return report_failure(shown.error());
    return failures_ == 0 ? exit_done : exit_failed;
  }

 private:
  void add(std::string_view verdict, std::string_view what, const std::string& seen) {
    std::string name(what);
    name.resize(std::max<std::size_t>(name.size(), 9), ' ');
    lines_ += std::string(verdict) + "  " + name + "  " + seen + "\n";
  }

  std::string lines_;
  int failures_ = 0;
};

void look_at_secrets(const settings& all, findings& found) {
  // Not `find_secrets`, which makes the development secret: looking must change nothing.
  const std::string file = secret_file_of(all);
  const bool is_made_at_start = all.server.is_development && all.session.secret_file.empty() && !file.empty();
  std::error_code failed;
  if (is_made_at_start && !std::filesystem::exists(file, failed)) {
    return found.good("secret", "is made at the first start, in " + file);
  }
  const auto secrets = find_secrets(all);
  if (!secrets) return found.bad("secret", secrets.error().message);
  const auto ring = native::key_ring::make(secrets->secrets);
  if (!ring) return found.bad("secret", ring.error().message);
  for (const auto& note : secrets->notes) found.doubtful("secret", note);
  for (const auto& warning : (*ring)->warnings()) found.doubtful("secret", warning);
  found.good("secret",
             std::to_string(secrets->secrets.size()) + (file.empty() ? " from LATCHKEY_SECRET" : " in " + file));
}

void look_at_license(const settings& all, findings& found) {
  const auto gate = find_license(all);
  if (!gate) return found.bad("license", gate.error().message);
  if (gate->exempt) return found.good("license", "development needs none");
  const auto& end = gate->license.expires_at_ms;
  found.good("license",
             gate->license.tier + ", " + (end ? "until " + to_iso_time(*end) : std::string("without an end")));
}

/** The roles as they are: of the file, of the store that is there, or what a new one begins with. */
result<std::vector<role_definition>> find_roles(const settings& all) {
  if (all.roles.file.empty()) {
    const auto opened = open_existing_stores(all);
    if (opened) return opened->roles->role_definitions();
  }
  return configured_roles(all.roles);
}

void look_at_roles(const settings& all, findings& found) {
  const auto roles = find_roles(all);
  if (!roles) return found.bad("roles", roles.error().message);
  if (const auto checked = check_default_role(all, *roles); !checked)
    return found.bad("roles", checked.error().message);
  for (const auto& risk : find_risks(all, *roles)) found.doubtful("risk", risk);
  found.good("roles", std::to_string(roles->size()) + (all.roles.file.empty() ? "" : " in " + all.roles.file));
}

/** What the server refuses of its own settings, whatever stands behind it. */
void look_at_server(const settings& all, findings& found) {
  const auto token = read_metrics_token(all.server);
  if (!token) return found.bad("metrics", token.error().message);
  const auto metrics = std::make_shared<native::metrics_registry>();
  const auto made = native::auth_server::create({}, make_config(all, {}, metrics));
  if (!made) found.bad("server", made.error().message);
}

/** A clock that runs behind what is on record would let ended sessions live and order new events before old ones. */
void look_at_clock(const stores& opened, findings& found) {
  const std::int64_t now = native::system_clock_ms();
  const auto newest = opened.audit->query({}, {1, 0});
  if (!newest) return found.bad("clock", newest.error().message);
  const std::int64_t last = newest->events.empty() ? 0 : newest->events.front().timestamp_ms;
  if (last > now + 60'000) {
    return found.bad("clock", "it is " + to_iso_time(now) + ", but the newest audit event is of " + to_iso_time(last) +
                                  "; set the clock (NTP)");
  }
  found.good("clock", to_iso_time(now));
}

void look_at_redis(native::redis_client& redis, findings& found) {
  const auto reply = redis.command(std::array<std::string_view, 1>{"PING"});
  if (!reply) return found.bad("redis", reply.error().message + "; start it, or mend redis.url");
  found.good("redis", "answers");
}

void look_at_store(const settings& all, findings& found) {
  const auto opened = open_existing_stores(all);
  if (!opened && opened.error().code == errc::not_found) {
    return found.doubtful("store", "no database yet; the first start makes it in " + all.server.data);
  }
  if (!opened) return found.bad("store", opened.error().message);
  const auto accounts = opened->accounts->count();
  if (!accounts) return found.bad("store", accounts.error().message);
  found.good("store", all.store_url + " in " + all.server.data + ", " + std::to_string(*accounts) +
                          (*accounts == 1 ? " account" : " accounts"));
  const auto has_owner = opened->roles->has_owner();
  if (!has_owner) return found.bad("store", has_owner.error().message);
  if (!*has_owner) found.doubtful("accounts", "nobody is owner: latchkey user add EMAIL --role owner");
  look_at_clock(*opened, found);
  if (opened->redis) look_at_redis(*opened->redis, found);
}

/** Why the address can't be listened on; empty when it can. */
std::string try_to_listen(const std::string& host, std::uint16_t port) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_PASSIVE;
  addrinfo* addresses = nullptr;
  if (const int failed = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &addresses); failed != 0) {
    return ::gai_strerror(failed);
  }
  std::string reason;
  for (const addrinfo* one = addresses; one != nullptr && reason.empty(); one = one->ai_next) {
    const int socket = ::socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC, one->ai_protocol);
    if (socket < 0) continue;  // a family that this machine doesn't have
    const int reuse = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
    if (::bind(socket, one->ai_addr, one->ai_addrlen) != 0 || ::listen(socket, 1) != 0) reason = std::strerror(errno);
    ::close(socket);
  }
  ::freeaddrinfo(addresses);
  return reason;
}

void look_at_address(const server_settings& server, findings& found) {
  const std::string address = server.host + ":" + std::to_string(server.port);
  const std::string reason = try_to_listen(server.host, server.port);
  if (!reason.empty()) {
    return found.bad(
        "address", address + ": " + reason + "; a running server holds its own, otherwise choose another with --port");
  }
  found.good("address", address);
  if (const auto checked = check_server(server); !checked) return found.bad("url", checked.error().message);
  if (is_loopback(server.host) || server.public_url.starts_with("https://")) return;
  found.doubtful("url",
                 "browsers send the Secure session cookie over https alone: put https in front and set "
                 "server.public_url");
}

void look_at_studio(const server_settings& server, findings& found) {
  if (server.studio.empty()) return;
  std::error_code failed;
  if (std::filesystem::is_regular_file(std::filesystem::path(server.studio) / "index.html", failed)) {
    return found.good("studio", server.studio);
  }
  found.bad("studio", server.studio + " has no index.html; build the studio, or mend server.studio");
}

int examine(const settings_arguments& arguments) {
  findings found;
  const auto all = arguments.load();
  if (!all) {
    found.bad("settings", all.error().message);
    return found.report();
  }
  found.good("settings", all->server.is_development ? "development" : "production");
  look_at_secrets(*all, found);
  look_at_license(*all, found);
  look_at_roles(*all, found);
  look_at_server(*all, found);
  look_at_store(*all, found);
  look_at_address(all->server, found);
  if (const auto checked = check_cookie_domain(*all); !checked) found.bad("cookie", checked.error().message);
  look_at_studio(all->server, found);
  return found.report();
}

}  // namespace

void add_doctor_command(CLI::App& root, action& chosen) {
  auto arguments = std::make_shared<settings_arguments>();
  CLI::App* command =
      root.add_subcommand("doctor", "Looks at the configuration as `serve` would, and says what to mend");
  add_serve_arguments(*command, *arguments);
  command->footer("Changes nothing. Exit status: 0 when a server would start, 1 otherwise.");
  command->callback([arguments, &chosen] { chosen = [arguments] { return examine(*arguments); }; });
}

}  // namespace latchkey::app
