// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_HTTP_SERVER_STATE_H_
#define LATCHKEY_NATIVE_SRC_HTTP_SERVER_STATE_H_

/** What the pipeline and the routes of one server share. Unchanged once requests come in, but for its counts. */

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "http/client_address.h"
#include "latchkey/native/http/auth_server.h"
#include "latchkey/native/http/login_cookies.h"
#include "latchkey/native/http/origin_check.h"
#include "latchkey/native/http/router.h"
#include "latchkey/native/waiting.h"
#include "provider_call.h"

namespace latchkey::native {

struct server_state {
  auth_provider provider;
  auth_server_config config;
  origin_policy origins;
  trusted_proxies proxies;
  router routes;
  /** Set with a provider of single sign-on. */
  std::optional<login_cookies> logins = {};
  std::string sso_callback_url = {};
  /** Refusals by guards since the last one on record. */
  mutable std::atomic<std::uint64_t> unrecorded_refusals{0};
  /** Whether a request has come in: from then on nobody may add a route. */
  mutable std::atomic<bool> is_in_use{false};

  [[nodiscard]] license_gate license() const { return config.find_license ? config.find_license() : config.license; }
  /** Whether a licensed feature may be used now. */
  [[nodiscard]] bool allows(license_feature feature) const { return license().allows(feature, config.clock()); }
};

/** Tells the operator; not of an answer that is about to be thrown away because it could not wait. */
inline void report_failure(const server_state& state, const failure_report& failure) noexcept {
  if (!state.config.report || no_waiting::was_in_the_way()) return;
  try {
    state.config.report(failure);
  } catch (...) {
    // A log that is full must not take the answer away, nor the process.
  }
}

/** The field of an error that came from the store of sessions or of their people, while a session was looked up. */
inline constexpr std::string_view unjudged_session = "session";

/** Is told, once each, why a provider could not say whether it knows somebody. */
using skip_report = std::function<void(std::string_view reason)>;

/**
 * Who sent a request. What a client has put into this very request goes before what its browser adds to each: the bearer
 * token, `?apiKey=` where it is enabled, the authenticator's own headers; then the session's cookie, the authenticator's
 * cookies, and whom the user provider takes for the current user. The first that somebody knows wins; one that nobody
 * knows neither helps nor harms, and a provider that fails is skipped. An error when nobody is found and one failed, and
 * at once when sessions can't be looked up; by then `skipped` has heard of it, and the error's field is
 * `unjudged_session`, unless a provider threw.
 */
[[nodiscard]] result<std::optional<caller>> find_caller(const server_state& state, const http_request& request,
                                                        const skip_report& skipped);

/** The roles and grants of a caller, from the RBAC provider. */
[[nodiscard]] result<void> load_caller_access(const server_state& state, caller& found);

/** Wraps a request in the actor of an audit event. */
[[nodiscard]] audit_actor to_audit_actor(const http_request& request, const user* person);
/** The same for who was found to send it: `apikey` for the key of a program. */
[[nodiscard]] audit_actor to_caller_actor(const http_request& request, const caller* found);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_HTTP_SERVER_STATE_H_
