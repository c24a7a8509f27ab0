// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/throttle/memory_throttle.h"
#include "latchkey/native/crypto/random.h"
#include "support.h"

using namespace latchkey::testing;

namespace latchkey::native::testing {
namespace {

constexpr throttle_rule three{60'000, 3};

std::shared_ptr<memory_throttle> make_throttle(const manual_clock& clock, std::size_t max_keys = 100'000) {
  return must(memory_throttle::make({max_keys, clock.function()}));
}

}  // namespace

TEST_CASE("[CR-10] of 64 parallel attempts no more pass than the rule has, and 64 count 64", "[throttle][CR-10]") {
  manual_clock clock;
  const auto throttle = make_throttle(clock);
  for (const std::int64_t burst : {10, 64}) {
    const std::string key = "key " + std::to_string(burst);
    std::atomic<int> passed{0};
    std::atomic<int> failed{0};
    run_together(64, [&](int) {
      const auto taken = throttle->take(key, {60'000, burst});
      if (!taken) ++failed;
      if (taken && taken->is_allowed) ++passed;
    });
    CHECK(failed == 0);
    CHECK(passed == burst);
    CHECK_FALSE(must(throttle->take(key, {60'000, burst})).is_allowed);
  }
}

TEST_CASE("an attempt that is given back, a forgotten key and time let further ones through", "[throttle]") {
  manual_clock clock;
  const auto throttle = make_throttle(clock);
  const auto is_allowed = [&] { return must(throttle->take("key", three)).is_allowed; };
  for (int i = 0; i < 3; ++i) CHECK(is_allowed());
  CHECK(must(throttle->take("key", three)).retry_after_ms == 60'000);
  must(throttle->give_back("key", three));
  CHECK(is_allowed());
  CHECK_FALSE(is_allowed());
  CHECK(must(throttle->take("other", three)).is_allowed);
  clock.advance(60'000);
  CHECK(is_allowed());
  CHECK_FALSE(is_allowed());
  must(throttle->forget("key"));
  for (int i = 0; i < 3; ++i) CHECK(is_allowed());
  CHECK_FALSE(is_allowed());
  must(throttle->give_back("nobody", three));
  must(throttle->forget("nobody"));
  CHECK(throttle->size() == 2);
  must(throttle->give_back("other", three));
  CHECK(throttle->size() == 1);
}

TEST_CASE("a flood of new keys stays within the bound and never frees one that is hammered", "[throttle][CR-09]") {
  manual_clock clock;
  const auto throttle = make_throttle(clock, 1'600);
  for (int i = 0; i < 3; ++i) CHECK(must(throttle->take("victim", three)).is_allowed);
  for (int i = 0; i < 20'000; ++i) CHECK(must(throttle->take("flood " + std::to_string(i), three)).is_allowed);
  CHECK(throttle->size() <= 1'600);
  CHECK_FALSE(must(throttle->take("victim", three)).is_allowed);
  // What is idle goes first.
  clock.advance(180'000);
  for (int i = 0; i < 3'200; ++i) CHECK(must(throttle->take("later " + std::to_string(i), three)).is_allowed);
  CHECK(throttle->size() <= 1'600);
  CHECK(must(throttle->take("victim", three)).is_allowed);
}

TEST_CASE("a throttle without room, clock or randomness is refused", "[throttle]") {
  CHECK(memory_throttle::make({63, system_clock_ms}).error().field == "throttle");
  CHECK(memory_throttle::make({64, nullptr}).error().code == errc::configuration_invalid);
  set_random_source_for_testing([](std::span<std::uint8_t>) { return false; });
  const auto made = memory_throttle::make();
  set_random_source_for_testing(nullptr);
  CHECK(made.error().code == errc::crypto_failed);
}

}  // namespace latchkey::native::testing
