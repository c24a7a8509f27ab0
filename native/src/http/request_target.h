// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_HTTP_REQUEST_TARGET_H_
#define LATCHKEY_NATIVE_SRC_HTTP_REQUEST_TARGET_H_

/** The absolute form of a request's target (RFC 9112 §3.2.2), which clients send to proxies and may send to any server. */

#include <optional>

#include "latchkey/error.h"
#include "latchkey/native/http/origin_check.h"

namespace latchkey::native {

/**
 * Makes `http://host/path` in `request.path` the path alone, and its authority the Host header, as the RFC asks for.
 * `request_invalid` when the target is malformed or another server's. A target of another form stays as it is.
 *
 * With an own origin, its host and loopback names are ours; with `loopback_only`, whatever `is_host_allowed` lets through;
 * otherwise the name in the Host header that came along.
 */
[[nodiscard]] std::optional<errc> resolve_absolute_target(const origin_policy& policy, http_request& request);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_HTTP_REQUEST_TARGET_H_
