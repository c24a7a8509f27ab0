// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "http/client_address.h"
#include "http_support.h"
#include "latchkey/native/throttle/memory_throttle.h"
#include "support.h"

using namespace latchkey::testing;

namespace latchkey::native::testing {
namespace {

std::shared_ptr<memory_throttle> make_throttle(const manual_clock& clock, std::size_t max_keys = 100'000) {
  return must(memory_throttle::make({max_keys, clock.function()}));
}

std::string sign_in_text(const std::string& email, const std::string& password) {
  return to_json_text(json_object{{"email", email}, {"password", password}});
}

/** A world whose attempts are counted on a clock of the test's. */
struct throttled_world : world {
  manual_clock clock;
  throttled_world() { config.trusted_proxies = {"10.0.0.0/8"}; }
  void begin() {
    auto parts = provider();
    parts.throttling = make_throttle(clock);
    start(std::move(parts));
  }
  http_response attempt(const std::string& path, const std::string& body, const std::string& address,
                        const std::string& as = {}) const {
    http_request made = request("POST", path, as);
    if (!body.empty()) made.headers.emplace_back("Content-Type", "application/json");
    made.body = body;
    made.remote_address = address;
    return send(std::move(made));
  }
  http_response sign_in(const std::string& email, const std::string& password, const std::string& address) const {
    return attempt("/api/auth/credentials/sign-in", sign_in_text(email, password), address);
  }
};

/** The headers without those that differ from answer to answer. */
std::string shape_of(const http_response& response) {
  std::string text = std::to_string(response.status) + " " + plain_body(response);
  for (const auto& [name, value] : plain_headers(response)) text += "\n" + name + ": " + value;
  return text;
}

}  // namespace

TEST_CASE("[CR-09][HT-12] guesses at one account are delayed, with Retry-After, alike for one that nobody has",
          "[throttle][CR-09][HT-12]") {
  throttled_world w;
  w.begin();
  for (const std::string email : {"member@example.com", "nobody@example.com"}) {
    for (int i = 0; i < 10; ++i) CHECK(w.sign_in(email, "wrong", "198.51.100.1").status == 401);
  }
  const auto known = w.sign_in("Member@Example.com", "correct horse", "198.51.100.1");
  CHECK(known.status == 429);
  CHECK(header_of(known, "Retry-After") == "900");
  CHECK(plain_body(known) == R"({"error":"Too many attempts","code":"ERR_LATCHKEY_THROTTLED"})");
  CHECK(shape_of(known) == shape_of(w.sign_in("nobody@example.com", "correct horse", "198.51.100.1")));
  // The owner is elsewhere, and is let in.
  CHECK(w.sign_in("member@example.com", "correct horse", "203.0.113.5").status == 200);
  w.clock.advance(899'001);
  CHECK(header_of(w.sign_in("nobody@example.com", "x", "198.51.100.1"), "Retry-After") == "1");
  w.clock.advance(999);
  CHECK(w.sign_in("nobody@example.com", "x", "198.51.100.1").status == 401);
}

TEST_CASE(
    "[CR-09] after 100 failures in a row from anywhere an account is delayed for everybody; a success counts anew",
    "[throttle][CR-09]") {
  throttled_world w;
  w.begin();
  const auto guess = [&](int network) {
    return w.sign_in("member@example.com", "wrong", "2001:db8:0:" + std::to_string(network) + "::1").status;
  };
  for (int i = 0; i < 100; ++i) REQUIRE(guess(i) == 401);
  CHECK(guess(100) == 429);
  CHECK(w.sign_in("viewer@example.com", "correct horse", "2001:db8:0:101::1").status == 200);
  w.clock.advance(5 * 60'000);
  CHECK(w.sign_in("member@example.com", "correct horse", "2001:db8:0:101::1").status == 200);
  for (int i = 200; i < 300; ++i) REQUIRE(guess(i) == 401);
  CHECK(guess(300) == 429);
}

TEST_CASE("[CR-09] one client's guesses at many accounts are delayed, from any address of its /64 and behind a proxy",
          "[throttle][CR-09]") {
  throttled_world w;
  w.begin();
  int next = 0;
  const auto guess = [&](const std::string& address) {
    return w.sign_in("user-" + std::to_string(next++) + "@example.com", "wrong", address).status;
  };
  for (int i = 0; i < 100; ++i) REQUIRE(guess("2001:db8::" + std::to_string(i)) == 401);
  CHECK(guess("2001:db8::ffff:1") == 429);
  CHECK(w.audit->events.back().action == "auth.throttled");
  CHECK(w.audit->events.back().actor.ip == "2001:db8::ffff:1");
  CHECK(guess("2001:db8:0:1::1") == 401);
  auto through_proxy = world::request("POST", "/api/auth/login");
  through_proxy.headers.emplace_back("Content-Type", "application/json");
  through_proxy.headers.emplace_back("X-Forwarded-For", "203.0.113.77, 2001:0db8::9");
  through_proxy.body = sign_in_body;
  CHECK(w.send(through_proxy).status == 200);
  through_proxy.remote_address = "10.0.0.1";
  CHECK(w.send(through_proxy).status == 429);
  through_proxy.headers.back().second = "2001:db8::9, 198.51.100.9";
  CHECK(w.send(through_proxy).status == 200);
  CHECK(w.audit->events.back().actor.ip == "198.51.100.9");
}

TEST_CASE("[CR-10] of 64 guesses at once at one account ten are tried", "[throttle][CR-10]") {
  throttled_world w;
  w.begin();
  std::atomic<int> tried{0};
  std::atomic<int> refused{0};
  run_together(64, [&](int) {
    const int status = w.sign_in("member@example.com", "wrong", "198.51.100.1").status;
    if (status == 401) ++tried;
    if (status == 429) ++refused;
  });
  CHECK(tried == 10);
  CHECK(refused == 54);
}

TEST_CASE("a client's own right passwords take nothing from it", "[throttle]") {
  throttled_world w;
  w.config.throttling.sign_in_success_by_account.burst = 1'000;
  w.begin();
  for (int i = 0; i < 150; ++i) REQUIRE(w.sign_in("member@example.com", "correct horse", "198.51.100.1").status == 200);
  w.credentials->how = mood::fails;
  CHECK(w.sign_in("member@example.com", "correct horse", "198.51.100.1").status == 503);
}

TEST_CASE("[SS-25] a right password makes no sessions without end, from any address", "[throttle][SS-25]") {
  throttled_world w;
  w.begin();
  const auto address = [](int i) { return "198.51.100." + std::to_string(i); };
  for (int i = 0; i < 60; ++i) REQUIRE(w.sign_in("member@example.com", "correct horse", address(i)).status == 200);
  const auto sessions = w.sessions->live.size();
  const auto refused = w.sign_in("member@example.com", "correct horse", address(60));
  CHECK(refused.status == 429);
  CHECK(header_of(refused, "Retry-After") == "60");
  CHECK(header_of(refused, "Set-Cookie").empty());
  CHECK(w.sessions->live.size() == sessions);
  // A stranger's wrong passwords take nothing from it, and other accounts have their own.
  CHECK(w.sign_in("member@example.com", "wrong", address(61)).status == 401);
  CHECK(w.sign_in("viewer@example.com", "correct horse", address(62)).status == 200);
  w.clock.advance(60'000);
  CHECK(w.sign_in("member@example.com", "correct horse", address(63)).status == 200);
  CHECK(w.sign_in("member@example.com", "correct horse", address(64)).status == 429);
}

TEST_CASE("[CR-09] sign-up is delayed by client, a renewal by sign-in", "[throttle][CR-09]") {
  throttled_world w;
  w.begin();
  const auto sign_up = [&](int i) {
    return w.attempt("/api/auth/signup",
                     sign_in_text("new-" + std::to_string(i) + "@example.com", "tribal lamp gravel"), "198.51.100.1");
  };
  for (int i = 0; i < 20; ++i) REQUIRE(sign_up(i).status == 200);
  CHECK(sign_up(20).status == 429);
  CHECK(header_of(sign_up(20), "Retry-After") == "60");
  std::string cookie = "member";
  for (int i = 0; i < 64; ++i) {
    const auto renewed = w.attempt("/api/auth/refresh", "", "198.51.100." + std::to_string(i), cookie);
    REQUIRE(renewed.status == 200);
    const auto line = header_of(renewed, "Set-Cookie");
    cookie = line.substr(15, line.find(';') - 15);
  }
  const auto refused = w.attempt("/api/auth/refresh", "", "198.51.100.70", cookie);
  CHECK(refused.status == 429);
  CHECK(header_of(refused, "Retry-After") == "30");
  CHECK(w.attempt("/api/auth/refresh", "", "198.51.100.70", "viewer").status == 200);
}

TEST_CASE("[AU-02] what is throttled is audited, at most once a minute for a key", "[throttle][AU-02]") {
  throttled_world w;
  w.begin();
  for (int i = 0; i < 40; ++i) (void)w.sign_in("member@example.com", "wrong", "198.51.100.1");
  CHECK(w.audit->count("auth.throttled", audit_outcome::denied) == 1);
  CHECK(w.audit->count("auth.sign_in", audit_outcome::failure) == 10);
  const auto& event = w.audit->events.back();
  CHECK(to_json_text(event.metadata).find("member@") == std::string::npos);
  CHECK(event.actor.ip == "198.51.100.1");
  w.clock.advance(60'000);
  for (int i = 0; i < 5; ++i) (void)w.sign_in("member@example.com", "wrong", "198.51.100.1");
  CHECK(w.audit->count("auth.throttled", audit_outcome::denied) == 2);
}

TEST_CASE("a limit that is none stops the start", "[throttle]") {
  world w;
  w.config.throttling.reset_by_client.burst = 0;
  CHECK(auth_server::create(w.provider(), w.config).error().field == "throttling");
}

TEST_CASE("[NS-05] a throttle that fails or throws lets nothing through", "[throttle][NS-05]") {
  class broken_throttle final : public throttle {
   public:
    mood how = mood::fails;
    result<throttle_decision> take(std::string_view, const throttle_rule&) override { return misbehave(how); }
    result<void> give_back(std::string_view, const throttle_rule&) override { return misbehave(how); }
    result<void> forget(std::string_view) override { return misbehave(how); }
  };
  for (const mood how : {mood::fails, mood::throws}) {
    throttled_world w;
    auto parts = w.provider();
    const auto broken = std::make_shared<broken_throttle>();
    broken->how = how;
    parts.throttling = broken;
    w.start(std::move(parts));
    CHECK(w.sign_in("member@example.com", "correct horse", "198.51.100.1").status == 503);
    CHECK(w.attempt("/api/auth/refresh", "", "198.51.100.1", "member").status == 503);
    CHECK(w.sessions->created == 0);
  }
}

}  // namespace latchkey::native::testing
