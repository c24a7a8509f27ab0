// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_HTTP_BEARER_TOKEN_H_
#define LATCHKEY_NATIVE_SRC_HTTP_BEARER_TOKEN_H_

#include <string_view>

#include "http/text.h"
#include "latchkey/native/http/message.h"

namespace latchkey::native {

/** The token of `Authorization: Bearer` (RFC 6750 §2.1), or nothing. The view lives as long as the request. */
[[nodiscard]] inline std::string_view bearer_token(const http_request& request) {
  constexpr std::string_view scheme = "Bearer";
  const std::string_view value = trim(request.header("Authorization"));
  if (value.size() <= scheme.size()) return {};
  if (!equals_ignoring_case(value.substr(0, scheme.size()), scheme) || value[scheme.size()] != ' ') return {};
  return trim(value.substr(scheme.size()));
}

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_HTTP_BEARER_TOKEN_H_
