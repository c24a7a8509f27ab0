// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/redis/redis_throttle.h"

#include <map>
#include <random>

#include "latchkey/native/throttle/memory_throttle.h"
#include "native/redis_support.h"

using namespace latchkey;
using namespace latchkey::native;
using namespace latchkey::testing;
using std::chrono::milliseconds;

namespace {

constexpr throttle_rule three{60'000, 3};

std::shared_ptr<throttle> throttle_of(const redis_server& server, redis_throttle_options options = {}) {
  return must(make_redis_throttle(server.client(), std::move(options)));
}

/** The names of the keys of all throttles there. */
std::vector<std::string> keys_of(const redis_server& server) {
  std::vector<std::string> names;
  const auto reply = must(ask(*server.client(), {"KEYS", "*"}));
  for (const auto& each : reply.list()) names.emplace_back(each.text());
  return names;
}

/** What core alone makes of the same calls. */
class reference {
 public:
  throttle_decision take(const std::string& key, const throttle_rule& rule, std::int64_t now_ms) {
    const auto found = arrivals_.find(key);
    const auto kept = found == arrivals_.end() ? std::nullopt : std::optional(found->second);
    const auto decided = take_attempt(rule, kept, now_ms);
    arrivals_[key] = decided.arrival_ms;
    return decided;
  }
  void give_back(const std::string& key, const throttle_rule& rule, std::int64_t now_ms) {
    const auto found = arrivals_.find(key);
    if (found == arrivals_.end()) return;
    found->second = give_attempt_back(rule, found->second);
    if (found->second <= now_ms) arrivals_.erase(found);
  }
  void forget(const std::string& key) { arrivals_.erase(key); }

 private:
  std::map<std::string, std::int64_t> arrivals_;
};

/** Calls a throttle and core at random, with a clock that at times is set back; every decision must be the same. */
void follow_core(throttle& subject, manual_clock clock, unsigned seed) {
  reference expected;
  std::mt19937 random(seed);
  // Keys in Redis go after their time on its own clock, so every step of time is longer than the test.
  constexpr std::int64_t step_ms = 30'000;
  const throttle_rule rules[] = {{60'000, 1}, {90'000, 3}, {600'000, 10}, {86'400'000, 1'000'000}};
  int allowed = 0;
  int refused = 0;
  for (int i = 0; i < 2'000; ++i) {
    const std::size_t which = random() % std::size(rules);
    const throttle_rule& rule = rules[which];
    const std::string key = "key " + std::to_string(which);
    if (random() % 4 == 0) clock.advance(step_ms * static_cast<std::int64_t>(random() % 3));
    if (random() % 200 == 0) clock.advance(-step_ms * static_cast<std::int64_t>(random() % 300));
    const auto action = random() % 20;
    INFO(seed << "/" << i << " " << key);
    if (action == 0) {
      must(subject.forget(key));
      expected.forget(key);
    } else if (action < 4) {
      must(subject.give_back(key, rule));
      expected.give_back(key, rule, clock.now());
    } else {
      const auto decided = must(subject.take(key, rule));
      REQUIRE(decided == expected.take(key, rule, clock.now()));
      ++(decided.is_allowed ? allowed : refused);
    }
  }
  CHECK(allowed > 200);
  CHECK(refused > 200);
}

template <class Call>
milliseconds time_of(Call call) {
  const auto start = std::chrono::steady_clock::now();
  call();
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
}

}  // namespace

TEST_CASE("[CR-09] in Redis an attempt is counted as core's vectors say", "[redis][throttle][CR-09]") {
  const redis_server server;
  const auto client = server.client();
  manual_clock clock;
  const auto throttle = throttle_of(server, {.clock = clock.function()});
  const json_value vectors = read_vectors("throttle");
  // Beyond that a Lua number is no longer exact; no clock of Redis shows such a time.
  constexpr std::int64_t exact = std::int64_t{1} << 52;
  int compared = 0;
  for (const json_value& one : array_of(vectors, "cases")) {
    INFO(text_of(one, "name"));
    const std::int64_t now = integer_of(one, "nowMs");
    if (now > exact || now < -exact) continue;
    ++compared;
    clock.set(now);
    must(ask(*client, {"FLUSHALL"}));
    const json_value& rule = *one.find("rule");
    if (const std::int64_t* kept = one.find("arrivalMs")->as_integer()) {
      must(throttle->take("key", three));
      const auto names = keys_of(server);
      REQUIRE(names.size() == 1);
      must(ask(*client, {"SET", names[0], std::to_string(*kept)}));
    }
    const json_value& expected = *one.find("expect");
    const auto got = must(throttle->take("key", {integer_of(rule, "intervalMs"), integer_of(rule, "burst")}));
    CHECK(got.is_allowed == expected.is_true("allowed"));
    CHECK(got.retry_after_ms == integer_of(expected, "retryAfterMs"));
    CHECK(got.arrival_ms == integer_of(expected, "arrivalMs"));
  }
  CHECK(compared == 18);
}

TEST_CASE("[CR-09] whatever is called in whatever order, every throttle decides as core does",
          "[redis][throttle][CR-09]") {
  const redis_server server;
  for (const unsigned seed : {1u, 2u, 3u}) {
    manual_clock clock;
    const std::string prefix = "round " + std::to_string(seed) + ":";
    follow_core(*throttle_of(server, {.prefix = prefix, .clock = clock.function()}), clock, seed);
    manual_clock other;
    follow_core(*must(memory_throttle::make({100'000, other.function()})), other, seed);
  }
}

TEST_CASE("[CR-10] 64 parallel attempts at two servers count 64", "[redis][throttle][CR-10]") {
  const redis_server server;
  const std::shared_ptr<throttle> nodes[] = {throttle_of(server), throttle_of(server)};
  for (const std::int64_t burst : {10, 64}) {
    const std::string key = "key " + std::to_string(burst);
    std::atomic<int> passed{0};
    std::atomic<int> failed{0};
    run_together(64, [&](int i) {
      const auto taken = nodes[i % 2]->take(key, {600'000, burst});
      if (!taken) ++failed;
      if (taken && taken->is_allowed) ++passed;
    });
    CHECK(failed == 0);
    CHECK(passed == burst);
    CHECK_FALSE(must(nodes[0]->take(key, {600'000, burst})).is_allowed);
  }
}

TEST_CASE("[CR-09] what one server has counted, given back or forgotten counts on the other",
          "[redis][throttle][CR-09]") {
  const redis_server server;
  const auto here = throttle_of(server);
  const auto there = throttle_of(server);
  for (int i = 0; i < 3; ++i) CHECK(must(here->take("key", three)).is_allowed);
  const auto refused = must(there->take("key", three));
  CHECK_FALSE(refused.is_allowed);
  CHECK(refused.retry_after_ms > 50'000);
  CHECK(refused.retry_after_ms <= 60'000);
  CHECK(must(there->take("other", three)).is_allowed);
  CHECK(must(throttle_of(server, {.prefix = "another:"})->take("key", three)).is_allowed);
  must(here->give_back("key", three));
  CHECK(must(there->take("key", three)).is_allowed);
  CHECK_FALSE(must(here->take("key", three)).is_allowed);
  must(there->forget("key"));
  CHECK(must(here->take("key", three)).is_allowed);
}

TEST_CASE("[CR-09] the clock that counts is Redis's own: a server sends none", "[redis][throttle][CR-09]") {
  const redis_server server({"--slowlog-log-slower-than", "0"});
  const auto throttle = throttle_of(server);
  const auto time = must(ask(*server.client(), {"TIME"}));
  const std::int64_t before = time.at(0).integer() * 1'000 + time.at(1).integer() / 1'000;
  CHECK(must(throttle->take("key", {200, 1})).arrival_ms - before >= 200);
  const auto sent = must(ask(*server.client(), {"SLOWLOG", "GET", "1"})).at(0).at(3);
  CHECK(sent.at(0).text() == "EVALSHA");
  CHECK(sent.at(4).text() == "200");
  CHECK(sent.at(5).text().empty());
  CHECK(must(throttle->take("key", {200, 1})).arrival_ms - before < 2'200);
  std::this_thread::sleep_for(milliseconds(200));
  CHECK(must(throttle->take("key", {200, 1})).is_allowed);
}

TEST_CASE("a key in Redis tells nobody's address, and goes once it is as good as new", "[redis][throttle]") {
  const redis_server server;
  const auto client = server.client();
  const auto throttle = throttle_of(server);
  const std::string key = "sign-in account ada@example.com";
  must(throttle->take(key, {60'000, 3}));
  must(throttle->take(key, {60'000, 3}));
  const auto names = keys_of(server);
  REQUIRE(names.size() == 1);
  CHECK(names[0].starts_with("latchkey:t:"));
  CHECK(names[0].find("ada") == std::string::npos);
  const std::int64_t left = must(ask(*client, {"PTTL", names[0]})).integer();
  CHECK(left > 110'000);
  CHECK(left <= 120'000);
  // A refused attempt keeps the key no longer than the attempts that were taken.
  for (int i = 0; i < 5; ++i) must(throttle->take(key, {60'000, 2}));
  CHECK(must(ask(*client, {"PTTL", names[0]})).integer() <= 120'000);
  must(throttle->give_back(key, {60'000, 3}));
  const std::int64_t less = must(ask(*client, {"PTTL", names[0]})).integer();
  CHECK(less > 50'000);
  CHECK(less <= 60'000);
  must(throttle->give_back(key, {60'000, 3}));
  must(throttle->give_back("nobody", {60'000, 3}));
  CHECK(keys_of(server).empty());
  must(throttle->take(key, {1, 1}));
  std::this_thread::sleep_for(milliseconds(20));
  CHECK(must(ask(*client, {"EXISTS", names[0]})).integer() == 0);
}

TEST_CASE("[NS-05] without Redis nothing is let through, within 2 s, and counting goes on when it is back",
          "[redis][throttle][NS-05][F-05]") {
  redis_server server({"--appendonly", "yes", "--appendfsync", "always"});
  const auto throttle = throttle_of(server);
  for (int i = 0; i < 3; ++i) CHECK(must(throttle->take("key", three)).is_allowed);
  const auto is_denied = [&] {
    result<throttle_decision> taken;
    CHECK(time_of([&] { taken = throttle->take("key", three); }) < milliseconds(2'000));
    return !taken && taken.error().code == errc::unavailable;
  };
  const auto heals = [&] {
    for (int i = 0; i < 500; ++i, std::this_thread::sleep_for(milliseconds(10))) {
      const auto taken = throttle->take("key", three);
      // What was used up is so still.
      if (taken) return !taken->is_allowed;
    }
    return false;
  };
  server.pause(true);
  CHECK(is_denied());
  server.pause(false);
  CHECK(heals());
  server.kill();
  CHECK(is_denied());
  CHECK_FALSE(throttle->give_back("key", three).has_value());
  CHECK_FALSE(throttle->forget("key").has_value());
  server.start();
  CHECK(heals());
}

TEST_CASE("[NS-05] a key that holds no time denies, and so does a throttle of other numbers",
          "[redis][throttle][NS-05]") {
  const redis_server server;
  const auto client = server.client();
  const auto throttle = throttle_of(server);
  must(throttle->take("key", three));
  const std::string name = keys_of(server).at(0);
  for (const std::string_view other : {"", "soon", "nan", "inf", "1e3", "0x10", "12 ", "99999999999999999999"}) {
    INFO(other);
    must(ask(*client, {"SET", name, other}));
    const auto taken = throttle->take("key", three);
    REQUIRE_FALSE(taken.has_value());
    CHECK(taken.error().code == errc::unavailable);
  }
  must(ask(*client, {"DEL", name}));
  must(ask(*client, {"HSET", name, "a", "b"}));
  CHECK_FALSE(throttle->take("key", three).has_value());
  CHECK_FALSE(throttle->give_back("key", three).has_value());
  const auto refused = must(throttle->take("key", {0, 1}));
  CHECK_FALSE(refused.is_allowed);
  CHECK(refused.retry_after_ms == throttle_interval_max_ms);
}

TEST_CASE("a throttle in Redis needs a client and a prefix", "[redis][throttle]") {
  CHECK(make_redis_throttle(nullptr).error().field == "redis");
  const auto client = must(redis_client::make({}));
  CHECK(make_redis_throttle(client, {.prefix = ""}).error().field == "redis.prefix");
}
