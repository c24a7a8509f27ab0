// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/http/login_cookies.h"
#include "native/sso_support.h"

namespace latchkey::native {
namespace {

using namespace native::testing;

TEST_CASE("a sign-in at an identity provider ends signed in, at the page where it began", "[sso]") {
  sso_world world;
  world.begin();
  browser person(world);
  const std::string state = person.begin("/agents%3Fa%3Db");
  CHECK(state.size() == 27);
  const auto answer = person.come_back(state);
  CHECK(answer.status == 302);
  CHECK(header_of(answer, "Location") == "/agents?a=b");
  CHECK(header_of(answer, "Cache-Control") == "no-store");
  CHECK(header_of(answer, "Referrer-Policy") == "no-referrer");
  CHECK(person.logins() == 0);
  CHECK(*body_of(person.get("/api/auth/me")).find_string("id") == "u-member");
  CHECK(world.audit->count("auth.sign_in", audit_outcome::success) == 1);
  CHECK(world.idp->last.code == "c0de");
  CHECK(world.idp->last.login.state == state);
  CHECK(world.idp->last.login.nonce.size() == 27);
  CHECK(world.idp->last.login.verifier.size() == 43);
  CHECK_FALSE(world.idp->last.iss.has_value());
}

TEST_CASE("[HT-13] both families of paths lead to the same sign-on", "[sso][HT-13]") {
  sso_world world;
  world.begin();
  browser person(world);
  const std::string url = *body_of(person.get("/api/auth/sso")).find_string("url");
  const auto answer = person.get("/api/auth/callback?code=c&state=" + url.substr(url.find("state=") + 6));
  CHECK(header_of(answer, "Location") == "/");
  CHECK(world.idp->redeemed == 1);
}

TEST_CASE("[SO-01] a login is sealed in a cookie of this host alone that lives ten minutes", "[sso][SO-01]") {
  sso_world world;
  world.config.cookie.secure = true;
  world.config.cookie.domain = "example.com";
  world.begin();
  const auto lines = set_cookies_of(world.get("/api/auth/sso/login"));
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].starts_with("__Host-mastra_session_login_"));
  for (const char* part : {"; HttpOnly", "; SameSite=Lax", "; Path=/", "; Max-Age=600", "; Secure"}) {
    CHECK(lines[0].find(part) != std::string::npos);
  }
  CHECK(lines[0].find("Domain") == std::string::npos);
}

TEST_CASE("a browser that goes there is sent on, and a program is told where", "[sso]") {
  sso_world world;
  world.begin();
  struct row {
    header_list headers;
    bool is_sent_on;
  };
  const std::vector<row> rows{{{}, false},
                              {{{"Sec-Fetch-Mode", "navigate"}}, true},
                              {{{"Sec-Fetch-Mode", "cors"}, {"Accept", "text/html"}}, false},
                              {{{"Accept", "text/html,application/xhtml+xml,*/*;q=0.8"}}, true},
                              {{{"Accept", "text/html;q=0.5, application/json"}}, false},
                              {{{"Accept", "TEXT/HTML; q=0.9, application/json;q=0.8"}}, true},
                              {{{"Accept", "application/json"}}, false},
                              {{{"Accept", "*/*"}}, false},
                              {{{"Accept", "text/*, */*;q=0.1"}}, true},
                              {{{"Accept", "text/html;q=0"}}, false},
                              {{{"Accept", "text/html;q=x, ,;"}}, false}};
  for (const auto& row : rows) {
    INFO((row.headers.empty() ? "" : row.headers.back().second));
    browser person(world);
    const auto answer = person.get("/api/auth/sso/login", row.headers);
    CHECK(answer.status == (row.is_sent_on ? 302 : 200));
    CHECK(header_of(answer, "Location").starts_with("https://idp.example.com/") == row.is_sent_on);
    CHECK(person.logins() == 1);
  }
}

TEST_CASE("[SS-05] a login's cookie opens no session, and a session's no login", "[sso][SS-05]") {
  sso_world world;
  world.begin();
  browser person(world);
  person.begin();
  const auto& [name, value] = *person.cookies.begin();
  const session_sealer sealer(world.config.sso.keys);
  CHECK(sealer.open_payload(value, login_purpose, name).has_value());
  CHECK_FALSE(sealer.open_payload(value, session_purpose, name).has_value());
  CHECK_FALSE(sealer.open_payload(value, login_purpose, "mastra_session").has_value());
}

