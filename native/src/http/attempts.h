// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_HTTP_ATTEMPTS_H_
#define LATCHKEY_NATIVE_SRC_HTTP_ATTEMPTS_H_

/** Counting attempts of requests: what a route asks before it does what could be guessed at. */

#include <initializer_list>
#include <string>
#include <string_view>

#include "http/server_state.h"

namespace latchkey::native {

/** One count that an attempt is taken from. */
struct attempt {
  /** Whose, beginning with what is tried: `sign-in account ada@example.com`. */
  std::string key;
  const throttle_rule& rule;
};

/** Whether every rule of the server's is one. `configuration_invalid` with field `throttling`. */
[[nodiscard]] result<void> check_throttle_limits(const throttle_limits& limits);

/**
 * Takes from each count in turn and stops at the first that has nothing left: 429, and `auth.throttled` in the audit log,
 * at most once a minute for a key. `unavailable` when it can't be counted. `email` is for the audit log; may be empty.
 */
[[nodiscard]] http_result<void> take_attempts(const server_state& state, request_context& context,
                                              std::initializer_list<attempt> attempts, std::string_view email = {});

/**
 * Puts on record that a guard refused somebody, as often as `audit_of_refusals` says. Those left out are counted, and their
 * number is in the next event (`metadata.unrecorded`).
 */
void record_refusal(const server_state& state, request_context& context, audit_event event);

/** Who is calling, as `client_network` of the address. */
[[nodiscard]] std::string client_of(const request_context& context);

/**
 * An address in a form that finds the same address again and tells nothing else: whether it belongs to anybody is not
 * known here, and a password typed into the wrong field must not end up in a log.
 */
[[nodiscard]] std::string address_digest(std::string_view email);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_HTTP_ATTEMPTS_H_
