// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_HTTP_OPENAPI_WRITER_H_
#define LATCHKEY_NATIVE_SRC_HTTP_OPENAPI_WRITER_H_

/**
 * The OpenAPI 3.1 description of a server: paths, parameters and guards come from its router, so they can't be wrong;
 * words, bodies and answers from openapi.json, in which a test finds every route of ours.
 */

#include "latchkey/json_codec.h"
#include "latchkey/native/http/router.h"

namespace latchkey::native {

/** What a description says of the server itself. */
struct described_server {
  std::string_view api_prefix;
  std::string_view cookie_name;
  /** Whether it knows people by bearer tokens as well. */
  bool has_tokens = false;
};

/** `words` is openapi.json as it was parsed. Routes that it does not know are the host's. */
[[nodiscard]] json_value write_openapi(const json_value& words, const router& routes, const described_server& server);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_HTTP_OPENAPI_WRITER_H_
