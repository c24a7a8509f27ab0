// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_ROUTE_PERMISSION_H_
#define LATCHKEY_ROUTE_PERMISSION_H_

/** Which permission a route needs when it does not declare one: read from its method and its path under the prefix. */

#include <optional>
#include <string>
#include <string_view>

namespace latchkey {

/**
 * `namespace:action` for a method (any case) and a path pattern such as `/agents/:agentId/generate`. The namespace is
 * the first segment (`/stored/<family>` is `stored-<family>`, `/.well-known` is `a2a`). GET and HEAD read, PUT and
 * PATCH write, DELETE deletes; POST executes when a segment is one of the verbs of execution or begins with one
 * followed by anything but a lower-case letter or digit (`start-async`, `streamVNext`), publishes below `/stored/`, and
 * otherwise writes; any other method reads. Nothing for `ALL`, for a path without a segment, and where the result would
 * not be a permission: a guarded route then has to declare one.
 */
[[nodiscard]] std::optional<std::string> derive_route_permission(std::string_view method, std::string_view path);

}  // namespace latchkey

#endif  // LATCHKEY_ROUTE_PERMISSION_H_