TEST_CASE("[SO-02] where a person lands is sealed with the login and can't be given with the callback",
          "[sso][SO-02]") {
  sso_world world;
  world.begin();
  browser person(world);
  const std::string state = person.begin("/workflows");
  CHECK(header_of(person.come_back(state, "&code=c&redirect_uri=%2Fevil&returnPath=%2Fevil"), "Location") ==
        "/workflows");
}

TEST_CASE("[SO-20] only a path of this site is returned to", "[sso][SO-20]") {
  sso_world world;
  world.begin();
  const std::vector<std::pair<std::string, std::string>> rows{{"/", "/"},
                                                              {"%2Fa%2Fb%3Fc%3Dd%23e", "/a/b?c=d#e"},
                                                              {"/caf%C3%A9", "/caf%C3%A9"},
                                                              {"/a%20b", "/a%20b"},
                                                              {"%2F%2Fevil.example.com", "/"},
                                                              {"%2F%5Cevil.example.com", "/"},
                                                              {"%2F%09%2Fevil.example.com", "/"},
                                                              {"https%3A%2F%2Fevil.example.com", "/"},
                                                              {"http%3A%2F%2F127.0.0.1%3A4111%2Fa", "/"},
                                                              {"evil", "/"},
                                                              {"", "/"},
                                                              {"/a%0D%0ASet-Cookie%3A%20x%3Dy", "/"},
                                                              {"/a%5Cb", "/"},
                                                              {"javascript%3Aalert(1)", "/"},
                                                              {"/" + std::string(2048, 'a'), "/"}};
  for (const auto& [asked, landed] : rows) {
    INFO(asked);
    browser person(world);
    const std::string state = person.begin(asked);
    CHECK(header_of(person.come_back(state), "Location") == landed);
  }
}

TEST_CASE("a return path that no cookie could carry becomes /", "[sso]") {
  sso_world world;
  world.begin();
  browser person(world);
  std::string quotes = "/";
  for (int i = 0; i < 2000; ++i) quotes += "%22";
  const std::string state = person.begin(quotes);
  CHECK(header_of(person.come_back(state), "Location") == "/");
}

TEST_CASE("[SO-05] two tabs sign in at once, and beyond five logins the oldest goes", "[sso][SO-05]") {
  sso_world world;
  world.begin();
  browser person(world);
  const std::string first = person.begin("/one");
  const std::string second = person.begin("/two");
  CHECK(person.logins() == 2);
  CHECK(header_of(person.come_back(second), "Location") == "/two");
  CHECK(header_of(person.come_back(first), "Location") == "/one");

  std::vector<std::string> states;
  for (int i = 0; i < 7; ++i) {
    states.push_back(person.begin("/" + std::to_string(i)));
    world.time.advance(1);
  }
  CHECK(person.logins() == login_transactions_max);
  CHECK(header_of(person.come_back(states[1]), "Location") == state_refused);
  for (std::size_t i = 2; i < states.size(); ++i) {
    CHECK(header_of(person.come_back(states[i]), "Location") == "/" + std::to_string(i));
  }
}

TEST_CASE("logins that are over are cleared when another begins", "[sso]") {
  sso_world world;
  world.begin();
  browser person(world);
  person.begin();
  person.cookies["mastra_session_login_forged"] = "AAAA";
  world.time.advance(login_transaction_ms);
  person.begin();
  CHECK(person.logins() == 1);
}

TEST_CASE("[SO-19] the callback's address is the configured one, whatever a request says", "[sso][SO-19]") {
  sso_world world;
  world.begin();
  http_request request = world::request("GET", "/api/auth/sso/login");
  request.headers = {{"Host", "evil.example.com"},
                     {"X-Forwarded-Host", "evil.example.com"},
                     {"X-Forwarded-Proto", "https"},
                     {"Forwarded", "host=evil.example.com"}};
  CHECK(world.send(request).status == 200);
  CHECK(world.idp->last_redirect_uri == "http://127.0.0.1:4111/api/auth/sso/callback");
  browser person(world);
  person.come_back(person.begin());
  CHECK(world.idp->last.redirect_uri == "http://127.0.0.1:4111/api/auth/sso/callback");
  world.config.sso.callback_url = "https://auth.example.com/cb";
  world.begin();
  world.get("/api/auth/sso/login");
  CHECK(world.idp->last_redirect_uri == "https://auth.example.com/cb");
}

