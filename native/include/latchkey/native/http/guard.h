// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_HTTP_GUARD_H_
#define LATCHKEY_NATIVE_HTTP_GUARD_H_

/** Who may use a route. A value that is declared with the route and checked when it is added, never when it is called. */

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "latchkey/permission.h"
#include "latchkey/result.h"

namespace latchkey::native {

enum class guard_kind : std::uint8_t {
  /** The permission that method and pattern stand for (core `derive_route_permission`). */
  derived,
  /** Everybody. */
  open,
  /** Whoever is known, by a live session or a token. */
  signed_in,
  /** One of the permissions. Needs an RBAC provider, or on one resource an ACL provider, that knows who has it. */
  any_of,
  /** Only who holds `*`; refused with `Admin access required`. */
  everything,
};

/** A declaration. Left alone it is the derived permission, so nothing is open by omission. */
struct route_guard {
  guard_kind kind = guard_kind::derived;
  std::vector<std::string> permissions = {};
  /** Not empty: the permissions are asked for on one resource of this type. */
  std::string resource_type = {};
  /** The path parameters whose values, joined by `:`, are the id of that resource. */
  std::vector<std::string> resource_parameters = {};

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

  /**
   * The same permissions, asked for on the resource that the path names: `derived().on_resource("agents", "id")` on
   * `GET /agents/:id` asks for `agents:read:<id>`, of the roles and of the ACL provider together, in its mode.
   */
  template <class... Parameters>
  [[nodiscard]] route_guard on_resource(std::string type, Parameters... id_parameters) const {
    route_guard narrowed = *this;
    narrowed.resource_type = std::move(type);
    narrowed.resource_parameters = {std::string(std::move(id_parameters))...};
    return narrowed;
  }

  friend bool operator==(const route_guard&, const route_guard&) = default;
};

/**
 * The guard that is enforced: a derived one becomes `any_of` its permission. `route_undeclared` when none can be derived
 * or the list is empty, `permission_invalid` with the permission in `field` for one outside the grammar. On a resource,
 * each must be an action of the resource's own type, and the pattern have the parameters: `configuration_invalid`.
 */
[[nodiscard]] result<route_guard> resolve_guard(route_guard declared, std::string_view method,
                                                std::string_view pattern);

/** Whether grants satisfy a resolved guard that asks for permissions. */
[[nodiscard]] bool is_covered(const route_guard& guard, const grant_set& grants) noexcept;

/** Whether a pattern has every parameter that the guard takes its resource from. */
[[nodiscard]] bool has_resource_parameters(const route_guard& guard, std::string_view pattern) noexcept;

/**
 * What a resolved guard asks for, to be shown to the operator: `open`, `signed in`, `*`, or `agents:read or agents:write`,
 * and `agents:read of agents :id` on the resource that the path names.
 */
[[nodiscard]] std::string to_string(const route_guard& guard);

/** `Missing required permission: agents:read or agents:write`; on a resource, each with its id. */
[[nodiscard]] std::string missing_permission_message(const route_guard& guard, std::string_view resource_id = {});

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_HTTP_GUARD_H_
