// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_HTTP_CORS_H_
#define LATCHKEY_NATIVE_HTTP_CORS_H_

/**
 * CORS (Fetch Standard §3.2) for exact entries of the trusted origins alone, with credentials. Nobody else gets a header,
 * and `*` is never sent.
 */

#include <string_view>

#include "latchkey/native/http/message.h"
#include "latchkey/native/http/origin_check.h"

namespace latchkey::native {

/**
 * Adds `Vary: Origin`, and what lets a trusted origin read the answer, `Retry-After` and `X-Request-Id` included. Adds nothing
 * twice.
 */
void add_cors_headers(const origin_policy& policy, const http_request& request, http_response& response);

/**
 * The answer to OPTIONS on a known path: 204 with `Allow`, and for a preflight of a trusted origin what it may send.
 * `add_cors_headers` is still to be called.
 */
[[nodiscard]] http_response preflight_response(const origin_policy& policy, const http_request& request,
                                               std::string_view allowed_methods);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_HTTP_CORS_H_