TEST_CASE("HEAD begins and completes nothing", "[sso][HT-09]") {
  sso_world world;
  world.begin();
  browser person(world);
  const std::string state = person.begin();
  http_request head = world::request("HEAD", "/api/auth/sso/callback?code=c&state=" + state);
  head.headers.emplace_back("Cookie", person.cookies.begin()->first + "=" + person.cookies.begin()->second);
  CHECK(world.send(head).status == 302);
  CHECK(world.idp->redeemed == 0);
  CHECK(header_of(person.come_back(state), "Location") == "/agents");
}

TEST_CASE("capabilities show the button of single sign-on where it is offered", "[sso]") {
  sso_world world;
  world.begin();
  const auto both = body_of(world.get("/api/auth/capabilities"));
  CHECK(*both.find("login")->find_string("type") == "both");
  const json_value& button = *both.find("login")->find("sso");
  CHECK(
      to_json_text(button) ==
      R"({"provider":"corp","text":"Sign in with Corp","description":"Your work account","url":"/api/auth/sso/login"})");
  auth_provider alone = world.sso_parts();
  alone.credentials = nullptr;
  world.start(alone);
  CHECK(*body_of(world.get("/api/auth/capabilities")).find("login")->find_string("type") == "sso");
}

TEST_CASE("without a provider or a license there is no single sign-on", "[sso]") {
  sso_world world;
  const bool has_provider = GENERATE(false, true);
  auth_provider parts = has_provider ? world.sso_parts() : world.provider();
  parts.rbac = nullptr;
  world.config.license.exempt = !has_provider;
  world.start(parts);
  for (const char* path : {"/api/auth/sso/login", "/api/auth/sso", "/api/auth/sso/callback?state=x&code=y"}) {
    const auto answer = world.get(path);
    CHECK(answer.status == 404);
    CHECK(*body_of(answer).find_string("error") == "SSO not configured");
  }
}

TEST_CASE("signing out goes on at the provider, and clears the cookies of all, each in its own line", "[sso][CK-17]") {
  sso_world world;
  world.begin();
  CHECK(body_of(world.post("/api/auth/logout", "", "viewer")).find("redirectTo") == nullptr);
  world.idp->after = "https://idp.example.com/out";
  CHECK(*body_of(world.post("/api/auth/logout", "", "member")).find_string("redirectTo") ==
        "https://idp.example.com/out");
  CHECK(world.idp->last_ended == "member");
  CHECK(body_of(world.post("/api/auth/logout", "")).find("redirectTo") == nullptr);
  world.idp->leaving = GENERATE(mood::fails, mood::throws);
  const auto answer = world.post("/api/auth/logout", "", "admin");
  CHECK(answer.status == 200);
  CHECK(body_of(answer).find("redirectTo") == nullptr);
  CHECK_FALSE(world.sessions->live.contains("admin"));
}

TEST_CASE("single sign-on that can't work is refused at the start, by name", "[sso]") {
  const auto refused = [](auto change) {
    sso_world world;
    auth_provider parts = world.sso_parts();
    change(world, parts);
    const auto made = auth_server::create(parts, world.config);
    REQUIRE_FALSE(made.has_value());
    return std::string(to_string(made.error().code)) + " " + made.error().field;
  };
  CHECK(refused([](auto& world, auto&) { world.config.sso.keys = nullptr; }) ==
        "ERR_LATCHKEY_CONFIGURATION_INVALID sso.keys");
  CHECK(refused([](auto& world, auto&) { world.config.public_url.clear(); }) ==
        "ERR_LATCHKEY_CONFIGURATION_INVALID sso.callback_url");
  CHECK(refused([](auto& world, auto&) { world.config.sso.callback_url = "/cb"; }) ==
        "ERR_LATCHKEY_CONFIGURATION_INVALID sso.callback_url");
  CHECK(refused([](auto& world, auto&) { world.config.sso.login_page = "//evil.example.com"; }) ==
        "ERR_LATCHKEY_CONFIGURATION_INVALID sso.login_page");
  CHECK(refused([](auto&, auto& parts) {
          parts.credentials = nullptr;
          parts.sessions = nullptr;
        }) == "ERR_LATCHKEY_NO_SESSION_PROVIDER ");
}

}  // namespace
}  // namespace latchkey::native
