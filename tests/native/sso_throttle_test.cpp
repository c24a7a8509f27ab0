// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/throttle/memory_throttle.h"
#include "native/sso_support.h"

namespace latchkey::native {
namespace {

using latchkey::testing::manual_clock;
using latchkey::testing::must;
using namespace native::testing;

constexpr const char* throttled = "/login?error=ERR_LATCHKEY_THROTTLED";

/** A world whose attempts are counted on a clock of the test's, three logins and three callbacks of a client at once. */
struct throttled_sso_world : sso_world {
  manual_clock counting;

  throttled_sso_world() {
    config.throttling.sso_login_by_client = {60'000, 3};
    config.throttling.sso_callback_by_client = {60'000, 3};
    auto parts = sso_parts();
    parts.throttling = must(memory_throttle::make({100'000, counting.function()}));
    start(std::move(parts));
  }
  http_response get_from(const std::string& address, const std::string& path) const {
    http_request made = request("GET", path);
    made.remote_address = address;
    return send(std::move(made));
  }
};

TEST_CASE("[CR-09][HT-12] logins that a client begins and leaves are delayed, with Retry-After, by either path",
          "[sso][throttle][CR-09][HT-12]") {
  throttled_sso_world world;
  CHECK(world.get_from("198.51.100.1", "/api/auth/sso/login").status == 200);
  CHECK(world.get_from("198.51.100.1", "/api/auth/sso").status == 200);
  CHECK(world.get_from("198.51.100.1", "/api/auth/sso/login").status == 200);
  for (const char* path : {"/api/auth/sso/login", "/api/auth/sso"}) {
    const auto refused = world.get_from("198.51.100.1", path);
    CHECK(refused.status == 429);
    CHECK(header_of(refused, "Retry-After") == "60");
    CHECK(set_cookies_of(refused).empty());
  }
  CHECK(world.audit->count("auth.throttled", audit_outcome::denied) == 1);
  CHECK(world.get_from("2001:db8::1", "/api/auth/sso/login").status == 200);
  CHECK(world.get_from("2001:db8::2", "/api/auth/sso/login").status == 200);
  CHECK(world.get_from("2001:db8::3", "/api/auth/sso/login").status == 200);
  CHECK(world.get_from("2001:db8::4", "/api/auth/sso/login").status == 429);
  world.counting.advance(60'000);
  CHECK(world.get_from("198.51.100.1", "/api/auth/sso/login").status == 200);
  CHECK(world.get_from("198.51.100.1", "/api/auth/sso/login").status == 429);
}

TEST_CASE("[CR-09] callbacks that fit no login are delayed by client, and fill no audit log",
          "[sso][throttle][CR-09][AU-02]") {
  throttled_sso_world world;
  for (int i = 0; i < 3; ++i) {
    CHECK(header_of(world.get_from("198.51.100.1", "/api/auth/sso/callback?code=c&state=x"), "Location") ==
          state_refused);
  }
  for (const char* path : {"/api/auth/sso/callback?code=c&state=x", "/api/auth/callback?code=c&state=x",
                           "/api/auth/callback?code=a&code=b"}) {
    const auto refused = world.get_from("198.51.100.1", path);
    CHECK(refused.status == 302);
    CHECK(header_of(refused, "Location") == throttled);
  }
  CHECK(world.audit->count("auth.sign_in", audit_outcome::denied) == 3);
  CHECK(world.audit->count("auth.throttled", audit_outcome::denied) == 1);
  CHECK(header_of(world.get_from("203.0.113.5", "/api/auth/callback?code=c&state=x"), "Location") == state_refused);
  world.counting.advance(60'000);
  CHECK(header_of(world.get_from("198.51.100.1", "/api/auth/callback?code=c&state=x"), "Location") == state_refused);
}

TEST_CASE("[CR-09] a delayed callback uses its login up neither here nor at the provider", "[sso][throttle][CR-09]") {
  throttled_sso_world world;
  browser person(world);
  const std::string state = person.begin();
  for (int i = 0; i < 3; ++i) CHECK(header_of(person.come_back("x"), "Location") == state_refused);
  const auto refused = person.come_back(state);
  CHECK(header_of(refused, "Location") == throttled);
  CHECK(set_cookies_of(refused).empty());
  CHECK(world.idp->redeemed == 0);
  world.counting.advance(60'000);
  CHECK(header_of(person.come_back(state), "Location") == "/agents");
}

TEST_CASE("people who sign in from one address take nothing from it", "[sso][throttle]") {
  throttled_sso_world world;
  for (int i = 0; i < 10; ++i) {
    browser person(world);
    REQUIRE(header_of(person.come_back(person.begin()), "Location") == "/agents");
  }
  // One that the provider refuses is not given back.
  world.idp->redeeming = mood::fails;
  for (int i = 0; i < 3; ++i) {
    browser person(world);
    REQUIRE(header_of(person.come_back(person.begin()), "Location") == sign_in_failed);
  }
  CHECK(world.get("/api/auth/sso/login").status == 429);
  CHECK(header_of(world.get("/api/auth/sso/callback?code=c&state=x"), "Location") == throttled);
}

TEST_CASE("[NS-05] single sign-on that can't be counted begins and completes nothing", "[sso][throttle][NS-05]") {
  class broken_throttle final : public throttle {
   public:
    mood how = mood::well;
    result<throttle_decision> take(std::string_view, const throttle_rule&) override {
      if (how == mood::well) return throttle_decision{true, 0, 0};
      return misbehave(how);
    }
    result<void> give_back(std::string_view, const throttle_rule&) override { return misbehave(mood::fails); }
    result<void> forget(std::string_view) override { return misbehave(mood::fails); }
  };
  sso_world world;
  const auto broken = std::make_shared<broken_throttle>();
  auto parts = world.sso_parts();
  parts.throttling = broken;
  world.start(std::move(parts));
  browser person(world);
  const std::string state = person.begin();
  for (const mood how : {mood::fails, mood::throws}) {
    broken->how = how;
    CHECK(person.get("/api/auth/sso/login").status == 503);
    CHECK(person.come_back(state).status == 503);
    CHECK(world.idp->redeemed == 0);
    CHECK(world.sessions->created == 0);
  }
  broken->how = mood::well;
  // What can't be given back keeps nobody out.
  CHECK(header_of(person.come_back(state), "Location") == "/agents");
}

TEST_CASE("a limit of single sign-on that is none stops the start", "[sso][throttle]") {
  for (const auto rule : {&throttle_limits::sso_login_by_client, &throttle_limits::sso_callback_by_client}) {
    sso_world world;
    world.config.throttling.*rule = {0, 1};
    CHECK(auth_server::create(world.sso_parts(), world.config).error().field == "throttling");
  }
}

}  // namespace
}  // namespace latchkey::native
