// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/audit/queued_audit_logger.h"

#include <atomic>
#include <condition_variable>
#include <set>
#include <thread>

#include "http_support.h"
#include "latchkey/native/audit/event_id.h"
#include "latchkey/native/audit/sql_audit_store.h"
#include "latchkey/native/http/operations.h"
#include "latchkey/native/waiting.h"
#include "support.h"

using namespace latchkey;
using namespace latchkey::native;
using namespace latchkey::testing;
using namespace latchkey::native::testing;

namespace {

audit_event make_event(std::string action) {
  audit_event event;
  event.actor = {audit_actor_type::user, "u1", {}, {}, {}};
  event.action = std::move(action);
  return event;
}

/** Records into memory, and hangs or fails while it is told to. */
class slow_records final : public audit_logger {
 public:
  result<void> log(const audit_event& event) override {
    std::unique_lock lock(mutex_);
    ++begun_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !hangs_; });
    if (fails_) return fail(errc::unavailable, "The disk is full.");
    events_.push_back(event);
    return {};
  }

  void hang(bool hangs) {
    const std::lock_guard lock(mutex_);
    hangs_ = hangs;
    changed_.notify_all();
  }
  void fail_all(bool fails) {
    const std::lock_guard lock(mutex_);
    fails_ = fails;
  }
  /** Until so many calls have begun. */
  void await_begun(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return begun_ >= count; });
  }
  std::vector<audit_event> events() {
    const std::lock_guard lock(mutex_);
    return events_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int begun_ = 0;
  bool hangs_ = false;
  bool fails_ = false;
  std::vector<audit_event> events_;
};

constexpr std::chrono::seconds long_enough{10};

}  // namespace

TEST_CASE("[AU-11] queued events are recorded in their order, with the time at which they came") {
  manual_clock clock;
  const auto records = std::make_shared<slow_records>();
  queued_audit_options options;
  options.clock = clock.function();
  queued_audit_logger queue(records, options);
  records->hang(true);
  for (int i = 0; i < 600; ++i) must(queue.log(make_event("agents:read" + std::to_string(i))));
  CHECK(queue.waiting() == 600);
  const std::int64_t came = clock.function()();
  clock.advance(60'000);
  CHECK_FALSE(queue.flush(std::chrono::milliseconds(20)));
  records->hang(false);
  REQUIRE(queue.flush(long_enough));
  const auto events = records->events();
  REQUIRE(events.size() == 600);
  for (std::size_t i = 0; i < events.size(); ++i) {
    REQUIRE(events[i].action == "agents:read" + std::to_string(i));
    REQUIRE(events[i].timestamp_ms == came);
    REQUIRE(events[i].id.size() == 36);
  }
  CHECK(queue.waiting() == 0);
  CHECK(queue.dropped() == 0);
}

TEST_CASE("[AU-11] a queue that is full refuses, counts, and puts the loss on record") {
  const auto records = std::make_shared<slow_records>();
  std::atomic<std::size_t> heard{0};
  queued_audit_options options;
  options.capacity = 10;
  options.on_drop = [&heard](std::size_t count) { heard += count; };
  queued_audit_logger queue(records, options);
  records->hang(true);
  must(queue.log(make_event("first")));
  records->await_begun(1);
  for (int i = 0; i < 10; ++i) must(queue.log(make_event("waiting")));
  for (int i = 0; i < 7; ++i) {
    const auto refused = queue.log(make_event("lost"));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::unavailable);
  }
  CHECK(queue.dropped() == 7);
  CHECK(heard == 7);
  records->hang(false);
  REQUIRE(queue.flush(long_enough));
  must(queue.log(make_event("later")));
  REQUIRE(queue.flush(long_enough));
  std::int64_t confessed = 0;
  for (const auto& event : records->events()) {
    CHECK(event.action != "lost");
    if (event.action != "audit.dropped") continue;
    CHECK(event.actor.type == audit_actor_type::system);
    CHECK(event.outcome == audit_outcome::failure);
    confessed += *event.metadata.find("count")->as_integer();
  }
  CHECK(confessed == 7);
}

