// SPDX-License-Identifier: Apache-2.0
#include "audit_actions.h"

#include <algorithm>
#include <array>

namespace latchkey::app {

std::span<const std::string_view> audit_actions() {
  static constexpr std::array<std::string_view, 27> actions{"acl.grant",
                                                            "acl.revoke",
                                                            "audit.dropped",
                                                            "audit.export",
                                                            "audit.read",
                                                            "auth.password_reset",
                                                            "auth.password_reset_request",
                                                            "auth.refresh_reuse",
                                                            "auth.session_end",
                                                            "auth.sign_in",
                                                            "auth.sign_out",
                                                            "auth.sign_up",
                                                            "auth.throttled",
                                                            "key.reload",
                                                            "key.rotate",
                                                            "key.stage",
                                                            "request.foreign_origin",
                                                            "role.assign",
                                                            "role.define",
                                                            "role.delete",
                                                            "role.remove",
                                                            "user.create",
                                                            "user.disable",
                                                            "user.enable",
                                                            "user.password",
                                                            "user.sessions_end",
                                                            "request.signed_in"};
  return actions;
}

std::optional<action_pattern> parse_known_action(std::string_view text) {
  auto pattern = parse_action_pattern(text);
  if (!pattern) return std::nullopt;
  const auto actions = audit_actions();
  const bool is_permission = pattern->text.find(':') != std::string::npos;
  const bool is_known =
      std::any_of(actions.begin(), actions.end(), [&](auto action) { return pattern->matches(action); });
  return is_permission || is_known ? pattern : std::nullopt;
}

}  // namespace latchkey::app
