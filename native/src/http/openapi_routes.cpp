// SPDX-License-Identifier: Apache-2.0
#include "http/openapi_document.h"
#include "http/openapi_writer.h"
#include "http/routes.h"

namespace latchkey::native {

// Made at every request: it is asked for rarely, and routes of the host are added after this one.
result<void> add_openapi_routes(server_state& state) {
  auto words = parse_json(openapi_document);
  if (!words) return fail(std::move(words));
  return state.routes.add(
      {.method = "GET",
       .pattern = "/openapi.json",
       .guard = route_guard::open(),
       .handler = [&state, words = std::move(*words)](auto&) -> http_result<http_response> {
         const std::string cookie_name = state.config.cookie.name();
         const described_server server{state.config.api_prefix, cookie_name, state.provider.tokens != nullptr};
         return json_response(200, write_openapi(words, state.routes, server));
       },
       .work = route_work::quick});
}

}  // namespace latchkey::native
