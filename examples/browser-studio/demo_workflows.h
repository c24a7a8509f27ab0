// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_EXAMPLES_DEMO_WORKFLOWS_H_
#define LATCHKEY_EXAMPLES_DEMO_WORKFLOWS_H_

/** The workflows of the demo: a fixed list, whose runs are over at once and are remembered in memory. */

#include "latchkey/native/http/auth_server.h"

namespace latchkey::demo {

/**
 * Adds GET /workflows and POST /workflows/:id/start (also `start-async`), which answers with the run as Mastra's
 * `start-async` does: `{runId, status, steps, result}`. A draft can't be run (400).
 */
[[nodiscard]] result<void> add_workflow_routes(native::auth_server& server, native::clock_function clock);

}  // namespace latchkey::demo

#endif  // LATCHKEY_EXAMPLES_DEMO_WORKFLOWS_H_
