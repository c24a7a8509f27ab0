// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/http/origin_check.h"

#include "native/http_support.h"

namespace latchkey::native::testing {
namespace {

http_request with_headers(header_list headers) {
  http_request request = world::request("POST", "/api/auth/login");
  for (auto& header : headers) request.headers.push_back(std::move(header));
  return request;
}

TEST_CASE("an origin has exactly one form") {
  for (const char* good :
       {"https://a.example", "http://localhost:3000", "http://[::1]:4111", "https://xn--a-1.example:8443"}) {
    CHECK(parse_origin(good).value() == good);
  }
  CHECK(parse_origin("https://a.example:443").value() == "https://a.example");
  for (const char* bad :
       {"", "null", "*", "a.example", "https://", "https://A.example", "https://a.example/", "https://a.example/x",
        "https://u@a.example", "https://a.example:", "https://a.example:0", "https://a.example:123456",
        "ftp://a.example", "https://*.example", "https://a.example b", "https://a.example:44x", "HTTPS://a.example"}) {
    INFO(bad);
    CHECK_FALSE(parse_origin(bad).has_value());
  }
}

TEST_CASE("loopback is told by whole names and numbers") {
  for (const char* yes :
       {"localhost", "localhost:80", "LOCALHOST:1", "a.localhost", "127.0.0.1", "127.1.2.3:9", "[::1]", "[::1]:4111"}) {
    CHECK(is_loopback_host(yes));
  }
  for (const char* no : {"", "example.com", "localhost.example.com", "127.0.0.1.example.com", "128.0.0.1", "127.0.1",
                         "[::2]", "notlocalhost"}) {
    CHECK_FALSE(is_loopback_host(no));
  }
}

TEST_CASE("[HT-01] only our own and trusted origins may change something") {
  origin_policy policy;
  policy.trusted_origins = {"https://studio.example.com"};
  policy.own_origin = "https://api.example.com";
  const auto allowed = [&policy](header_list headers) {
    return is_origin_allowed(policy, with_headers(std::move(headers)));
  };
  CHECK(allowed({}));
  CHECK(allowed({{"Origin", "https://api.example.com"}}));
  CHECK(allowed({{"Origin", "https://studio.example.com"}}));
  CHECK(allowed({{"Origin", "https://studio.example.com"}, {"Sec-Fetch-Site", "cross-site"}}));
  CHECK(allowed({{"Origin", "https://api.example.com"}, {"Sec-Fetch-Site", "same-origin"}}));
  CHECK(allowed({{"Sec-Fetch-Site", "none"}}));
  for (const char* foreign :
       {"null", "", "*", "https://evil.example", "http://api.example.com", "https://api.example.com.evil.example",
        "https://evilapi.example.com", "https://x.api.example.com", "https://example.com",
        "https://api.example.com:8443", "https://api.example.com/", "https://API.example.com",
        "https://studio.example.com.evil.example", "http://studio.example.com", "https://xstudio.example.com",
        "https://studio.example.com, https://evil.example", "http://127.0.0.1:4111"}) {
    INFO(foreign);
    CHECK_FALSE(allowed({{"Origin", foreign}}));
    CHECK_FALSE(allowed({{"Origin", foreign}, {"Sec-Fetch-Site", "cross-site"}}));
    CHECK_FALSE(allowed({{"Origin", foreign}, {"Sec-Fetch-Site", "same-site"}}));
  }
  for (const char* site : {"cross-site", "same-site", "", "Same-Origin", "same-origin, cross-site"}) {
    CHECK_FALSE(allowed({{"Sec-Fetch-Site", site}}));
  }
}

TEST_CASE(
    "without a public URL the own origin is scheme and Host, under loopback names only where that is all there is") {
  origin_policy policy;
  CHECK(is_origin_allowed(policy, with_headers({{"Origin", "http://127.0.0.1:4111"}})));
  CHECK_FALSE(is_origin_allowed(policy, with_headers({{"Origin", "https://127.0.0.1:4111"}})));
  CHECK_FALSE(is_origin_allowed(policy, with_headers({{"Origin", "http://localhost:4111"}})));
  policy.loopback_only = true;
  http_request rebound = with_headers({{"Origin", "http://rebound.example:4111"}, {"Sec-Fetch-Site", "same-origin"}});
  rebound.headers.front().second = "rebound.example:4111";
  CHECK_FALSE(is_origin_allowed(policy, rebound));
  CHECK(is_origin_allowed(policy,
                          with_headers({{"Origin", "http://127.0.0.1:4111"}, {"Sec-Fetch-Site", "same-origin"}})));
}

TEST_CASE("[HT-01] a server of loopback names answers nothing to a browser that took it for another", "[HT-01]") {
  world w;
  w.config.loopback_only = true;
  w.start();
  const auto ask = [&](const char* host, std::string origin = {}) {
    http_request request = world::request("GET", "/api/auth/capabilities");
    request.headers.front().second = host;
    request.headers.emplace_back("Sec-Fetch-Site", "same-origin");
    if (!origin.empty()) request.headers.emplace_back("Origin", std::move(origin));
    return w.send(request).status;
  };
  CHECK(ask("rebound.example:4111") == 403);
  CHECK(ask("127.0.0.1.example.com") == 403);
  for (const char* host : {"localhost:4111", "127.0.0.1:4111", "[::1]:4111", "studio.localhost"})
    CHECK(ask(host) == 200);
  CHECK(w.audit->count("request.foreign_origin", audit_outcome::denied) == 2);
}

TEST_CASE("[HT-01] none of 24 forged shapes of a request changes anything") {
  world w;
  w.start();
  const char* const types[] = {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
                               "application/json"};
  const header_list origins[] = {{{"Origin", "https://evil.example"}},
                                 {{"Origin", "null"}},
                                 {{"Origin", "https://x.studio.example.com"}},
                                 {{"Sec-Fetch-Site", "cross-site"}},
                                 {{"Sec-Fetch-Site", "same-site"}},
                                 {{"Origin", "http://127.0.0.1:4112"}, {"Sec-Fetch-Site", "same-site"}}};
  int shapes = 0;
  for (const char* type : types) {
    for (const auto& origin : origins) {
      for (const char* path : {"/api/auth/logout", "/api/auth/login", "/api/auth/refresh", "/api/auth/signup"}) {
        auto request = world::request("POST", path, "viewer");
        request.headers.emplace_back("Content-Type", type);
        request.headers.insert(request.headers.end(), origin.begin(), origin.end());
        request.body = sign_in_body;
        const auto response = w.send(request);
        CHECK(response.status == (std::string_view(type) == "application/json" ? 403 : 415));
        CHECK(header_of(response, "Set-Cookie").empty());
      }
      ++shapes;
    }
  }
  CHECK(shapes == 24);
  CHECK(w.sessions->live.size() == 5);
  CHECK(w.sessions->created == 0);
  CHECK(w.audit->count("request.foreign_origin", audit_outcome::denied) == 24);
}

TEST_CASE("[HT-01] a body without application/json is 415, an empty one needs no type") {
  world w;
  w.start();
  const auto status = [&w](const char* type, std::string body) {
    auto request = world::request("POST", "/api/auth/login");
    if (type != nullptr) request.headers.emplace_back("Content-Type", type);
    request.body = std::move(body);
    return w.send(request).status;
  };
  CHECK(status("application/json", sign_in_body) == 200);
  CHECK(status("Application/JSON; Charset=\"UTF-8\"", sign_in_body) == 200);
  for (const char* type :
       {"", "text/plain", "text/plain; application/json", "application/jsonx", "application/json-patch+json",
        "application/json, text/plain", "application/json; charset=utf-16", "*/*"}) {
    CHECK(status(type, sign_in_body) == 415);
  }
  CHECK(status(nullptr, sign_in_body) == 415);
  CHECK(status(nullptr, "") == 400);
  CHECK(w.post("/api/auth/logout", "").status == 200);
}

TEST_CASE("[HT-02] CORS answers exact entries alone, with credentials") {
  world w;
  w.start();
  const auto answered = [&w](const char* origin) {
    auto request = world::request("GET", "/api/auth/capabilities");
    request.headers.emplace_back("Origin", origin);
    const auto response = w.send(request);
    CHECK(header_of(response, "Vary").find("Origin") != std::string::npos);
    return header_of(response, "Access-Control-Allow-Origin") + "|" +
           header_of(response, "Access-Control-Allow-Credentials");
  };
  CHECK(answered("https://studio.example.com") == "https://studio.example.com|true");
  for (const char* foreign : {"https://studio.example.com.evil.example", "https://evil-studio.example.com", "null", "*",
                              "http://studio.example.com", "https://studio.example.com:444", "http://127.0.0.1:4111"}) {
    CHECK(answered(foreign) == "|");
  }
}

TEST_CASE("a preflight is answered for trusted origins on paths that exist") {
  world w;
  w.start();
  auto request = world::request("OPTIONS", "/api/auth/login");
  request.headers.insert(request.headers.end(), {{"Origin", "https://studio.example.com"},
                                                 {"Access-Control-Request-Method", "POST"},
                                                 {"Access-Control-Request-Headers", "x-mastra-client-type"}});
  auto response = w.send(request);
  CHECK(response.status == 204);
  CHECK(header_of(response, "Access-Control-Allow-Methods") == "POST, OPTIONS");
  CHECK(header_of(response, "Access-Control-Allow-Headers") ==
        "content-type, authorization, x-mastra-client-type, x-mastra-dev-playground, traceparent, tracestate, baggage");
  CHECK(header_of(response, "Access-Control-Allow-Origin") == "https://studio.example.com");
  request.headers[1].second = "https://evil.example";
  response = w.send(request);
  CHECK(response.status == 204);
  CHECK(header_of(response, "Access-Control-Allow-Methods").empty());
  CHECK(header_of(response, "Access-Control-Allow-Origin").empty());
  request.path = "/api/auth/nowhere";
  CHECK(w.send(request).status == 404);
}

TEST_CASE("[HT-03] [HT-11] every answer carries the security headers") {
  world w;
  w.config.public_url = "https://api.example.com";
  w.start();
  for (const auto& response : {w.get("/api/auth/me"), w.get("/api/auth/capabilities", "viewer"), w.get("/api/none"),
                               w.post("/api/auth/login", "{"), w.post("/api/auth/login", sign_in_body),
                               w.get("/api/audit"), w.send(world::request("PUT", "/api/auth/me")), w.get("//")}) {
    CHECK(header_of(response, "X-Content-Type-Options") == "nosniff");
    CHECK(header_of(response, "Referrer-Policy") == "no-referrer");
    CHECK(header_of(response, "Cross-Origin-Opener-Policy") == "same-origin");
    CHECK(header_of(response, "Cache-Control") == "no-store");
    CHECK(header_of(response, "Vary") == "Origin, Cookie");
    CHECK(header_of(response, "Strict-Transport-Security") == "max-age=31536000");
    CHECK(header_of(response, "Content-Type") == "application/json; charset=utf-8");
    const auto csp = header_of(response, "Content-Security-Policy");
    for (const char* part : {"object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"}) {
      CHECK(csp.find(part) != std::string::npos);
    }
  }
  world plain;
  plain.start();
  CHECK(header_of(plain.get("/api/auth/me"), "Strict-Transport-Security").empty());
}

}  // namespace
}  // namespace latchkey::native::testing
