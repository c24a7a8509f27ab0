// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_HTTP_REFUSAL_H_
#define LATCHKEY_NATIVE_SRC_HTTP_REFUSAL_H_

/** The name of a request, and the answer to one that never reaches the router. */

#include <string>

#include "latchkey/native/http/error_response.h"

namespace latchkey::native {

/** Carries the name of the request in each answer. */
inline constexpr const char* request_id_header = "X-Request-Id";

/** Unguessable, so that nobody can ask for another's log by its id. Never fails: without randomness it is a constant. */
[[nodiscard]] std::string new_request_id();

/** A refusal for want of room or time, which says when it is worth coming back. */
[[nodiscard]] http_error to_refusal(errc code);

/** The documented JSON under a fresh request id, with the headers of the API. */
[[nodiscard]] http_response refusal_response(errc code, bool is_https);

/** HEAD answers as GET would, without its body. */
void drop_body(http_response& response);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_HTTP_REFUSAL_H_
