// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_HTTP_AUTH_SERVER_H_
#define LATCHKEY_NATIVE_HTTP_AUTH_SERVER_H_

/**
 * The HTTP API of Latchkey without a socket: the auth and audit routes, and the host's own routes behind the same guards.
 * Every request passes, in this order: limits, route, content type and origin, authentication (401), permission (403),
 * body (400), handler. Nobody without permission learns what a valid body looks like.
 *
 * Who sends a request is told by, in this order: the token of `Authorization: Bearer`, `?apiKey=` where it is enabled,
 * the token provider's own headers, the session's cookie, the token provider's cookies, and whom the user provider takes
 * for the current user. So what a client put into a request goes before what its browser adds to every one. A token that
 * nobody knows neither helps nor harms. State-changing requests obey the rule about origins, with whatever they come.
 */

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "latchkey/license.h"
#include "latchkey/native/clock.h"
#include "latchkey/native/http/request_context.h"
#include "latchkey/native/http/request_limits.h"
#include "latchkey/native/http/router.h"
#include "latchkey/native/http/session_cookie.h"
#include "latchkey/native/http/throttle_limits.h"
#include "latchkey/native/provider.h"
#include "latchkey/native/sessions/key_ring.h"
#include "latchkey/native/sessions/one_time_store.h"

namespace latchkey::native {

/** A failure that the operator should see and the client does not. Holds no secret of the request. */
struct failure_report {
  std::string_view request_id = {};
  std::string_view method = {};
  std::string_view path = {};
  std::string_view reason = {};
};

/** Writes it as one line to standard error: `latchkey: error request=… GET /api/…: …`, with `?` for control characters. */
void report_to_standard_error(const failure_report& failure);

/** A request that was answered, for logs and metrics. Lives for the call. */
struct request_observation {
  std::string_view request_id = {};
  /** Of the request's W3C Trace Context; empty without a valid one. */
  std::string_view trace_id = {};
  std::string_view method = {};
  /** The pattern of the route below the prefix; empty when there was none. Never the path: that may hold anything. */
  std::string_view route = {};
  std::string_view remote_address = {};
  int status = 0;
  std::chrono::nanoseconds duration{0};
};

/** What single sign-on needs beside its provider. */
struct sso_settings {
  /** Seals the logins that browsers keep until their callback. Required with a provider of single sign-on. */
  std::shared_ptr<const key_ring> keys = {};
  /** Where the completed ones are remembered. Unset: in this process, which is not enough when several answer. */
  std::shared_ptr<one_time_store> used_logins = {};
  /**
   * The address of `/auth/sso/callback` exactly as it is registered at the provider. Empty: below `public_url`. It is never
   * taken from a request (SO-19).
   */
  std::string callback_url = {};
  /** The path of the page to which a failed sign-in returns, with `?error=<code>`. */
  std::string login_page = "/login";
  /**
   * Takes the tokens that the identity provider issued, for a host that calls it on the user's behalf. Called once for each
   * sign-in whose provider gave some, when the session is there and before the browser hears of it; an error ends the
   * session again and fails the sign-in. Called from any thread; may wait. Unset: the tokens are dropped. The tokens are
   * secrets: they are never logged, and reach no browser.
   */
  std::function<result<void>(const user& person, const latchkey::session& session, const sso_tokens& tokens)>
      keep_tokens = {};
};

struct auth_server_config {
  /** Where the API is mounted: trimmed, one leading slash, no trailing slash. */
  std::string api_prefix = "/api";
  /** The origin under which clients reach the server. Empty: taken from scheme and Host of each request. */
  std::string public_url = {};
  /** Other origins that may call with credentials, exactly as browsers send them. */
  std::vector<std::string> trusted_origins = {};
  /** Reached by loopback names only: requests of browsers under another name are refused (DNS rebinding). */
  bool loopback_only = false;
  /** Proxies in front of the server, as addresses or CIDR blocks: only their `X-Forwarded-For` counts. */
  std::vector<std::string> trusted_proxies = {};
  /** How often what can be guessed may be tried. */
  throttle_limits throttling = {};
  /**
   * Reads a token from `?apiKey=` as well. Addresses end up in logs and histories, so this is for clients that can set
   * no header.
   */
  bool allow_api_key_query = false;
  session_cookie_settings cookie = {};
  sso_settings sso = {};
  /** The license as it was read once. Not asked where `find_license` is set. */
  license_gate license = {};
  /**
   * The license of now, such as `license_source::current`: asked for each request that a licensed feature answers, from any
   * thread, so it must be quick. It must not throw.
   */
  std::function<license_gate()> find_license = {};
  request_limits limits = {};
  /**
   * Without an RBAC provider a route that asks for a permission can't be added, because nobody could be asked for it. With
   * this it lets in whoever is signed in, as the documented hooks show it then.
   */
  bool permissions_need_session_alone = false;
  /**
   * Offered by `/auth/permission-patterns` beside what routes declare and presets grant; callers with `settings:read` see
   * the grants of the roles here as well.
   */
  std::vector<std::string> permission_vocabulary = default_permission_vocabulary();
  /** Actions that must be on record before the answer. */
  std::vector<action_pattern> required_audit_actions = {
      {"auth.", true}, {"role.", true}, {"acl.", true}, {"key.", true}, {"audit.export", false}};
  /**
   * Whether the host sends `http_response::stream`. Otherwise an answer of any size, such as an export of the audit log, is
   * held in memory whole.
   */
  bool streams_bodies = false;
  /**
   * Whether `answer_at_once` may try. For hosts all of whose providers ask `may_wait` (waiting.h) before they wait, as those
   * of this library do.
   */
  bool has_patient_providers = false;
  /** Whom `GET /openapi.json` answers: it names every route, the host's own included, with the permission that it needs. */
  route_guard openapi_guard = route_guard::open();
  clock_function clock = system_clock_ms;
  /**
   * Called for each internal failure, from any thread; the report lives for the call. What it throws is dropped. Left out,
   * each is a line on standard error; an empty function keeps silent.
   */
  std::function<void(const failure_report&)> report = report_to_standard_error;
  /** Called after each request, from any thread; what it throws is dropped. */
  std::function<void(const request_observation&)> observe = {};

