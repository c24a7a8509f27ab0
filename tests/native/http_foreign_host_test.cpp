// SPDX-License-Identifier: Apache-2.0
// What a server of somebody's own can rely on when it sends the answers of `auth_server`.
#include "native/http_support.h"

namespace latchkey::native::testing {
namespace {

/** A server with GET /own, whose answer has these headers. */
void start_with(world& w, const header_list& headers) {
  w.start();
  const auto added = w.server->add_route({"GET", "/own", route_guard::open(), [headers](request_context&) {
                                            http_response answer = json_response(200, json_object{{"is", "own"}});
                                            for (const auto& [name, value] : headers) answer.add_header(name, value);
                                            return answer;
                                          }});
  REQUIRE(added.has_value());
}

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

TEST_CASE("[HT-06] an answer whose header would begin another one becomes a 500", "[http][HT-06]") {
  for (const auto& [name, value] : header_list{{"X-Own", "a\r\nSet-Cookie: b=c"},
                                               {"X-Own", "a\nb"},
                                               {"X-Own", std::string("a\0b", 3)},
                                               {"X-Own: a\r\nX-Other", "b"},
                                               {"", "a"}}) {
    world w;
    start_with(w, {{name, value}});
    const auto answer = w.get("/api/own");
    CHECK(answer.status == 500);
    CHECK(*body_of(answer).find_string("code") == "ERR_LATCHKEY_INTERNAL");
    CHECK(w.reports.size() == 1);
    for (const auto& [sent, text] : answer.headers) CHECK(sent.find("Own") == std::string::npos);
  }
  world w;
  start_with(w, {{"X-Own", "a\tb"}});
  CHECK(header_of(w.get("/api/own"), "X-Own") == "a\tb");
}

TEST_CASE("[HT-06] how long an answer is and when the connection ends is the host's to say", "[http][HT-06]") {
  world w;
  start_with(w, {{"content-length", "999"}, {"Transfer-Encoding", "chunked"}, {"Connection", "close"}});
  const auto answer = w.get("/api/own");
  CHECK(answer.status == 200);
  for (const char* name : {"Content-Length", "Transfer-Encoding", "Connection"}) CHECK(header_of(answer, name).empty());

  const auto head = w.send(world::request("HEAD", "/api/own"));
  CHECK(head.body.empty());
  CHECK(header_of(head, "Content-Length") == std::to_string(answer.body.size()));
}

}  // namespace
}  // namespace latchkey::native::testing
