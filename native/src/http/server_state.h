// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_HTTP_SERVER_STATE_H_
#define LATCHKEY_NATIVE_SRC_HTTP_SERVER_STATE_H_

/** What the pipeline and the routes of one server share. Unchanged once requests come in. */

#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "http/client_address.h"
#include "latchkey/native/http/auth_server.h"
#include "latchkey/native/http/origin_check.h"
#include "latchkey/native/http/router.h"

namespace latchkey::native {

struct server_state {
  auth_provider provider;
  auth_server_config config;
  origin_policy origins;
  trusted_proxies proxies;
  router routes;
};

/** Who sent a request: the first of its session cookies that opens and belongs to somebody. */
[[nodiscard]] result<std::optional<caller>> find_caller(const server_state& state, const http_request& request);

/** The roles and grants of a caller, from the RBAC provider. */
[[nodiscard]] result<void> load_caller_access(const server_state& state, caller& found);

/**
 * Calls into code that a host has written: an exception becomes `unavailable`, so that it denies like any other failure.
 */
template <class Call>
[[nodiscard]] auto call_provider(Call&& call) -> decltype(call()) {
  try {
    return std::forward<Call>(call)();
  } catch (const std::exception& thrown) {
    return fail(errc::unavailable, std::string("A provider threw: ") + thrown.what());
  } catch (...) {
    return fail(errc::unavailable, "A provider threw something that is no exception.");
  }
}

/** Wraps a request in the actor of an audit event. */
[[nodiscard]] audit_actor to_audit_actor(const http_request& request, const user* person);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_HTTP_SERVER_STATE_H_