  /** read, write and execute of the namespaces that a Mastra Studio asks for. */
  [[nodiscard]] static std::vector<std::string> default_permission_vocabulary();
};

/** What became of a request that `auth_server::authorize` let through. */
struct call_outcome {
  /** Of the host's answer: below 400 a success. */
  int status = 200;
  std::optional<std::chrono::milliseconds> duration = {};
  /** Left out, the action is the first permission of the guard, as in the event of a denial. */
  std::string action = {};
  /** Left out, the resource is that of the guard, if it is on one. */
  std::optional<audit_resource> resource = {};
};

/** What a host makes, fills with its routes, and calls for every request under the prefix. */
class auth_server {
 public:
  /**
   * `license_required` when roles or an ACL are configured without a license for them, because guarding would silently be
   * off; `no_session_provider` for credentials or single sign-on without sessions or users; `configuration_invalid` for a
   * bad prefix, URL, origin, proxy, limit or cookie setting, such as a cookie of another name than that for which the
   * sessions are sealed, with the setting in `field`.
   */
  [[nodiscard]] static result<std::unique_ptr<auth_server>> create(auth_provider provider, auth_server_config config);
  ~auth_server();

  /**
   * Adds one of the host's routes. Refused as `router::add` does; and `configuration_invalid` for a route that asks for a
   * permission where no provider could know who has it, for a pattern that repeats the prefix (`/api/notes` instead of
   * `/notes`), and once a request has come in.
   */
  [[nodiscard]] result<void> add_route(route added);

  /** Whether a path is the prefix or below it, and so this server's to answer. */
  [[nodiscard]] bool owns(std::string_view path) const noexcept;

  /**
   * Answers any request, unknown paths included. Never throws: what a handler or a provider throws is reported and becomes a
   * 500 or 503. May be called from any number of threads; all calls have to end before the server does. The answer can be
   * sent as it stands: a header that would break the message, or a status outside of 200 to 599, has made it a 500, and how
   * long it is and what becomes of the connection is for the host to write (no `Content-Length`, `Connection` or
   * `Transfer-Encoding`), but for the `Content-Length` of an answer to HEAD, whose body is left out. Its `X-Request-Id` is
   * the name of the request in the body of an error and in reports.
   *
   * A request whose headers announce a body that `body` lacks is refused before its handler is called: with 415 unless it is
   * JSON, otherwise with 400. What an adapter has to do is in message.h.
   */
  [[nodiscard]] http_response handle(const http_request& request) const;

  /**
   * The same answer when it can be had from memory: for the thread that serves the sockets, which must not wait. Empty
   * when something would have to wait, when the request is one that changes something, and without
   * `auth_server_config::has_patient_providers`; then nothing has happened, and `handle` is to be called where waiting is
   * allowed.
   */
  [[nodiscard]] std::optional<http_response> answer_at_once(const http_request& request) const;

