// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_HTTP_GUARD_H_
#define LATCHKEY_NATIVE_HTTP_GUARD_H_

/** Who may use a route. A value that is declared with the route and checked when it is added, never when it is called. */

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "latchkey/permission.h"
#include "latchkey/result.h"

namespace latchkey::native {

enum class guard_kind : std::uint8_t {
  /** The permission that method and pattern stand for (core `derive_route_permission`). */
  derived,
  /** Everybody. */
  open,
  /** Whoever has a live session. */
  signed_in,
  /** One of the permissions. */
  any_of,
  /** Only who holds `*`; refused with `Admin access required`. */
  everything,
};

/** A declaration. Left alone it is the derived permission, so nothing is open by omission. */
struct route_guard {
  guard_kind kind = guard_kind::derived;
  std::vector<std::string> permissions;

  [[nodiscard]] static route_guard open() { return {guard_kind::open, {}}; }
  [[nodiscard]] static route_guard signed_in() { return {guard_kind::signed_in, {}}; }
  [[nodiscard]] static route_guard permission(std::string required) {
    return {guard_kind::any_of, {std::move(required)}};
  }
  [[nodiscard]] static route_guard any_of(std::vector<std::string> required) {
    return {guard_kind::any_of, std::move(required)};
  }
  [[nodiscard]] static route_guard everything() { return {guard_kind::everything, {"*"}}; }
  [[nodiscard]] static route_guard derived() { return {}; }

  friend bool operator==(const route_guard&, const route_guard&) = default;
};

/**
 * The guard that is enforced: a derived one becomes `any_of` its permission. `route_undeclared` when none can be derived
 * or the list is empty, `permission_invalid` with the permission in `field` for one outside the grammar.
 */
[[nodiscard]] result<route_guard> resolve_guard(route_guard declared, std::string_view method,
                                                std::string_view pattern);

/** Whether grants satisfy a resolved guard that asks for permissions. */
[[nodiscard]] bool is_covered(const route_guard& guard, const grant_set& grants) noexcept;

/** `Missing required permission: agents:read or agents:write`. */
[[nodiscard]] std::string missing_permission_message(const route_guard& guard);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_HTTP_GUARD_H_
