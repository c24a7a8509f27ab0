// SPDX-License-Identifier: Apache-2.0
#include "first_owner.h"

#include <algorithm>

#include "server_config.h"

namespace latchkey::app {
bool offers_setup_code(const settings& all, std::span<const role_definition> roles) {
  return is_sign_up_open(all) && holds_everything("owner", roles);
}

std::string owner_command(std::span<const role_definition> roles) {
  const auto holder = std::find_if(roles.begin(), roles.end(),
                                   [roles](const role_definition& role) { return holds_everything(role.id, roles); });
  const std::string role = holder == roles.end() ? "owner" : holder->id;
  return "latchkey user add EMAIL --role " + role;
}

result<std::string> way_to_first_owner(const settings& all, const stores& opened,
                                       native::credentials_service& credentials, const std::string& page) {
  const auto has_owner = opened.roles->has_owner();
  if (!has_owner) return tl::unexpected<error>(has_owner.error());
  if (*has_owner) return std::string();
  const auto roles = opened.roles->role_definitions();
  if (!roles) return tl::unexpected<error>(roles.error());
  const auto accounts = opened.accounts->count();
  if (!accounts) return tl::unexpected<error>(accounts.error());
  const std::string command = owner_command(*roles);
  if (!offers_setup_code(all, *roles)) return "nobody is owner yet; make an owner: " + command;
  if (all.server.is_development && *accounts == 0) return "no accounts yet; the first to sign up becomes owner";
  const auto code = credentials.begin_setup();
  if (!code) return tl::unexpected<error>(code.error());
  const std::string place = page.empty() ? "with \"setupCode\": \"" + *code + "\" (POST " + all.server.api_prefix +
                                               "/auth/credentials/sign-up)"
                                         : "at " + page + "#setup=" + *code;
  return "nobody is owner yet; sign up " + place +
         " to become it, once and within an hour, or make an owner: " + command;
}

}  // namespace latchkey::app
