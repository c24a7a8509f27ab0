// SPDX-License-Identifier: Apache-2.0
#include "http/refusal.h"

#include "latchkey/native/crypto/random.h"
#include "latchkey/native/http/security_headers.h"

namespace latchkey::native {
namespace {

constexpr std::size_t request_id_bytes = 12;

}  // namespace

std::string new_request_id() {
  auto id = random_id(request_id_bytes);
  return id ? *id : "unavailable";
}

http_error to_refusal(errc code) {
  http_error refusal{code, {}, {}, {}};
  // Whoever has too much in the queue may come back as soon as some of it is done.
  if (code == errc::throttled) refusal.retry_after_s = 1;
  return refusal;
}

http_response refusal_response(errc code, bool is_https) {
  const std::string request_id = new_request_id();
  http_response response = error_response(to_refusal(code), request_id);
  response.set_header(request_id_header, request_id);
  add_api_headers(response, is_https);
  return response;
}

void drop_body(http_response& response) {
  if (response.stream) {
    // How long it would be is not known, so no length is told; that it comes in parts is for the host to say.
    response.stream = [] { return result<std::string>(); };
    return;
  }
  response.set_header("Content-Length", std::to_string(response.content().size()));
  response.body.clear();
  response.shared_body = nullptr;
}

}  // namespace latchkey::native
