// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_HTTP_ENDED_SESSIONS_H_
#define LATCHKEY_NATIVE_SRC_HTTP_ENDED_SESSIONS_H_

/** The end of the sessions that a request carries, for the routes after which they must open nothing. */

#include <vector>

#include "http/server_state.h"

namespace latchkey::native {

/**
 * Ends every session whose cookie came with the request, with all that it was renewed into: more than one when cookies of
 * several paths or domains carry the name. A cookie that was renewed long ago opens nothing, and yet whoever took it may
 * live on what it was renewed into; that goes on record as a reuse. Stops at the first failure. What was ended.
 */
[[nodiscard]] result<std::vector<ended_session>> end_carried_sessions(const server_state& state,
                                                                      request_context& context);

/** Puts on record that a session was renewed twice, or ended after its renewal: one of its two holders has stolen it. */
[[nodiscard]] result<void> audit_reuse(request_context& context, const latchkey::session& reused);

/** For the audit log: SHA-256 of the session's id. Empty when it can't be had; the event is worth more than its hash. */
[[nodiscard]] std::string hash_for_audit(const latchkey::session& session);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_HTTP_ENDED_SESSIONS_H_