  /**
   * Decides about a request that the host answers by itself, such as a stream, an upload or a route of its own router: what
   * `handle` checks before it calls a handler, in the same order and with the same audit events, but for the type of the
   * content: the body is not looked at and may be left out. Either who is asking, with roles and grants (nobody at an
   * `open` guard), or the whole answer to send instead.
   *
   * `pattern` and `parameters` are those of the host's router; without a pattern a derived guard goes by the path. Both are
   * for a guard on a resource. A guard that `add_route` would refuse is a 500 and is reported. Never throws; may be called
   * from any number of threads, and may wait.
   */
  [[nodiscard]] tl::expected<std::optional<caller>, http_response> authorize(const http_request& request,
                                                                             const route_guard& guard,
                                                                             std::string_view pattern = {},
                                                                             path_parameters parameters = {}) const;

  /**
   * Records what became of a request that `authorize` let through, with the same `guard`, `pattern` and `parameters`; `who`
   * is what it gave. Best effort: a failure is reported to the operator. Never throws; may be called from any number of
   * threads, and may wait.
   */
  void record_outcome(const http_request& request, const std::optional<caller>& who, const route_guard& guard,
                      const call_outcome& outcome, std::string_view pattern = {},
                      path_parameters parameters = {}) const;

  /**
   * The answer to a request that the host has refused before it was complete, such as `body_too_large`,
   * `headers_too_large` or `request_invalid`, or that it has no room for (`throttled`, `unavailable`): the documented JSON
   * with the headers of every answer. `received` is what is known of the request, which may be nothing. Does not wait.
   */
  [[nodiscard]] http_response refusal(errc code, const http_request& received = {}) const;

  /**
   * Lets a page of a trusted origin read an answer that the host has worded itself, such as a file: adds the CORS headers, and
   * to a 204 with `Allow` for a preflight what that page may send. Adds nothing twice. Does not wait.
   */
  void add_cors(const http_request& request, http_response& response) const;

  /**
   * Makes an absolute-form target in `request.path` (`http://host/path`, RFC 9112 §3.2.2) its path alone, and its authority the
   * Host header. `request_invalid` for one of another server: with `public_url` its host or a loopback name is this server's,
   * with `loopback_only` a loopback name, otherwise the name of the Host header. Another target stays as it is. `handle` does
   * the same; this is for a host that looks at paths first.
   */
  [[nodiscard]] std::optional<errc> resolve_target(http_request& request) const;

  /** What `handle` refuses to look at, so that a host need not read more. */
  [[nodiscard]] const request_limits& limits() const noexcept;

  /** How to run `handle` for this request. */
  [[nodiscard]] route_work work_of(const http_request& request) const;
  /** Whether `handle` may wait for something: a host with one thread should then use another. */
  [[nodiscard]] bool may_block(const http_request& request) const { return work_of(request) != route_work::quick; }

  /**
   * Who counts as one client where a share of something is given to each: the IPv4 address, or the /64 of the IPv6 one,
   * that the request came from behind trusted proxies.
   */
  [[nodiscard]] std::string client_of(const http_request& request) const;

  /**
   * Whose share of the connections one from this peer takes: the IPv4 address, or the /64 of the IPv6 one. Empty for a trusted
   * proxy, which has no share of its own: its connections are those of all its clients.
   */
  [[nodiscard]] std::string share_of(std::string_view peer_address) const;

  /** Every route with its resolved guard. Patterns are below the prefix. */
  [[nodiscard]] std::vector<const route*> routes() const;
  /** The prefix in its normal form. */
  [[nodiscard]] const std::string& api_prefix() const noexcept;

 private:
  explicit auth_server(std::unique_ptr<server_state> state);
  struct answered;
  [[nodiscard]] http_response process(const http_request& request, answered& given) const;
  [[nodiscard]] route_match find_route(const http_request& request) const;
  [[nodiscard]] http_result<std::optional<caller>> decide(const http_request& request, const route_guard& guard,
                                                          std::string_view pattern, path_parameters parameters,
                                                          const answered& given) const;
  [[nodiscard]] answered answer(const http_request& request) const;
  void observe(const http_request& request, const answered& given) const noexcept;
  /** For a host that sends answers in one piece. A body that can't be completed becomes a 503. */
  void collect(const http_request& request, answered& given) const;
  void complete(const http_request& request, answered& given) const;
  [[nodiscard]] http_response route_request(const http_request& request, answered& given) const;

  std::unique_ptr<server_state> state_;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_HTTP_AUTH_SERVER_H_
