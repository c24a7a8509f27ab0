// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/http/cors.h"

#include <string>

#include "latchkey/native/http/security_headers.h"

namespace latchkey::native {
namespace {

constexpr std::string_view allowed_headers =
    "content-type, authorization, x-mastra-client-type, x-mastra-dev-playground, traceparent, tracestate, "
    "baggage";
/** What a script of another origin may read beside the headers that every script may. */
constexpr std::string_view exposed_headers = "Retry-After, X-Request-Id";

}  // namespace

void add_cors_headers(const origin_policy& policy, const http_request& request, http_response& response) {
  add_vary(response, "Origin");
  const std::string_view origin = request.header("Origin");
  if (!is_trusted_origin(policy, origin)) return;
  response.set_header("Access-Control-Allow-Origin", std::string(origin));
  response.set_header("Access-Control-Allow-Credentials", "true");
  response.set_header("Access-Control-Expose-Headers", std::string(exposed_headers));
}

http_response preflight_response(const origin_policy& policy, const http_request& request,
                                 std::string_view allowed_methods) {
  http_response response;
  response.status = 204;
  response.add_header("Allow", std::string(allowed_methods));
  const bool is_preflight = request.has_header("Access-Control-Request-Method");
  if (is_preflight && is_trusted_origin(policy, request.header("Origin"))) {
    response.add_header("Access-Control-Allow-Methods", std::string(allowed_methods));
    response.add_header("Access-Control-Allow-Headers", std::string(allowed_headers));
    response.add_header("Access-Control-Max-Age", "600");
  }
  return response;
}

}  // namespace latchkey::native
