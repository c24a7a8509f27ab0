// SPDX-License-Identifier: Apache-2.0
#include "first_owner.h"

#include "server_config.h"

namespace latchkey::app {
namespace {

/** The demo studio's page for it; empty where it is not served. What stands behind `#` gets into no server's log. */
std::string setup_page(const server_settings& server, const std::string& address, const std::string& code) {
  if (!server.is_demo || !server.studio.empty() || studio_folder(server).empty()) return {};
  const std::string origin = public_origin(server);
  return (origin.empty() ? address : origin) + "/signup#setup=" + code;
}

}  // namespace

result<std::string> way_to_first_owner(const settings& all, const server_parts& made,
                                       std::span<const role_definition> roles, const std::string& address) {
  const auto has_owner = made.opened.roles->has_owner();
  if (!has_owner) return tl::unexpected<error>(has_owner.error());
  if (*has_owner) return std::string();
  const auto accounts = made.opened.accounts->count();
  if (!accounts) return tl::unexpected<error>(accounts.error());
  const bool is_sign_up_open = all.credentials.is_enabled && all.credentials.is_sign_up_enabled;
  if (*accounts == 0 && all.server.is_development && is_sign_up_open) {
    return "no accounts yet; the first to sign up becomes owner";
  }
  const std::string command =
      *accounts == 0 ? "latchkey user add EMAIL --role owner" : "latchkey user role EMAIL owner";
  if (!is_sign_up_open || !holds_everything("owner", roles)) return "nobody is owner yet; make an owner: " + command;
  const auto code = made.credentials->begin_setup();
  if (!code) return tl::unexpected<error>(code.error());
  const std::string page = setup_page(all.server, address, *code);
  const std::string place = page.empty() ? "with the set-up code " + *code : "at " + page;
  return "nobody is owner yet; sign up " + place + " to become it, which works once, or make an owner: " + command;
}

}  // namespace latchkey::app
