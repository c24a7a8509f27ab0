// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_EXAMPLES_DEMO_ROUTES_H_
#define LATCHKEY_EXAMPLES_DEMO_ROUTES_H_

/**
 * What a host application brings: here a handful of agents and workflows in memory. Written against the public headers
 * alone, so it is also the shortest example of guarded routes of one's own.
 */

#include "latchkey/native/acl/acl_provider.h"
#include "latchkey/native/http/auth_server.h"

namespace latchkey::demo {

/** The most agents that are kept; further ones are refused. */
inline constexpr std::size_t max_agents = 200;

/**
 * Adds GET and POST /agents, GET, PATCH and DELETE /agents/:id, POST /agents/:id/generate, and the routes of the workflows
 * (demo_workflows.h). None of them names its permission: each gets the one that its method and path stand for, and what
 * changes something is on record under it. With the grants on single resources, those on an agent end with it: another one
 * of the same id inherits none.
 */
[[nodiscard]] result<void> add_demo_routes(native::auth_server& server,
                                           native::clock_function clock = native::system_clock_ms,
                                           const std::shared_ptr<native::acl_manager>& grants = nullptr);

}  // namespace latchkey::demo

#endif  // LATCHKEY_EXAMPLES_DEMO_ROUTES_H_
