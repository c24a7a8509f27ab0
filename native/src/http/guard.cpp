// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/http/guard.h"

#include "latchkey/route_permission.h"

namespace latchkey::native {

result<route_guard> resolve_guard(route_guard declared, std::string_view method, std::string_view pattern) {
  const std::string name = std::string(method) + " " + std::string(pattern);
  if (declared.kind == guard_kind::derived) {
    auto derived = derive_route_permission(method, pattern);
    if (!derived) {
      return fail(errc::route_undeclared, name + " declares no permission and none can be derived from it.", name);
    }
    declared = route_guard::permission(std::move(*derived));
  }
  const bool needs_permissions = declared.kind == guard_kind::any_of || declared.kind == guard_kind::everything;
  if (needs_permissions && declared.permissions.empty()) {
    return fail(errc::route_undeclared, name + " is declared with an empty list of permissions: nobody could call it.",
                name);
  }
  for (const auto& permission : declared.permissions) {
    if (!is_valid_permission(permission)) {
      return fail(errc::permission_invalid, name + " requires \"" + permission + "\", which is no permission.",
                  permission);
    }
  }
  return declared;
}

bool is_covered(const route_guard& guard, const grant_set& grants) noexcept {
  return grants.covers_any(guard.permissions);
}

std::string missing_permission_message(const route_guard& guard) {
  std::string message = "Missing required permission: ";
  for (std::size_t i = 0; i < guard.permissions.size(); ++i) {
    if (i > 0) message += " or ";
    message += guard.permissions[i];
  }
  return message;
}

}  // namespace latchkey::native
