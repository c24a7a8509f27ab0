// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_HTTP_AUTHORIZATION_H_
#define LATCHKEY_NATIVE_SRC_HTTP_AUTHORIZATION_H_

/** Whether a request may go on to a route's handler. Each refusal is on record; the decisions behind them are core's. */

#include "http/server_state.h"

namespace latchkey::native {

/** Whether it was sent to us, and by a page of ours where it may change something. */
[[nodiscard]] http_result<void> check_origin(const server_state& state, request_context& context);

/** Whether who sends it may use the route: 401 or 403, or 503 when that can't be found out. */
[[nodiscard]] http_result<void> authorize(const server_state& state, request_context& context, const route& target);

/** An event about a call of the route, with the action and the resource that the route is recorded under. */
[[nodiscard]] audit_event event_about(const request_context& context, const route& target);

/** The event about a call that was answered with `status`. */
[[nodiscard]] audit_event call_event(const request_context& context, const route& target, int status);

/**
 * `all` or `none`, for a route with its guard resolved. The server's own routes record what they do themselves: theirs
 * stays `changes`, and no call of them is recorded beside that.
 */
[[nodiscard]] call_recording resolve_recording(const route& added);

/**
 * Whether somebody could know who has the permissions that the route's resolved guard asks for. Who forgot the RBAC provider
 * would else let everybody in. `configuration_invalid` with field `rbac`.
 */
[[nodiscard]] result<void> check_decidable(const server_state& state, const route& asked);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_HTTP_AUTHORIZATION_H_
