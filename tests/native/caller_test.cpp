// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/providers/simple_auth.h"
#include "native/token_support.h"

namespace latchkey::native {
namespace {

using namespace native::testing;

/** The world of roles with a provider of tokens: `t-<role>` is the token of `u-<role>`. */
struct token_world : world {
  std::shared_ptr<fake_tokens> tokens = std::make_shared<fake_tokens>();

  token_world() {
    for (const char* role : {"viewer", "member", "admin", "owner"}) {
      tokens->known[std::string("t-") + role] = std::string("u-") + role;
    }
  }
  [[nodiscard]] auth_provider token_provider() const {
    auth_provider made = provider();
    made.name = "keys";
    made.tokens = tokens;
    return made;
  }
  void begin() {
    start(token_provider());
    REQUIRE(server
                ->add_route({"POST",
                             "/agents/:id/run",
                             route_guard::permission("agents:execute"),
                             [](auto&) {
                               return json_response(200, json_object{{"ran", true}});
                             },
                             {},
                             route_work::blocking,
                             "agents:execute",
                             "agent"})
                .has_value());
  }
  static http_request with(http_request made, std::string name, std::string value) {
    made.headers.emplace_back(std::move(name), std::move(value));
    return made;
  }
  /** The id that `/auth/me` tells; empty for nobody. */
  [[nodiscard]] std::string me(const http_request& request) const {
    const auto answer = send(request);
    REQUIRE(answer.status == 200);
    const json_value body = body_of(answer);
    return body.is_null() ? std::string() : *body.find_string("id");
  }
  [[nodiscard]] std::string me(const std::string& authorization, const std::string& cookie = {}) const {
    return me(with(request("GET", "/api/auth/me", cookie), "Authorization", authorization));
  }
};

TEST_CASE("a bearer token makes its user the caller, whatever the case of the scheme", "[caller]") {
  token_world world;
  world.begin();
  for (const char* good : {"Bearer t-viewer", "bearer t-viewer", "BEARER   t-viewer", "Bearer t-viewer "}) {
    INFO(good);
    CHECK(world.me(good) == "u-viewer");
  }
  for (const char* bad : {"", "Bearer", "Bearer ", "Bearert-viewer", "Basic t-viewer", "t-viewer", "Bearer t-viewer x",
                          "Bearer \"t-viewer\"", "Bearer t-nobody", "Bearer,t-viewer"}) {
    INFO(bad);
    CHECK(world.me(bad).empty());
  }
  CHECK(world.me("Bearer " + std::string(8193, 'x')).empty());
}

TEST_CASE("a request with two Authorization headers is refused, because readers would differ", "[caller]") {
  token_world world;
  world.begin();
  auto request = token_world::with(world::request("GET", "/api/auth/me"), "Authorization", "Bearer t-viewer");
  CHECK(world.me(request) == "u-viewer");
  CHECK(world.send(token_world::with(request, "authorization", "Bearer t-viewer")).status == 400);
}

TEST_CASE("[HT-05] ?apiKey= is read only where it is enabled", "[caller][HT-05]") {
  token_world world;
  world.begin();
  const auto ask = [&world](const char* query) {
    return world.me(world::request("GET", std::string("/api/auth/me?") + query));
  };
  CHECK(ask("apiKey=t-admin").empty());
  world.config.allow_api_key_query = true;
  world.begin();
  CHECK(ask("apiKey=t-admin") == "u-admin");
  CHECK(ask("a=b&apiKey=t%2Dadmin") == "u-admin");
  for (const char* other : {"apikey=t-admin", "apiKey=", "apiKey=t-admin&apiKey=t-admin", "apiKey=t-admin%0A"}) {
    INFO(other);
    CHECK(ask(other).empty());
  }
}

TEST_CASE("what a client put into a request goes before what its browser adds", "[caller]") {
  token_world world;
  world.config.allow_api_key_query = true;
  world.begin();
  world.tokens->explicit_tokens = {"t-nobody", "t-admin"};
  world.tokens->ambient_tokens = {"t-owner"};
  http_request request = token_world::with(world::request("GET", "/api/auth/me?apiKey=t-member", "developer"),
                                           "Authorization", "Bearer t-viewer");
  CHECK(world.me(request) == "u-viewer");
  request.headers.pop_back();
  CHECK(world.me(request) == "u-member");
  request.query.clear();
  CHECK(world.me(request) == "u-admin");
  world.tokens->explicit_tokens.clear();
  CHECK(world.me(request) == "u-developer");
  request.headers.pop_back();
  CHECK(world.me(request) == "u-owner");
}

TEST_CASE("at most four tokens of a place are tried", "[caller]") {
  token_world world;
  world.begin();
  world.tokens->explicit_tokens = {"a", "b", "c", "d", "t-viewer"};
  CHECK(world.me("").empty());
  CHECK(world.tokens->tried == std::vector<std::string>{"a", "b", "c", "d"});
}

TEST_CASE("a token that nobody knows neither helps nor harms", "[caller]") {
  token_world world;
  world.begin();
  CHECK(world.me("Bearer t-nobody", "member") == "u-member");
  CHECK(
      world.send(token_world::with(world::request("POST", "/api/agents/a/run"), "Authorization", "Bearer x")).status ==
      401);
}

TEST_CASE("[RB-09] a token provider that fails is skipped, and nobody is let in by it", "[caller][RB-09]") {
  token_world world;
  world.begin();
  world.tokens->how = GENERATE(mood::fails, mood::throws);
  CHECK(world.me("Bearer t-viewer", "member") == "u-member");
  // One that throws does so twice, at the search for tokens and at the one in the header, and each is told once.
  const std::size_t failures = world.tokens->how == mood::throws ? 2 : 1;
  CHECK(world.reports.size() == failures);
  CHECK(world.me("Bearer t-viewer").empty());
  CHECK(world.reports.size() == 2 * failures);
  const auto refused =
      world.send(token_world::with(world::request("POST", "/api/agents/a/run"), "Authorization", "Bearer t-owner"));
  CHECK(refused.status == 503);
  CHECK(refused.body.find("SELECT") == std::string::npos);
}

TEST_CASE("a guarded route obeys the permissions of who came with a token, and records them", "[caller]") {
  token_world world;
  world.begin();
  const auto run = [&world](const char* token) {
    return world.send(token_world::with(world::request("POST", "/api/agents/a/run"), "Authorization",
                                        std::string("Bearer ") + token));
  };
  CHECK(run("t-owner").status == 200);
  CHECK(run("t-viewer").status == 403);
  CHECK(run("t-nobody").status == 401);
  REQUIRE(world.audit->count("agents:execute", audit_outcome::success) == 1);
  CHECK(world.audit->events.front().actor.id == "u-owner");
  CHECK(world.audit->events.front().session_hash.empty());
  const auto by_session = world.post("/api/agents/a/run", "", "owner");
  CHECK(by_session.status == 200);
  CHECK_FALSE(world.audit->events.back().session_hash.empty());
}

TEST_CASE("[HT-01] a state-changing request with a bearer token obeys the rule about origins", "[caller][HT-01]") {
  token_world world;
  world.begin();
  const auto run = [&world](const char* header, const char* value) {
    auto request = token_world::with(world::request("POST", "/api/agents/a/run"), "Authorization", "Bearer t-owner");
    return world.send(token_world::with(std::move(request), header, value)).status;
  };
  CHECK(run("Origin", "https://evil.example.com") == 403);
  CHECK(run("Origin", "null") == 403);
  CHECK(run("Sec-Fetch-Site", "cross-site") == 403);
  CHECK(run("Sec-Fetch-Site", "same-site") == 403);
  CHECK(run("Origin", "https://studio.example.com") == 200);
  CHECK(run("Sec-Fetch-Site", "same-origin") == 200);
}

TEST_CASE("the provider is asked on guarded routes whether a person may use them at all", "[caller]") {
  token_world world;
  world.begin();
  CHECK(world.get("/api/auth/permission-patterns", "owner").status == 200);
  REQUIRE(world.tokens->asked_about.size() == 1);
  CHECK(world.tokens->asked_about[0].person.id == "u-owner");
  CHECK(world.tokens->asked_about[0].provider.empty());
  const auto bearer = token_world::with(world::request("POST", "/api/agents/a/run"), "Authorization", "Bearer t-owner");
  CHECK(world.send(bearer).status == 200);
  CHECK(world.tokens->asked_about[1].provider == "keys");

  world.tokens->authorizes = false;
  CHECK(world.get("/api/auth/permission-patterns", "owner").status == 403);
  const auto denied = world.send(bearer);
  CHECK(denied.status == 403);
  CHECK(*body_of(denied).find_string("error") == "Forbidden");
  CHECK(world.audit->count("agents:execute", audit_outcome::denied) == 1);
  CHECK(world.get("/api/auth/me", "owner").status == 200);

  world.tokens->authorizing = GENERATE(mood::fails, mood::throws);
  CHECK(world.send(bearer).status == 503);
}

TEST_CASE("a user provider may know the current user in a way of its own, after everything else", "[caller]") {
  struct tracking_users final : user_provider {
    mood how = mood::well;
    result<std::optional<user>> find_user(std::string_view id) override {
      return user{std::string(id), std::nullopt, std::nullopt, std::nullopt};
    }
    result<std::optional<user>> find_current_user(const http_request& request) override {
      if (how != mood::well) return misbehave(how);
      if (request.header("X-Other-Session").empty()) return std::nullopt;
      return user{"u-tracked", std::nullopt, std::nullopt, std::nullopt};
    }
  };
  token_world world;
  const auto users = std::make_shared<tracking_users>();
  auth_provider provider = world.token_provider();
  provider.users = users;
  world.start(provider);
  const auto tracked = token_world::with(world::request("GET", "/api/auth/me"), "X-Other-Session", "1");
  CHECK(world.me(tracked) == "u-tracked");
  CHECK(world.me(token_world::with(tracked, "Authorization", "Bearer t-viewer")) == "u-viewer");
  CHECK(world.me(token_world::with(tracked, "Cookie", "mastra_session=member")) == "u-member");
  CHECK(world.me("").empty());
  users->how = GENERATE(mood::fails, mood::throws);
  CHECK(world.me(tracked).empty());
  auto guarded = tracked;
  guarded.path = "/api/auth/permission-patterns";
  CHECK(world.send(guarded).status == 503);
}

TEST_CASE("capabilities know a person with a token, and renew no session for them", "[caller]") {
  token_world world;
  world.begin();
  world.sessions->renewal_due = true;
  const auto answer = world.send(
      token_world::with(world::request("GET", "/api/auth/capabilities", "member"), "Authorization", "Bearer t-viewer"));
  CHECK(*body_of(answer).find("user")->find_string("id") == "u-viewer");
  CHECK(header_of(answer, "Set-Cookie").empty());
  CHECK(world.sessions->created == 0);
}

TEST_CASE("a provider of tokens alone is a provider of users", "[caller]") {
  token_world world;
  auth_provider alone;
  alone.tokens = world.tokens;
  world.start(alone);
  const json_value capabilities = body_of(world.send(
      token_world::with(world::request("GET", "/api/auth/capabilities"), "Authorization", "Bearer t-viewer")));
  CHECK(capabilities.is_true("enabled"));
  CHECK(capabilities.find("login")->is_null());
  CHECK(capabilities.find("capabilities")->is_true("user"));
  CHECK_FALSE(capabilities.find("capabilities")->is_true("session"));
}

TEST_CASE("[RB-18] the flags of a provider replace no license", "[caller][RB-18]") {
  token_world world;
  world.config.license.exempt = false;
  auth_provider provider = world.token_provider();
  provider.is_mastra_cloud_auth = true;
  provider.is_simple_auth = true;
  const auto refused = auth_server::create(provider, world.config);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::license_required);
}

TEST_CASE("[AU-01] who came with a program's key is an apikey in the audit log, who came with a person's token is not",
          "[caller]") {
  simple_auth_options options;
  options.tokens = {{"sk-runner", user{"u-owner", "runner@example.com", "Runner", std::nullopt}}};
  world w;
  auto provider = w.provider();
  provider.tokens = simple_auth(options)->tokens;
  w.start(std::move(provider));
  REQUIRE(w.server->add_route(
      {.method = "POST", .pattern = "/agents", .handler = [](auto&) { return json_response(200, nullptr); }}));
  const auto send = [&w](http_request request, const char* token) {
    w.audit->events.clear();
    if (token != nullptr) request = token_world::with(std::move(request), "Authorization", token);
    static_cast<void>(w.send(request));
    REQUIRE(w.audit->events.size() == 1);
    return w.audit->events.front().actor;
  };
  const auto by_key = send(world::request("POST", "/api/agents"), "Bearer sk-runner");
  CHECK(by_key.type == audit_actor_type::apikey);
  CHECK(by_key.id == "u-owner");
  CHECK(by_key.email == "runner@example.com");
  CHECK(send(world::request("POST", "/api/agents", "owner"), nullptr).type == audit_actor_type::user);
  CHECK(send(world::request("POST", "/api/agents"), "Bearer sk-none").type == audit_actor_type::user);

  token_world persons;
  persons.begin();
  const auto run = token_world::with(world::request("POST", "/api/agents/a1/run"), "Authorization", "Bearer t-member");
  CHECK(persons.send(run).status == 200);
  CHECK(persons.audit->events.back().actor.type == audit_actor_type::user);
}

}  // namespace
}  // namespace latchkey::native
