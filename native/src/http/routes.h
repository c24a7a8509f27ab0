// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_HTTP_ROUTES_H_
#define LATCHKEY_NATIVE_SRC_HTTP_ROUTES_H_

/** The server's own routes, by what they are about. Each function adds its group; the state must outlive the handlers. */

#include "http/server_state.h"

namespace latchkey::native {

/** GET /auth/capabilities, GET /auth/me. */
[[nodiscard]] result<void> add_auth_routes(server_state& state);
/** POST /auth/credentials/sign-in and sign-up, and their aliases. */
[[nodiscard]] result<void> add_credential_routes(server_state& state);
/** POST /auth/credentials/request-password-reset and reset-password. */
[[nodiscard]] result<void> add_password_reset_routes(server_state& state);
/** POST /auth/logout, POST /auth/refresh. */
[[nodiscard]] result<void> add_session_routes(server_state& state);
/** GET /auth/sessions, DELETE /auth/sessions/:id, DELETE /auth/sessions. */
[[nodiscard]] result<void> add_session_list_routes(server_state& state);
/** GET /auth/roles/:roleId/permissions, GET /auth/permission-patterns. */
[[nodiscard]] result<void> add_role_routes(server_state& state);
/** GET /auth/roles, and with an `rbac_manager` PUT and DELETE /auth/users/:id/roles/:role. */
[[nodiscard]] result<void> add_role_manager_routes(server_state& state);
/** With an `acl_manager` GET, PUT and DELETE /auth/acl/:type/:id. */
[[nodiscard]] result<void> add_acl_routes(server_state& state);
/** GET /auth/sso/login, GET /auth/sso/callback, and their aliases. */
[[nodiscard]] result<void> add_sso_routes(server_state& state);
/** GET /audit, GET /audit/export, GET /audit/:id; without a store of events they answer 503. */
[[nodiscard]] result<void> add_audit_routes(server_state& state);
/** GET /openapi.json. */
[[nodiscard]] result<void> add_openapi_routes(server_state& state);

/** Ends them all; stops at the first failure. */
[[nodiscard]] result<void> revoke_sessions(const server_state& state, const std::vector<latchkey::session>& ended);

/** Where a session begins that this request asks for; the mark is from before the proof was checked. */
[[nodiscard]] session_origin origin_of(const http_request& request, std::int64_t sign_in_mark);

/** Sets the cookie of a session that was just issued. */
[[nodiscard]] result<void> add_session_cookie(const server_state& state, const issued_session& issued,
                                              http_response& response);

/** Whether people may sign in here: the license has users and sessions. */
[[nodiscard]] bool may_sign_in(const server_state& state);
/** The refusal of a route that signs people in or keeps them signed in, where the license has no users or no sessions. */
[[nodiscard]] http_result<void> check_may_sign_in(const server_state& state);

/** What a person has just done to prove who they are. */
struct proven_sign_in {
  /** As the audit log names it. */
  std::string_view action;
  /** Of `session_provider::begin_sign_in`, taken before the proof was looked at. */
  std::int64_t mark = 0;
  /** Called with the new session before it is on record; an error ends it again. May be empty. */
  std::function<result<void>(const latchkey::session&)> on_session = {};
};

/**
 * The answer to a person who has just proven who they are: `response` with the cookie of a session with a new id, and the
 * end of the ones that came with the request. It is on record before anybody hears of it, otherwise the new session ends
 * as well.
 */
[[nodiscard]] http_result<http_response> start_session(const server_state& state, request_context& context,
                                                       const user& person, const proven_sign_in& proof,
                                                       http_response response);

/** The button of single sign-on; nothing when there is none, or it is not licensed. */
[[nodiscard]] std::optional<sso_login> sso_button(const server_state& state, const request_context& context);

/** Where signing out goes on at the identity provider. A failure there is reported and keeps nobody signed in. */
[[nodiscard]] std::optional<std::string> sign_out_url(const server_state& state, const request_context& context,
                                                      const latchkey::session& ended);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_HTTP_ROUTES_H_
