// SPDX-License-Identifier: Apache-2.0
#include "latchkey/throttle.h"

#include <limits>
#include <random>
#include <vector>

#include "test_data.h"

namespace latchkey {
namespace {

std::int64_t integer(const json_value& from, std::string_view key) {
  const json_value* member = from.find(key);
  REQUIRE(member != nullptr);
  REQUIRE(member->as_integer() != nullptr);
  return *member->as_integer();
}

}  // namespace

TEST_CASE("[CR-09] the rule of throttling answers its vectors", "[throttle][CR-09]") {
  const json_value vectors = testing::read_vectors("throttle");
  const json_array& cases = *vectors.find("cases")->as_array();
  CHECK(cases.size() == 20);
  for (const json_value& one : cases) {
    INFO(*one.find_string("name"));
    const json_value& rule = *one.find("rule");
    const json_value& expected = *one.find("expect");
    const std::int64_t* kept = one.find("arrivalMs")->as_integer();
    const auto got = take_attempt({integer(rule, "intervalMs"), integer(rule, "burst")},
                                  kept ? std::optional(*kept) : std::nullopt, integer(one, "nowMs"));
    CHECK(got.is_allowed == expected.is_true("allowed"));
    CHECK(got.retry_after_ms == integer(expected, "retryAfterMs"));
    CHECK(got.arrival_ms == integer(expected, "arrivalMs"));
  }
}

TEST_CASE("[CR-09] in any window no more gets through than the burst and what the time has earned",
          "[throttle][CR-09]") {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    const throttle_rule rule{1 + static_cast<std::int64_t>(random() % 500),
                             1 + static_cast<std::int64_t>(random() % 20)};
    std::optional<std::int64_t> kept;
    std::vector<std::int64_t> passed;
    std::int64_t now = 1'000'000;
    for (int i = 0; i < 300; ++i) {
      now += static_cast<std::int64_t>(random() % 400);
      const auto got = take_attempt(rule, kept, now);
      kept = got.arrival_ms;
      if (got.is_allowed) passed.push_back(now);
      // Who waits as long as was said gets through.
      if (!got.is_allowed) CHECK(take_attempt(rule, kept, now + got.retry_after_ms).is_allowed);
      if (!got.is_allowed) CHECK_FALSE(take_attempt(rule, kept, now + got.retry_after_ms - 1).is_allowed);
    }
    for (std::size_t first = 0; first < passed.size(); ++first) {
      for (std::size_t last = first; last < passed.size(); ++last) {
        const auto count = static_cast<std::int64_t>(last - first + 1);
        REQUIRE(count <= rule.burst + (passed[last] - passed[first]) / rule.interval_ms);
      }
    }
  }
}

TEST_CASE("an attempt that is given back can be taken again, and never more than one", "[throttle]") {
  const throttle_rule rule{1'000, 2};
  const auto first = take_attempt(rule, std::nullopt, 0);
  const auto second = take_attempt(rule, first.arrival_ms, 0);
  CHECK_FALSE(take_attempt(rule, second.arrival_ms, 0).is_allowed);
  const auto again = take_attempt(rule, give_attempt_back(rule, second.arrival_ms), 0);
  CHECK(again.is_allowed);
  CHECK_FALSE(take_attempt(rule, again.arrival_ms, 0).is_allowed);
  // Nothing is saved up below zero.
  const std::int64_t idle = give_attempt_back(rule, give_attempt_back(rule, 0));
  CHECK(take_attempt(rule, idle, 0) == first);
  CHECK(give_attempt_back(rule, std::numeric_limits<std::int64_t>::min()) == std::numeric_limits<std::int64_t>::min());
  CHECK(give_attempt_back({0, 0}, 5) == 5);
}

}  // namespace latchkey
