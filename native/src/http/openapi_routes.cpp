// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <mutex>

#include "http/authorization.h"
#include "http/openapi_document.h"
#include "http/openapi_writer.h"
#include "http/routes.h"

namespace latchkey::native {

// Written at the first request: by then no route is added any more.
result<void> add_openapi_routes(server_state& state) {
  auto words = parse_json(openapi_document);
  if (!words) return fail(std::move(words));
  constexpr const char* method = "GET";
  constexpr const char* pattern = "/openapi.json";
  auto guard = resolve_guard(state.config.openapi_guard, method, pattern);
  if (!guard) return fail(std::move(guard));
  route asked{.method = method, .pattern = pattern, .guard = *guard, .handler = {}};
  if (auto decidable = check_decidable(state, asked); !decidable) return decidable;
  struct written_once {
    std::once_flag flag;
    std::shared_ptr<const std::string> text;
  };
  return state.routes.add(
      {.method = method,
       .pattern = pattern,
       .guard = std::move(*guard),
       .handler = [&state, words = std::move(*words),
                   written = std::make_shared<written_once>()](auto&) -> http_result<http_response> {
         std::call_once(written->flag, [&] {
           const std::string cookie_name = state.config.cookie.name();
           const described_server server{state.config.api_prefix, cookie_name, state.provider.tokens != nullptr};
           written->text =
               std::make_shared<const std::string>(to_json_text(write_openapi(words, state.routes, server)));
         });
         http_response response;
         response.add_header("Content-Type", "application/json; charset=utf-8");
         response.shared_body = written->text;
         return response;
       },
       .work = route_work::quick});
}

}  // namespace latchkey::native
