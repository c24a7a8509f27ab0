// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_AUDIT_AUDIT_TEXT_H_
#define LATCHKEY_NATIVE_AUDIT_AUDIT_TEXT_H_

/**
 * Audit events as text: the console line and JSON of audit.md, the names of the enumerations, and what an action
 * pattern matches. Pure functions of their arguments.
 */

#include <optional>
#include <string>
#include <string_view>

#include "latchkey/native/provider.h"

namespace latchkey::native {

/** `user`, `system`, `apikey`; `success`, `failure`, `denied`. They live as long as the program. */
[[nodiscard]] std::string_view to_string(audit_actor_type type) noexcept;
[[nodiscard]] std::string_view to_string(audit_outcome outcome) noexcept;
/** The reverse; nothing for any other text. */
[[nodiscard]] std::optional<audit_actor_type> to_audit_actor_type(std::string_view text) noexcept;
[[nodiscard]] std::optional<audit_outcome> to_audit_outcome(std::string_view text) noexcept;

/** Exact, or with one `*` at the end everything that begins so. A `*` elsewhere stands for itself. */
[[nodiscard]] bool matches_action_pattern(std::string_view pattern, std::string_view action) noexcept;

/**
 * `[audit] <ISO time> ✓|✗|⊘ <type>:<email or id> <action> on <type>:<id> (<n>ms)`, without a line feed at the end.
 * Control characters (C0, C1, line and paragraph separators), bidirectional and invisible ones, and bytes that are not
 * UTF-8 are written as `\u{…}` or `\x…`, so an event is one line and looks like what it is (AU-04).
 */
[[nodiscard]] std::string audit_console_line(const audit_event& event, std::string_view prefix = "[audit]");

/** The event as audit.md names its fields; what is empty is left out. */
[[nodiscard]] json_value to_json(const audit_event& event);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_AUDIT_AUDIT_TEXT_H_
