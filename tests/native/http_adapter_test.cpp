// SPDX-License-Identifier: Apache-2.0
// What an adapter may hand over, and what is refused because it lacks something.
#include "http_support.h"

namespace latchkey::native::testing {
namespace {

/** A server with a guarded route that counts its calls. */
struct counting : world {
  int calls = 0;
  int status = 200;
  counting() {
    start();
    REQUIRE(server->add_route({.method = "POST", .pattern = "/reports", .handler = [this](request_context&) {
                                 ++calls;
                                 return http_result<http_response>(json_response(status, json_object{}));
                               }}));
  }
  int ask(header_list headers, std::string body = {}, std::string method = "POST") {
    auto made = request(std::move(method), "/api/reports", "owner");
    made.headers.insert(made.headers.end(), headers.begin(), headers.end());
    made.body = std::move(body);
    return send(std::move(made)).status;
  }
};

TEST_CASE("a body that is announced and not there is refused before the handler", "[adapter]") {
  counting w;
  CHECK(w.ask({{"Content-Type", "multipart/form-data; boundary=x"}, {"Content-Length", "120"}}) == 415);
  CHECK(w.ask({{"Content-Type", "application/x-www-form-urlencoded"}, {"Content-Length", "3"}}) == 415);
  CHECK(w.ask({{"Content-Type", "text/plain"}, {"Transfer-Encoding", "chunked"}}) == 415);
  CHECK(w.ask({{"Content-Length", "120"}}) == 415);
  CHECK(w.ask({{"Content-Length", "0"}, {"Transfer-Encoding", "chunked"}}) == 415);
  for (const char* length : {"120", "1", "00120", "x", "+5", "", "5, 5", "99999999999999999999999"}) {
    INFO(length);
    CHECK(w.ask({{"Content-Type", "application/json"}, {"Content-Length", length}}) == 400);
  }
  CHECK(w.ask({{"Content-Type", "application/json"}, {"Transfer-Encoding", "chunked"}}) == 400);
  CHECK(w.ask({{"Content-Type", "application/json"}, {"Content-Length", "3"}}, "{}") == 400);
  CHECK(w.calls == 0);
}

TEST_CASE("a body that came whole, or none, reaches the handler", "[adapter]") {
  counting w;
  CHECK(w.ask({}) == 200);
  CHECK(w.ask({{"Content-Length", "0"}}) == 200);
  CHECK(w.ask({{"Content-Type", "multipart/form-data; boundary=x"}, {"Content-Length", "0"}}) == 200);
  CHECK(w.ask({{"Content-Type", "application/json"}, {"Content-Length", "2"}}, "{}") == 200);
  CHECK(w.ask({{"Content-Type", "application/json"}, {"Transfer-Encoding", "chunked"}}, "{}") == 200);
  // A library that decompresses hands over more or less than was sent.
  const header_list packed = {
      {"Content-Type", "application/json"}, {"Content-Length", "22"}, {"Content-Encoding", "gzip"}};
  CHECK(w.ask(packed, "{}") == 200);
  CHECK(w.calls == 6);
}

TEST_CASE("GET and HEAD that announce a body are checked as well", "[adapter]") {
  counting w;
  for (const char* method : {"GET", "HEAD"}) {
    auto made = world::request(method, "/api/auth/me");
    made.headers.emplace_back("Content-Length", "5");
    CHECK(w.send(made).status == 415);
    made.headers.emplace_back("Content-Type", "application/json");
    CHECK(w.send(made).status == 400);
  }
}

TEST_CASE("a status that is no final answer is a 500", "[adapter]") {
  counting w;
  for (const int status : {99'999, 600, 199, 100, 99, 0, -1}) {
    w.status = status;
    INFO(status);
    CHECK(w.ask({}) == 500);
  }
  CHECK(w.reports.size() == 7);
  for (const int status : {200, 404, 599}) {
    w.status = status;
    CHECK(w.ask({}) == status);
  }
}

TEST_CASE("a pattern that repeats the prefix is refused with the one that was meant", "[adapter]") {
  world w;
  w.start();
  const auto handler = [](request_context&) { return http_result<http_response>(http_response{}); };
  const auto refused = w.server->add_route({"GET", "/api/a", route_guard::open(), handler});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::configuration_invalid);
  CHECK(refused.error().message == "GET /api/a repeats the prefix /api, below which every route is; write /a.");
  CHECK_FALSE(w.server->add_route({"GET", "/api", route_guard::open(), handler}).has_value());
  CHECK_FALSE(w.server
                  ->add_route({.method = "GET",
                               .pattern = "/b",
                               .guard = route_guard::open(),
                               .handler = handler,
                               .aliases = {"/api/b"}})
                  .has_value());
  CHECK(w.server->add_route({"GET", "/apis/a", route_guard::open(), handler}).has_value());
  world at_root;
  at_root.config.api_prefix = "/";
  at_root.start();
  CHECK(at_root.server->add_route({"GET", "/api/a", route_guard::open(), handler}).has_value());
}

TEST_CASE("several Cookie lines are one list", "[HT-07][cookies]") {
  world w;
  w.start();
  const auto me = [&w](header_list headers) {
    auto made = world::request("GET", "/api/auth/me");
    made.headers.insert(made.headers.end(), headers.begin(), headers.end());
    return w.send(std::move(made));
  };
  for (const header_list& lines : {header_list{{"Cookie", "theme=dark"}, {"Cookie", "mastra_session=viewer"}},
                                   header_list{{"Cookie", "mastra_session=viewer"}, {"cookie", "theme=dark"}},
                                   header_list{{"Cookie", ""}, {"Cookie", "mastra_session=viewer"}}}) {
    const auto answer = me(lines);
    CHECK(answer.status == 200);
    CHECK(contains(answer.body, "viewer@example.com"));
  }
  auto out = world::request("POST", "/api/auth/logout");
  out.headers.insert(out.headers.end(), {{"Cookie", "theme=dark"}, {"Cookie", "mastra_session=viewer"}});
  CHECK(w.send(out).status == 200);
  CHECK_FALSE(w.sessions->live.contains("viewer"));
  // The limits hold for all lines together.
  std::string fifty;
  for (int i = 0; i < 50; ++i) fifty += "a=b;";
  CHECK(me({{"Cookie", fifty}, {"Cookie", fifty}}).status == 200);
  CHECK(me({{"Cookie", fifty}, {"Cookie", fifty}, {"Cookie", "a=b"}}).status == 431);
  CHECK(me({{"Cookie", std::string(9'000, 'a')}, {"Cookie", std::string(9'000, 'b')}}).status == 431);
}

TEST_CASE("authorize reads several Cookie lines as one list", "[cookies]") {
  world w;
  w.start();
  auto made = world::request("GET", "/files");
  made.headers.insert(made.headers.end(), {{"Cookie", "theme=dark"}, {"Cookie", "mastra_session=viewer"}});
  const auto who = w.server->authorize(made, route_guard::signed_in());
  REQUIRE(who.has_value());
  CHECK((*who)->person.id == "u-viewer");
}

struct target_case {
  const char* target;
  const char* host;
  int status;
};

void check_targets(world& w, std::initializer_list<target_case> cases) {
  for (const auto& [target, host, status] : cases) {
    http_request made;
    made.method = "GET";
    made.path = target;
    made.headers = {{"Host", host}};
    made.remote_address = "192.0.2.7";
    INFO(target << " Host: " << host);
    CHECK(w.send(made).status == status);
  }
}

TEST_CASE("an absolute-form target of this server is its path", "[absolute]") {
  world w;
  w.start();
  check_targets(w, {{"http://api.example.com/api/auth/me", "api.example.com", 200},
                    {"HTTP://API.example.com:80/api/auth/me", "api.example.com", 200},
                    {"https://api.example.com/api/auth/me", "api.example.com:443", 200},
                    {"http://[::1]:4111/api/auth/me", "[::1]:4111", 200},
                    {"http://api.example.com", "api.example.com", 404},
                    {"http://other.example/api/auth/me", "api.example.com", 400},
                    {"http://api.example.com:81/api/auth/me", "api.example.com", 400},
                    {"http://user@api.example.com/api/auth/me", "api.example.com", 400},
                    {"http:///api/auth/me", "api.example.com", 400},
                    {"ftp://api.example.com/api/auth/me", "api.example.com", 400},
                    {"api/auth/me", "api.example.com", 400},
                    {"*", "api.example.com", 400},
                    {"http://api.example.com//api/auth/me", "api.example.com", 404},
                    {"http://api.example.com/%61pi/auth/me", "api.example.com", 404}});
}

TEST_CASE("public_url and loopback tell whose an absolute-form target is", "[absolute]") {
  world with_url;
  with_url.config.public_url = "https://auth.example.com";
  with_url.start();
  check_targets(with_url, {{"http://auth.example.com/api/auth/me", "10.0.0.5:4111", 200},
                           {"https://auth.example.com/api/auth/me", "evil.example", 200},
                           {"http://127.0.0.1:4111/api/auth/me", "127.0.0.1:4111", 200},
                           {"http://evil.example/api/auth/me", "evil.example", 400}});
  world at_home;
  at_home.config.loopback_only = true;
  at_home.start();
  check_targets(at_home, {{"http://127.0.0.1:4111/api/auth/me", "127.0.0.1:4111", 200},
                          {"http://localhost:4111/api/auth/me", "evil.example", 200},
                          {"http://evil.example/api/auth/me", "evil.example", 400},
                          {"http://evil.example/api/auth/me", "127.0.0.1:4111", 400}});
}

TEST_CASE("the target's authority takes the place of Host", "[absolute]") {
  world w;
  w.config.public_url = "https://auth.example.com";
  w.start();
  auto request = world::request("GET", "http://auth.example.com/a");
  CHECK_FALSE(w.server->resolve_target(request).has_value());
  CHECK(request.path == "/a");
  CHECK(request.header("Host") == "auth.example.com");
  CHECK_FALSE(request.has_repeated_header("Host"));
  request.headers.emplace_back("Host", "auth.example.com");
  request.path = "http://auth.example.com/a";
  CHECK(w.server->resolve_target(request) == errc::request_invalid);
}

TEST_CASE("the description of the API is written once and can be kept from strangers", "[openapi]") {
  world w;
  w.start();
  const auto first = w.get("/api/openapi.json");
  const auto second = w.get("/api/openapi.json");
  REQUIRE(first.shared_body != nullptr);
  CHECK(first.shared_body == second.shared_body);
  CHECK(first.body.empty());
  CHECK(contains(std::string(first.content()), "\"openapi\""));
  const auto head = w.send(world::request("HEAD", "/api/openapi.json"));
  CHECK(head.content().empty());
  CHECK(header_of(head, "Content-Length") == std::to_string(first.content().size()));

  world closed;
  closed.config.openapi_guard = route_guard::signed_in();
  closed.start();
  CHECK(closed.get("/api/openapi.json").status == 401);
  CHECK(closed.get("/api/openapi.json", "viewer").status == 200);

  world undecidable;
  undecidable.config.openapi_guard = route_guard::permission("docs:read");
  auto without_roles = undecidable.provider();
  without_roles.rbac = nullptr;
  CHECK_FALSE(auth_server::create(std::move(without_roles), undecidable.config).has_value());
}

}  // namespace
}  // namespace latchkey::native::testing
