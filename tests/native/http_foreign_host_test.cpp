// SPDX-License-Identifier: Apache-2.0
// What a server of somebody's own can rely on when it sends the answers of `auth_server`.
#include "native/http_support.h"

namespace latchkey::native::testing {
namespace {

TEST_CASE("[HT-10] a host refuses what it can't read in the API's words", "[http][HT-10]") {
  world w;
  w.config.public_url = "https://studio.example.com";
  std::vector<int> seen;
  w.config.observe = [&seen](const request_observation& observed) { seen.push_back(observed.status); };
  w.start();
  const auto refused = w.server->refusal(errc::body_too_large);
  CHECK(refused.status == 413);
  CHECK(*body_of(refused).find_string("code") == "ERR_LATCHKEY_BODY_TOO_LARGE");
  CHECK(body_of(refused).find_string("requestId")->size() == 16);
  CHECK(header_of(refused, "Cache-Control") == "no-store");
  CHECK(header_of(refused, "Strict-Transport-Security") == "max-age=31536000");
  CHECK(body_of(w.server->refusal(errc::body_too_large)) != body_of(refused));

  http_request head = world::request("HEAD", "/api/auth/me");
  head.headers.emplace_back("Origin", "https://studio.example.com");
  const auto without_body = w.server->refusal(errc::headers_too_large, head);
  CHECK(without_body.status == 431);
  CHECK(without_body.body.empty());
  CHECK(header_of(without_body, "Access-Control-Allow-Origin") == "https://studio.example.com");
  CHECK(seen == std::vector<int>{413, 413, 431});
}

TEST_CASE("[HT-08] a host is told how much of a request is looked at", "[http][HT-08]") {
  world w;
  w.config.limits.body_bytes = 12;
  w.start();
  CHECK(w.server->limits().body_bytes == 12);
  CHECK(w.server->limits().uri_bytes == 8192);
}

}  // namespace
}  // namespace latchkey::native::testing
