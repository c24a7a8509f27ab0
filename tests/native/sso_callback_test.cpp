// SPDX-License-Identifier: Apache-2.0
#include "latchkey/json_mapping.h"
#include "native/sso_support.h"

namespace latchkey::native {
namespace {

using latchkey::testing::must;
using latchkey::testing::open_file;
using latchkey::testing::run_together;
using latchkey::testing::temporary_folder;
using namespace native::testing;

TEST_CASE("[SO-01] a callback that this browser's login does not fit asks the provider nothing", "[sso][SO-01]") {
  sso_world world;
  world.begin();
  browser person(world);
  browser other(world);
  const std::string state = person.begin();
  const std::string foreign = other.begin();
  std::string wrong = state;
  wrong[5] = wrong[5] == 'A' ? 'B' : 'A';
  int refused = 0;
  const auto check = [&](const http_response& answer) {
    CHECK(answer.status == 302);
    CHECK(header_of(answer, "Location") == state_refused);
    CHECK(set_cookies_of(answer).empty());
    CHECK(world.audit->count("auth.sign_in", audit_outcome::denied) == static_cast<std::size_t>(++refused));
    CHECK(world.idp->redeemed == 0);
  };
  check(person.come_back(""));
  check(person.get("/api/auth/sso/callback?code=c"));
  check(person.come_back(wrong));
  check(person.come_back(foreign));
  check(person.come_back(state + "A"));
  check(person.come_back(state.substr(1)));
  check(browser(world).come_back(state));
  // The cookie under another name, and each part of it changed.
  browser renamed(world);
  renamed.cookies["mastra_session_login_AAAAAAAAAAAA"] = person.cookies.begin()->second;
  check(renamed.come_back(state));
  for (const std::size_t at : {std::size_t{0}, std::size_t{8}, std::size_t{40}, std::size_t{100}}) {
    browser tampering(world);
    tampering.cookies = person.cookies;
    char& c = tampering.cookies.begin()->second[at];
    c = c == 'A' ? 'B' : 'A';
    check(tampering.come_back(state));
  }
  world.time.advance(login_transaction_ms);
  check(person.come_back(state));
  world.time.advance(-1);
  CHECK(header_of(person.come_back(state), "Location") == "/agents");
}

TEST_CASE("[SO-21] a parameter that comes twice is refused before anything else", "[sso][SO-21]") {
  sso_world world;
  world.begin();
  browser person(world);
  const std::string state = person.begin();
  const std::vector<std::string> repeated{"&code=a&code=b", "&code=a&state=" + state, "&code=a&iss=x&iss=x",
                                          "&code=%zz"};
  for (const auto& more : repeated) {
    INFO(more);
    CHECK(header_of(person.come_back(state, more), "Location") == "/login?error=ERR_LATCHKEY_REQUEST_INVALID");
  }
  CHECK(world.idp->redeemed == 0);
  CHECK(world.get("/api/auth/sso/login?redirect_uri=/a&redirect_uri=/b").status == 400);
  CHECK(header_of(person.come_back(state), "Location") == "/agents");
}

TEST_CASE("[SO-22] what a provider says in a callback gets into no address", "[sso][SO-22]") {
  sso_world world;
  world.begin();
  browser person(world);
  const std::string state = person.begin();
  const auto answer = person.come_back(
      state, "&error=access_denied%0d%0aX:y&error_description=%3Cscript%3Ecanary%3C/script%3E&error_uri=https://evil");
  CHECK(header_of(answer, "Location") == sign_in_failed);
  CHECK(answer.body.empty());
  CHECK(world.idp->redeemed == 0);
  CHECK(world.audit->count("auth.sign_in", audit_outcome::failure) == 1);
  CHECK(person.logins() == 0);
  CHECK(header_of(person.come_back(state), "Location") == state_refused);
}

TEST_CASE("a callback without a code, or with an endless one, is not redeemed", "[sso]") {
  sso_world world;
  world.begin();
  browser person(world);
  for (const std::string& more : {std::string(), std::string("&code="), "&code=" + std::string(4097, 'c')}) {
    CHECK(header_of(person.come_back(person.begin(), more), "Location") == "/login?error=ERR_LATCHKEY_REQUEST_INVALID");
  }
  CHECK(world.idp->redeemed == 0);
}

TEST_CASE("[SO-17] an issuer in the callback must be the provider's", "[sso][SO-17]") {
  sso_world world;
  world.idp->known_issuer = "https://idp.example.com";
  world.begin();
  browser person(world);
  CHECK(header_of(person.come_back(person.begin(), "&code=c&iss=https://evil.example.com"), "Location") ==
        sign_in_failed);
  CHECK(header_of(person.come_back(person.begin(), "&code=c&iss=https://idp.example.com/"), "Location") ==
        sign_in_failed);
  CHECK(world.idp->redeemed == 0);
  CHECK(header_of(person.come_back(person.begin(), "&code=c&iss=https://idp.example.com"), "Location") == "/agents");
  CHECK(world.idp->last.iss == "https://idp.example.com");
}

TEST_CASE("[SO-23] a login is completed once, also by 64 callbacks at once", "[sso][SO-23][F-13]") {
  const temporary_folder folder;
  sso_world world;
  const bool in_database = GENERATE(false, true);
  if (in_database) world.config.sso.used_logins = must(open_sql_one_time_store(open_file(folder.file("once.db"))));
  world.begin();
  browser person(world);
  const std::string state = person.begin();
  std::atomic<int> landed{0};
  std::atomic<int> refused{0};
  run_together(64, [&](int) {
    browser copy(world);
    copy.cookies = person.cookies;
    const auto location = header_of(copy.come_back(state), "Location");
    if (location == "/agents") ++landed;
    if (location == state_refused) ++refused;
  });
  CHECK(landed == 1);
  CHECK(refused == 63);
  CHECK(world.idp->redeemed == 1);
  CHECK(world.sessions->created == 1);
  CHECK(world.audit->count("auth.sign_in", audit_outcome::denied) == 63);
}

TEST_CASE("[SO-20] the host gets the tokens of a sign-in with its session, and the browser gets none", "[sso][SO-20]") {
  sso_world world;
  world.idp->tokens = sso_tokens{"access-canary", "refresh-canary", "id-canary", 1'795'264'289'000};
  std::vector<std::string> kept;
  world.config.sso.keep_tokens = [&](const user& person, const latchkey::session& session, const sso_tokens& tokens) {
    kept = {person.id, session.user_id, tokens.access_token, tokens.refresh_token, tokens.id_token};
    return result<void>();
  };
  world.begin();
  browser person(world);
  const auto answer = person.come_back(person.begin());
  CHECK(header_of(answer, "Location") == "/agents");
  CHECK(kept == std::vector<std::string>{"u-member", "u-member", "access-canary", "refresh-canary", "id-canary"});
  for (const auto& [name, value] : answer.headers) CHECK(value.find("canary") == std::string::npos);

  world.idp->tokens.reset();
  kept.clear();
  CHECK(header_of(person.come_back(person.begin()), "Location") == "/agents");
  CHECK(kept.empty());
}

TEST_CASE("[F-07] tokens that the host can't keep end the session again", "[sso][F-07]") {
  sso_world world;
  world.idp->tokens = sso_tokens{"a", "", "", 0};
  const bool throws = GENERATE(false, true);
  world.config.sso.keep_tokens = [&](const user&, const latchkey::session&, const sso_tokens&) -> result<void> {
    if (throws) throw std::runtime_error("disk");
    return fail(errc::store_failed, "disk");
  };
  world.begin();
  browser person(world);
  const auto answer = person.come_back(person.begin());
  CHECK(answer.status == 503);
  CHECK(world.sessions->created == 1);
  CHECK(person.get("/api/auth/me").body == "null");
}

TEST_CASE("[F-07] a provider that fails signs nobody in and is not heard of in the browser", "[sso][F-07][RB-09]") {
  sso_world world;
  world.begin();
  browser person(world);
  const mood how = GENERATE(mood::fails, mood::throws);
  const std::string state = person.begin();
  world.idp->redeeming = how;
  const auto answer = person.come_back(state);
  CHECK(header_of(answer, "Location") ==
        (how == mood::throws ? "/login?error=ERR_LATCHKEY_UNAVAILABLE" : sign_in_failed));
  CHECK(world.sessions->created == 0);
  CHECK_FALSE(world.reports.empty());
  world.idp->starting = how;
  const auto begun = person.get("/api/auth/sso/login");
  CHECK(begun.status == 503);
  CHECK(set_cookies_of(begun).empty());
  CHECK(begun.body.find("SELECT") == std::string::npos);
}

TEST_CASE("a store of used logins that fails lets nobody in", "[sso][RB-09]") {
  struct broken_store final : one_time_store {
    result<bool> use(std::string_view, std::string_view, std::int64_t, std::int64_t) override {
      return misbehave(mood::fails);
    }
  };
  sso_world world;
  world.config.sso.used_logins = std::make_shared<broken_store>();
  world.begin();
  browser person(world);
  CHECK(header_of(person.come_back(person.begin()), "Location") == "/login?error=ERR_LATCHKEY_UNAVAILABLE");
  CHECK(world.idp->redeemed == 0);
}

TEST_CASE("[SS-13] a sign-on makes a new session and ends the one that came along", "[sso][SS-13]") {
  sso_world world;
  world.idp->set_cookies = {"idp=1; Path=/; HttpOnly"};
  world.begin();
  browser person(world);
  person.cookies["mastra_session"] = "viewer";
  const auto answer = person.come_back(person.begin());
  CHECK_FALSE(world.sessions->live.contains("viewer"));
  CHECK(person.cookies["mastra_session"] == "s1");
  // [CK-17] The session, the provider's own and the end of the login, each in a line of its own.
  CHECK(set_cookies_of(answer).size() == 3);
}

TEST_CASE("[AU-11] a sign-on that can't be put on record opens no session", "[sso][AU-11]") {
  sso_world world;
  world.begin();
  browser person(world);
  const std::string state = person.begin();
  world.audit->how = mood::fails;
  CHECK(person.come_back(state).status == 503);
  CHECK(world.sessions->live.count("s1") == 0);
}

TEST_CASE("[SO-25] neither code nor state, nonce or verifier is on record or reported", "[sso][SO-25][AU-03]") {
  sso_world world;
  world.begin();
  browser person(world);
  world.idp->redeeming = GENERATE(mood::well, mood::fails);
  const std::string state = person.begin();
  person.come_back(state, "&code=canary-code");
  person.come_back(state, "&code=canary-code");
  std::string told;
  for (const auto& event : world.audit->events) told += to_json_text(to_json(event));
  for (const auto& report : world.reports) told += report;
  CHECK(told.find("canary-code") == std::string::npos);
  CHECK(told.find(state) == std::string::npos);
}

}  // namespace
}  // namespace latchkey::native
