// SPDX-License-Identifier: Apache-2.0
#include "guess_watch.h"

#include "support.h"

using namespace latchkey;
using namespace latchkey::app;
using namespace latchkey::testing;

namespace {

class counting_logger final : public native::audit_logger {
 public:
  result<void> log(const audit_event&) override {
    ++events;
    return {};
  }
  int events = 0;
};

struct watched {
  std::shared_ptr<counting_logger> records = std::make_shared<counting_logger>();
  std::shared_ptr<native::metrics_registry> metrics = std::make_shared<native::metrics_registry>();
  manual_clock clock;
  std::shared_ptr<native::audit_logger> logger = watch_guesses(records, metrics, clock.function());

  void fail_sign_in(const std::string& address, int times = 1) {
    audit_event event;
    event.action = "auth.sign_in";
    event.outcome = audit_outcome::failure;
    event.metadata = json_object{{"address", address}};
    for (int i = 0; i < times; ++i) must(logger->log(event));
  }
  std::uint64_t alarms() { return metrics->counter("latchkey_sign_in_alarms_total", "").value(); }
};

}  // namespace

TEST_CASE("many failed sign-ins of one account are one alarm a window", "[guesses]") {
  watched t;
  t.fail_sign_in("sha256:a", alarming_failures - 1);
  t.fail_sign_in("sha256:b");
  CHECK(t.alarms() == 0);
  t.fail_sign_in("sha256:a");
  CHECK(t.alarms() == 1);
  t.fail_sign_in("sha256:a", 100);
  CHECK(t.alarms() == 1);
  t.clock.advance(guess_window_ms);
  t.fail_sign_in("sha256:a", alarming_failures);
  CHECK(t.alarms() == 2);
  CHECK(t.records->events == alarming_failures * 2 + 101);
}

TEST_CASE("failures that are far between, and other events, are no alarm", "[guesses]") {
  watched t;
  for (int i = 0; i < 3 * alarming_failures; ++i) {
    t.fail_sign_in("sha256:a");
    t.clock.advance(guess_window_ms / 10);
  }
  audit_event event;
  event.action = "auth.sign_in";
  for (int i = 0; i < alarming_failures; ++i) must(t.logger->log(event));
  CHECK(t.alarms() == 0);
}

TEST_CASE("a flood of addresses hides no account that is guessed at", "[guesses]") {
  watched t;
  t.fail_sign_in("sha256:a", alarming_failures - 1);
  for (int i = 0; i < 12'000; ++i) t.fail_sign_in("sha256:" + std::to_string(i));
  t.fail_sign_in("sha256:a");
  CHECK(t.alarms() == 1);
}
