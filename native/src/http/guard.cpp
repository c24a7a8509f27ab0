// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/http/guard.h"

#include <algorithm>

#include "latchkey/route_permission.h"

namespace latchkey::native {
namespace {

// What can be asked about one resource: `type:action`, nothing wider and nothing of another type, because the decision
// puts type, action and id together again.
result<void> check_resource(const route_guard& guard, const std::string& name, std::string_view pattern) {
  const auto invalid = [&name](const std::string& sentence) {
    return fail(errc::configuration_invalid, name + " " + sentence, name);
  };
  if (guard.kind != guard_kind::any_of) return invalid("asks for no permission that could be had on one resource.");
  for (const auto& permission : guard.permissions) {
    const auto parsed = parse_permission(permission);
    if (!parsed || parsed->parts != 2 || parsed->name_space != guard.resource_type || parsed->action == "*") {
      return invalid("requires \"" + permission + "\", which is no action on one of the " + guard.resource_type + ".");
    }
  }
  if (!has_resource_parameters(guard, pattern)) {
    return invalid("takes its resource from a parameter that " + std::string(pattern) + " does not have.");
  }
  return {};
}

}  // namespace

result<route_guard> resolve_guard(route_guard declared, std::string_view method, std::string_view pattern) {
  const std::string name = std::string(method) + " " + std::string(pattern);
  if (declared.kind == guard_kind::derived) {
    auto derived = derive_route_permission(method, pattern);
    if (!derived) {
      return fail(errc::route_undeclared, name + " declares no permission and none can be derived from it.", name);
    }
    declared.kind = guard_kind::any_of;
    declared.permissions = {std::move(*derived)};
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
  const bool is_on_resource = !declared.resource_type.empty() || !declared.resource_parameters.empty();
  if (is_on_resource) {
    if (auto checked = check_resource(declared, name, pattern); !checked) return fail(std::move(checked));
  }
  return declared;
}

bool has_resource_parameters(const route_guard& guard, std::string_view pattern) noexcept {
  const auto has = [pattern](std::string_view name) {
    for (auto colon = pattern.find("/:"); colon != std::string_view::npos; colon = pattern.find("/:", colon + 1)) {
      const auto rest = pattern.substr(colon + 2);
      if (rest.substr(0, rest.find('/')) == name) return true;
    }
    return false;
  };
  return guard.resource_type.empty() ||
         (!guard.resource_parameters.empty() &&
          std::all_of(guard.resource_parameters.begin(), guard.resource_parameters.end(), has));
}

bool is_covered(const route_guard& guard, const grant_set& grants) noexcept {
  return grants.covers_any(guard.permissions);
}

std::string to_string(const route_guard& guard) {
  if (guard.kind == guard_kind::open) return "open";
  if (guard.kind == guard_kind::signed_in) return "signed in";
  if (guard.permissions.empty()) return "derived";
  std::string text;
  for (const std::string& permission : guard.permissions) text.append(text.empty() ? "" : " or ").append(permission);
  if (guard.resource_type.empty()) return text;
  text.append(" of ").append(guard.resource_type);
  for (const std::string& parameter : guard.resource_parameters) text.append(" :").append(parameter);
  return text;
}

std::string missing_permission_message(const route_guard& guard, std::string_view resource_id) {
  std::string message = "Missing required permission: ";
  for (std::size_t i = 0; i < guard.permissions.size(); ++i) {
    if (i > 0) message += " or ";
    message += guard.permissions[i];
    if (!resource_id.empty()) message.append(":").append(resource_id);
  }
  return message;
}

}  // namespace latchkey::native
