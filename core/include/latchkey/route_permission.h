// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_ROUTE_PERMISSION_H_
#define LATCHKEY_ROUTE_PERMISSION_H_

/** Which permission a route needs when it does not declare one: read from its method and its path under the prefix. */

#include <optional>
#include <string>
#include <string_view>

#include "latchkey/version.h"

namespace latchkey {

/**
 * `namespace:action` for a method (any case) and a path pattern such as `/agents/:agentId/generate`. The namespace is
 * the first segment (`/stored/<family>` is `stored-<family>`, `/.well-known` is `a2a`). GET and HEAD read, PUT and
 * PATCH write, DELETE deletes; any other method but POST reads. POST
 *
 * - executes when a segment is one of `generate`, `stream`, `execute`, `start`, `resume`, `restart`, `cancel`, `approve`,
 *   `decline`, `speak`, `listen`, `query`, `search`, `observe`, `time-travel`, `enhance`, `clone`, or begins with one of
 *   them followed by anything but a lower-case letter or digit (`start-async`, `streamVNext`);
 * - publishes below `/stored/`, and there alone, when its last segment is `publish`, `activate` or `restore`;
 * - writes otherwise: `/agents/:id/run`, `/x/:id/invoke` and `/reports/:id/publish` need `…:write`.
 *
 * Nothing for `ALL`, for a path without a segment, and where the result would not be a permission: a guarded route then
 * has to declare one. `auth_server::routes` has what each route came to, and `to_string` of its guard says it.
 */
[[nodiscard]] std::optional<std::string> derive_route_permission(std::string_view method, std::string_view path);

}  // namespace latchkey

#endif  // LATCHKEY_ROUTE_PERMISSION_H_