TEST_CASE("[AU-11] what can't be recorded is lost and counted, and the loss goes on record when the disk is back") {
  const auto records = std::make_shared<slow_records>();
  std::vector<std::string> reports;
  queued_audit_options options;
  options.retry_for = std::chrono::milliseconds(0);
  options.report = [&reports](std::string_view reason) { reports.emplace_back(reason); };
  queued_audit_logger queue(records, options);
  records->fail_all(true);
  for (int i = 0; i < 5; ++i) must(queue.log(make_event("lost")));
  REQUIRE(queue.flush(long_enough));
  CHECK(queue.dropped() == 5);
  CHECK(records->events().empty());
  REQUIRE_FALSE(reports.empty());
  CHECK(reports.front().ends_with(" events could not be recorded: The disk is full."));
  records->fail_all(false);
  must(queue.log(make_event("kept")));
  REQUIRE(queue.flush(long_enough));
  // The loss follows what was recorded.
  for (int tries = 0; records->events().size() < 2 && tries < 1'000; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const auto events = records->events();
  REQUIRE(events.size() == 2);
  CHECK(events[0].action == "kept");
  CHECK(events[1].action == "audit.dropped");
}

TEST_CASE("[AU-11] events are offered again to records that are unavailable, in their order and not for ever") {
  const auto records = std::make_shared<slow_records>();
  queued_audit_options options;
  options.retry_pause = std::chrono::milliseconds(5);
  {
    queued_audit_logger queue(records, options);
    records->fail_all(true);
    for (const char* action : {"a", "b"}) must(queue.log(make_event(action)));
    records->await_begun(6);
    for (const char* action : {"c", "d"}) must(queue.log(make_event(action)));
    CHECK(queue.waiting() == 4);
    records->fail_all(false);
    REQUIRE(queue.flush(long_enough));
    CHECK(queue.dropped() == 0);
    std::string order;
    for (const auto& event : records->events()) order += event.action;
    CHECK(order == "abcd");
    // Whoever stops it waits no longer than for a queue that drains.
    records->fail_all(true);
    must(queue.log(make_event("lost")));
    const auto begun = std::chrono::steady_clock::now();
    records->await_begun(12);
    CHECK(std::chrono::steady_clock::now() - begun < long_enough);
  }
  options.retry_for = std::chrono::milliseconds(50);
  queued_audit_logger impatient(records, options);
  must(impatient.log(make_event("lost")));
  REQUIRE(impatient.flush(long_enough));
  CHECK(impatient.dropped() == 1);
}

TEST_CASE("[NS-06] a queue that goes away records what waits, unless that takes too long") {
  const auto records = std::make_shared<slow_records>();
  {
    queued_audit_logger queue(records);
    records->hang(true);
    for (int i = 0; i < 1'000; ++i) must(queue.log(make_event("waiting")));
    records->hang(false);
  }
  CHECK(records->events().size() == 1'000);
}

TEST_CASE("[AU-11] many threads, none of their events lost or twice [race]", "[race]") {
  const auto store = must(sql_audit_store::open(open_memory()));
  queued_audit_logger queue(store);
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&queue, t] {
      for (int i = 0; i < 200; ++i) {
        const std::string action = "t" + std::to_string(t) + ":" + std::to_string(i);
        if (!queue.log(make_event(action))) std::abort();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  REQUIRE(queue.flush(long_enough));
  std::set<std::string> actions;
  must(store->visit({}, [&](const audit_event& event) { return actions.insert(event.action).second; }));
  CHECK(actions.size() == 1'600);
}

TEST_CASE("who may not wait is not made to wait for the queue either", "[waiting]") {
  const auto reader = read_behind_queue(std::make_shared<fake_audit>(),
                                        std::make_shared<queued_audit_logger>(std::make_shared<slow_records>()));
  must(reader->query({}, {}));
  const no_waiting here;
  CHECK_FALSE(reader->query({}, {}));
  CHECK(no_waiting::was_in_the_way());
}

TEST_CASE("a batch is answered event by event, and a bad one takes no other with it") {
  const auto store = must(sql_audit_store::open(open_memory()));
  std::vector<audit_event> events(4, make_event("agents:read"));
  events[0].id = must(make_event_id(1'800'000'000'000));
  events[1].metadata = json_object{{"twice", 1}, {"twice", 2}};
  events[3].id = events[0].id;
  const auto answers = store->log_all(events);
  REQUIRE(answers.size() == 4);
  CHECK(answers[0]);
  CHECK_FALSE(answers[1]);
  CHECK(answers[2]);
  CHECK_FALSE(answers[3]);
  CHECK(must(store->query({})).total == 2);
}

TEST_CASE("[AU-11] a denied request doesn't wait for the records, and a reader sees it all the same") {
  world made;
  const auto records = std::make_shared<slow_records>();
  const auto metrics = std::make_shared<metrics_registry>();
  const auto queue = count_queue(records, {}, metrics);
  auto provider = made.provider();
  provider.audit = records;
  provider.best_effort_audit = queue;
  provider.audit_events = read_behind_queue(made.audit, queue);
  made.start(std::move(provider));
  records->hang(true);
  CHECK(made.get("/api/audit", "viewer").status == 403);
  CHECK(queue->waiting() == 1);
  CHECK(metrics->to_text().find("latchkey_audit_queue_events 1\n") != std::string::npos);
  records->hang(false);
  CHECK(made.get("/api/audit", "owner").status == 200);
  // The reading itself is on record behind the answer, like the denial.
  REQUIRE(queue->flush(long_enough));
  const auto events = records->events();
  REQUIRE(events.size() == 2);
  CHECK(events[0].outcome == audit_outcome::denied);
  CHECK(events[1].action == "audit.read");
}

TEST_CASE("[AU-11] an event that a queue hands over again is counted once, when it is on record") {
  const auto records = std::make_shared<slow_records>();
  const auto metrics = std::make_shared<metrics_registry>();
  queued_audit_options options;
  options.retry_pause = std::chrono::milliseconds(1);
  queued_audit_logger queue(count_events(records, metrics), options);
  const auto has_line = [&](std::string_view line) { return metrics->to_text().find(line) != std::string::npos; };
  constexpr std::string_view counted = "latchkey_audit_events_total{action=\"agents:read\",outcome=\"success\"}";
  records->fail_all(true);
  must(queue.log(make_event("agents:read")));
  records->await_begun(3);
  CHECK_FALSE(has_line(counted));
  records->fail_all(false);
  REQUIRE(queue.flush(long_enough));
  CHECK(has_line(std::string(counted) + " 1\n"));
  CHECK(has_line("latchkey_audit_failures_total{action=\"agents:read\"} "));
}
