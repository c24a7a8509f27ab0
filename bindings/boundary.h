// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_BINDINGS_BOUNDARY_H_
#define LATCHKEY_BINDINGS_BOUNDARY_H_

/**
 * Core for callers that have only strings: JSON in, tagged JSON out (`{"ok":true,"value":…}` or
 * `{"ok":false,"error":{code,message,field?}}`). Nothing is decided here. README.md beside this file is the table of
 * what each function takes and gives; it knows nothing of Emscripten, so the native tests call it too.
 */

#include <cstddef>
#include <string>
#include <string_view>

namespace latchkey::boundary {

[[nodiscard]] std::string compile_permissions(const std::string& json);
[[nodiscard]] std::string explain(const std::string& json);
[[nodiscard]] std::string role_permissions(const std::string& json);
[[nodiscard]] std::string route_permission(const std::string& json);
[[nodiscard]] std::string license(const std::string& json);
[[nodiscard]] std::string license_signature(const std::string& text);
[[nodiscard]] std::string capabilities(const std::string& json);
[[nodiscard]] std::string parse_cookies(const std::string& header);
[[nodiscard]] std::string cookie(const std::string& json);
[[nodiscard]] std::string set_cookie(const std::string& json);
[[nodiscard]] std::string parse_session_token(const std::string& text);
[[nodiscard]] std::string safe_return_path(const std::string& text);
[[nodiscard]] std::string jar_create(const std::string& json);
[[nodiscard]] std::string jar_store(const std::string& json);
[[nodiscard]] std::string jar_header(const std::string& json);
[[nodiscard]] std::string jar_release(const std::string& json);
[[nodiscard]] std::string audit_matches(const std::string& json);
[[nodiscard]] std::string audit_csv(const std::string& json);
[[nodiscard]] std::string audit_line(const std::string& json);
[[nodiscard]] std::string audit_leaf(const std::string& json);

/**
 * The same as `compile_permissions` for nothing but grants: one a line, none for an empty text. The id, or 0 when that
 * would refuse them, which then says why.
 */
[[nodiscard]] int compile_grants(std::string_view lines);
/** Whether a compiled set covers `required`; false for an unknown id. */
[[nodiscard]] bool covers(int set, std::string_view required) noexcept;
/** Frees a set; harmless for an unknown id. */
void release(int set) noexcept;
/** How many sets are not released. */
[[nodiscard]] std::size_t live() noexcept;

}  // namespace latchkey::boundary

#endif  // LATCHKEY_BINDINGS_BOUNDARY_H_
