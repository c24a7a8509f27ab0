// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_AUDIT_ACTIONS_H_
#define LATCHKEY_NATIVE_APP_AUDIT_ACTIONS_H_

/** Which actions are ever logged, so that a pattern which means none of them is not taken for one that does. */

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "latchkey/audit.h"

namespace latchkey::app {

/** What the server and the commands log by name; guarded routes log their permission, such as `agents:write`. */
[[nodiscard]] std::span<const std::string_view> audit_actions();

/** A pattern as `parse_action_pattern` reads it that some action fits: one of these, or a permission with its colon. */
[[nodiscard]] std::optional<action_pattern> parse_known_action(std::string_view text);

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_AUDIT_ACTIONS_H_
