// SPDX-License-Identifier: Apache-2.0
// A page of a trusted origin can read every answer: of the API, of pages, and of the host itself.
#include "http_support.h"
#include "latchkey/native/server/static_files.h"
#include "server_support.h"

namespace latchkey::native::testing {
namespace {

constexpr const char* trusted = "https://studio.example.com";
const std::string origin_line = std::string("Origin: ") + trusted + "\r\n";

/** A server with a page and a file beside its API, as `latchkey serve` has them. */
struct site {
  world w;
  static_files pages;
  std::unique_ptr<running_host> host;

  explicit site(http_host_options options = {}) {
    w.start();
    http_host_handler handler = http_host_handler::of(*w.server);
    handler.handle = [this](const http_request& request) {
      auto page = w.server->owns(request.path) ? std::nullopt : pages.find(request, false);
      return page ? std::move(*page) : w.server->handle(request);
    };
    handler.work_of = [this](const http_request& request) {
      return request.path == "/full" ? route_work::heavy : w.server->work_of(request);
    };
    options.limits = w.server->limits();
    options.heavy_per_client = 0;
    host = std::make_unique<running_host>(std::move(options), std::move(handler));
  }
  [[nodiscard]] std::string answer_to(const std::string& text) const {
    raw_client client(host->port());
    client.send(text);
    return client.read_answer();
  }
};

/** So that no cache gives one origin's answer to another. */
bool varies_by_origin(const std::string& answer) {
  const auto begin = answer.find("\r\nVary: ");
  return begin != std::string::npos && contains(answer.substr(begin, answer.find("\r\n", begin + 2) - begin), "Origin");
}

bool can_be_read(const std::string& answer) {
  return contains(answer, std::string("\r\nAccess-Control-Allow-Origin: ") + trusted + "\r\n") &&
         contains(answer, "\r\nAccess-Control-Allow-Credentials: true\r\n") &&
         contains(answer, "\r\nAccess-Control-Expose-Headers: Retry-After, X-Request-Id\r\n") &&
         varies_by_origin(answer);
}

struct exchange {
  const char* status;
  std::string text;
};

std::vector<exchange> exchanges(const std::string& origin) {
  const std::string host = "Host: 127.0.0.1\r\n";
  const auto get = [&](const std::string& target, const std::string& more = {}) {
    return "GET " + target + " HTTP/1.1\r\n" + host + origin + more + "\r\n";
  };
  const std::string post = "POST /api/auth/credentials/sign-in HTTP/1.1\r\n" + host + origin;
  const std::string json = "Content-Type: application/json\r\n";
  std::string pairs;
  for (int i = 0; i < 101; ++i) pairs += "a=b;";
  std::string lines;
  for (int i = 0; i < 101; ++i) lines += "X-" + std::to_string(i) + ": v\r\n";
  return {
      {"200", get("/")},
      {"200", get("/api/auth/me")},
      {"200", get("/api/openapi.json")},
      {"304", get("/", "If-None-Match: *\r\n")},
      {"404", get("/nothing")},
      {"404", get("/api/nothing")},
      {"401", get("/api/audit")},
      {"405", "PUT / HTTP/1.1\r\n" + host + origin + "Content-Length: 0\r\n\r\n"},
      {"405", "PUT /api/auth/me HTTP/1.1\r\n" + host + origin + "Content-Length: 0\r\n\r\n"},
      {"415", "POST /api/auth/logout HTTP/1.1\r\n" + host + origin + "Content-Length: 2\r\n\r\n{}"},
      {"413", post + json + "Content-Length: 70000\r\n\r\n"},
      {"413", post + json + "Transfer-Encoding: chunked\r\n\r\n11170\r\n" + std::string(70'000, 'x')},
      {"431", get("/", "Cookie: a=" + std::string(17'000, 'x') + "\r\n")},
      {"431", get("/", "Cookie: a=" + std::string(40'000, 'x') + "\r\n")},
      {"431", get("/", lines)},
      {"431", get("/api/auth/me", "Cookie: " + pairs + "\r\n")},
      {"414", get("/api/auth/me?x=" + std::string(9'000, 'x'))},
      {"400", get("/", "NoColon\r\n")},
      {"400", get("/", "X-A: b\n")},
      {"400", get("/", "Content-Length: 5, 5\r\n")},
      {"400", "POST / HTTP/1.1\r\n" + host + origin + "Transfer-Encoding: chunked\r\n\r\nz\r\n"},
      {"400", get("http://other.example/")},
      {"429", get("/full")},
  };
}

TEST_CASE("every answer to a trusted origin can be read there", "[cors]") {
  const site made;
  for (const auto& [status, text] : exchanges(origin_line)) {
    const std::string answer = made.answer_to(text);
    INFO(text.substr(0, 200) << "\n" << answer);
    CHECK(answer.starts_with(std::string("HTTP/1.1 ") + status));
    CHECK(can_be_read(answer));
    // Once each: a browser refuses a header with two values.
    for (const char* name : {"Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"}) {
      CHECK(answer.find(name) == answer.rfind(name));
    }
  }
}

TEST_CASE("no answer can be read by another origin", "[cors]") {
  const site made;
  for (const std::string& line :
       {std::string(), std::string("Origin: https://studio.example.com.evil.example\r\n"),
        std::string("Origin: null\r\n"), std::string("Origin: *\r\n"), std::string("Origin:\r\n")}) {
    for (const auto& [status, text] : exchanges(line)) {
      const std::string answer = made.answer_to(text);
      INFO(text.substr(0, 200) << "\n" << answer);
      CHECK(answer.starts_with(std::string("HTTP/1.1 ") + status));
      CHECK_FALSE(contains(answer, "Access-Control-"));
      CHECK(varies_by_origin(answer));
    }
  }
}

TEST_CASE("a head that is refused has an origin only where all parsers see the same one", "[cors]") {
  const site made;
  const std::string big = "Cookie: a=" + std::string(17'000, 'x') + "\r\n";
  for (const std::string& lines : {
           origin_line + origin_line + big,
           "Origin: https://evil.example\r\n" + origin_line + big,
           "NoColon\r\n" + origin_line + big,
           " folded: x\r\n" + origin_line + big,
           "X-A: " + origin_line.substr(0, origin_line.size() - 2) + "\r\n" + big,
       }) {
    const std::string answer = made.answer_to("GET / HTTP/1.1\r\nHost: x\r\n" + lines + "\r\n");
    INFO(answer);
    CHECK(answer.starts_with("HTTP/1.1 4"));
    CHECK_FALSE(contains(answer, "Access-Control-"));
  }
  // What is not received whole is no header yet.
  const std::string cut = made.answer_to("GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(30'000, 'x'));
  CHECK(cut.starts_with("HTTP/1.1 431"));
  CHECK_FALSE(contains(cut, "Access-Control-"));
}

TEST_CASE("a refused HEAD has no body", "[cors]") {
  const site made;
  raw_client client(made.host->port());
  client.send("HEAD / HTTP/1.1\r\nHost: x\r\n" + origin_line + "Cookie: a=" + std::string(17'000, 'x') + "\r\n\r\n");
  const std::string answer = client.read_to_end();
  CHECK(answer.starts_with("HTTP/1.1 431"));
  CHECK(answer.ends_with("\r\n\r\n"));
  CHECK(can_be_read(answer));
}

TEST_CASE("preflights allow tracing, of the API and of pages", "[cors]") {
  const site made;
  for (const char* path : {"/api/auth/me", "/"}) {
    const std::string answer =
        made.answer_to(std::string("OPTIONS ") + path + " HTTP/1.1\r\nHost: x\r\n" + origin_line +
                       "Access-Control-Request-Method: GET\r\nAccess-Control-Request-Headers: tracestate\r\n\r\n");
    INFO(answer);
    CHECK(answer.starts_with("HTTP/1.1 204"));
    CHECK(can_be_read(answer));
    CHECK(contains(answer, "\r\nAccess-Control-Allow-Methods: GET, HEAD, OPTIONS\r\n"));
    CHECK(contains(answer,
                   "\r\nAccess-Control-Allow-Headers: content-type, authorization, x-mastra-client-type, "
                   "x-mastra-dev-playground, traceparent, tracestate, baggage\r\n"));
  }
  const std::string foreign = made.answer_to(
      "OPTIONS / HTTP/1.1\r\nHost: x\r\nOrigin: https://evil.example\r\n"
      "Access-Control-Request-Method: GET\r\n\r\n");
  CHECK(foreign.starts_with("HTTP/1.1 204"));
  CHECK_FALSE(contains(foreign, "Access-Control-"));
}

TEST_CASE("each answer names its request, as the body of an error does", "[cors]") {
  world w;
  w.start();
  const auto known = w.get("/api/auth/me", "viewer");
  const auto again = w.get("/api/auth/me", "viewer");
  CHECK(header_of(known, "X-Request-Id").size() >= 16);
  CHECK(header_of(known, "X-Request-Id") != header_of(again, "X-Request-Id"));
  const auto refused = w.get("/api/none");
  CHECK(header_of(refused, "X-Request-Id") == *body_of(refused).find_string("requestId"));
  const auto early = w.server->refusal(errc::body_too_large);
  CHECK(header_of(early, "X-Request-Id") == *body_of(early).find_string("requestId"));
}

TEST_CASE("a host has everything of a server by one name, and a server can be listened for", "[server]") {
  world w;
  w.config.limits.body_bytes = 100;
  w.start();
  http_host_options options;
  options.port = 0;
  auto listening = http_host::listen(options, *w.server);
  REQUIRE(listening.has_value());
  std::thread serving([&listening] { (*listening)->run(); });
  raw_client client((*listening)->port());
  client.send("GET /api/auth/me HTTP/1.1\r\nHost: x\r\n" + origin_line + "\r\n");
  const std::string answer = client.read_answer();
  CHECK(answer.starts_with("HTTP/1.1 200"));
  CHECK(can_be_read(answer));
  raw_client big((*listening)->port());
  big.send("POST /api/auth/login HTTP/1.1\r\nHost: x\r\n" + origin_line + "Content-Length: 101\r\n\r\n");
  const std::string refused = big.read_answer();
  CHECK(refused.starts_with("HTTP/1.1 413"));
  CHECK(can_be_read(refused));
  (*listening)->stop();
  serving.join();
}

}  // namespace
}  // namespace latchkey::native::testing
