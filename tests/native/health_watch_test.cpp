// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/http/health_watch.h"

#include <condition_variable>
#include <mutex>

#include "readiness.h"
#include "redis_support.h"
#include "store_file.h"
#include "support.h"

using namespace latchkey;
using namespace latchkey::native;
using namespace latchkey::testing;
using std::chrono::milliseconds;

namespace {

result<void> down() { return fail(errc::store_failed, "down"); }

/** Waits until something is so; the watch makes it so. */
template <class Condition>
bool comes(Condition condition) {
  for (int i = 0; i < 1'000 && !condition(); ++i) std::this_thread::sleep_for(milliseconds(10));
  return condition();
}

/** The store of an executable with another process beside it. */
struct watched_store {
  temporary_folder folder;
  app::settings all;
  app::stores opened;

  watched_store() {
    all.server.data = folder.file("data");
    opened = must(app::open_stores(all));
  }
  result<void> check() { return app::write_checks(all, opened).front().check(); }
};

}  // namespace

TEST_CASE("a watch remembers a failure until a check succeeds, and tells both once", "[operations]") {
  std::atomic<bool> is_up{true};
  std::vector<std::string> told;
  health_watch_options options;
  options.on_change = [&](std::string_view name, const error* failed) {
    told.push_back(std::string(name) + (failed == nullptr ? " up" : " " + failed->message));
  };
  const auto watch =
      must(health_watch::make({{"store", [&] { return is_up ? result<void>() : down(); }},
                               {"redis", []() -> result<void> { throw std::runtime_error("no redis"); }}},
                              options));
  CHECK_FALSE(watch->outcome_of("store").has_value());
  watch->check_now();
  CHECK(watch->outcome_of("store").has_value());
  CHECK_FALSE(watch->outcome_of("redis").has_value());
  CHECK_FALSE(watch->outcome_of("mail").has_value());
  is_up = false;
  CHECK(watch->outcome_of("store").has_value());
  watch->check_now();
  watch->check_now();
  CHECK(watch->outcome_of("store").error().message == "down");
  is_up = true;
  watch->check_now();
  CHECK(watch->outcome_of("store").has_value());
  CHECK(told == std::vector<std::string>{"store down", "store up"});
  CHECK_FALSE(health_watch::make({{"store", nullptr}}).has_value());
  CHECK_FALSE(health_watch::make({}, {.interval = milliseconds(0)}).has_value());
}

TEST_CASE("a watch checks by itself, and one whose check hangs has failed", "[operations]") {
  std::atomic<int> checks{0};
  std::mutex mutex;
  std::condition_variable released;
  bool is_held = false;
  health_watch_options options;
  options.interval = milliseconds(5);
  options.max_age = milliseconds(300);
  const auto watch = must(health_watch::make({{"store",
                                               [&]() -> result<void> {
                                                 std::unique_lock lock(mutex);
                                                 ++checks;
                                                 released.wait(lock, [&] { return !is_held; });
                                                 return {};
                                               }}},
                                             options));
  watch->start();
  CHECK(watch->outcome_of("store").has_value());
  CHECK(comes([&] { return checks >= 3; }));
  {
    const std::lock_guard lock(mutex);
    is_held = true;
  }
  CHECK(comes([&] { return !watch->outcome_of("store").has_value(); }));
  {
    const std::lock_guard lock(mutex);
    is_held = false;
  }
  released.notify_all();
  CHECK(comes([&] { return watch->outcome_of("store").has_value(); }));
}

TEST_CASE("a store that another process keeps locked is not ready, and a failed write is counted",
          "[operations][sql]") {
  watched_store t;
  CHECK(t.check().has_value());
  const auto other = open_file(must(app::database_path(t.all)));
  auto held = must(other->begin(transaction_mode::write));
  CHECK_FALSE(t.check().has_value());
  CHECK(t.opened.writes->has_failed());
  CHECK(t.opened.writes->failures() > 0);
  held.reset();
  std::this_thread::sleep_for(milliseconds(250));  // in which a locked database is not tried again
  CHECK(t.check().has_value());
  CHECK_FALSE(t.opened.writes->has_failed());
  // What a rule of the tables refuses is no failure of the store.
  const std::uint64_t before = t.opened.writes->failures();
  const auto twice = [&] {
    return t.opened.database->execute("INSERT INTO latchkey_server (name, value) VALUES ('a', 'b')");
  };
  CHECK(twice().has_value());
  CHECK_FALSE(twice().has_value());
  CHECK(t.opened.writes->failures() == before);
}

TEST_CASE("what a watch of a healthy store writes is little", "[operations][sql]") {
  watched_store t;
  const auto checks = app::write_checks(t.all, t.opened);
  CHECK(checks.front().check().has_value());
  const auto other = open_file(must(app::database_path(t.all)));
  const auto before = must(other->change_counter());
  for (int i = 0; i < 20; ++i) CHECK(checks.front().check().has_value());
  CHECK(must(other->change_counter()) == before);
}

TEST_CASE("a Redis that answers and takes no keys is not ready", "[operations][redis]") {
  redis_server redis;
  temporary_folder folder;
  app::settings all;
  all.server.data = folder.file("data");
  all.redis_url = redis.url();
  all.redis_prefix = "studio:";
  const auto opened = must(app::open_stores(all));
  const auto check = [&] { return app::write_checks(all, opened).back().check(); };
  CHECK(check().has_value());
  const auto client = redis.client();
  CHECK(must(ask(*client, {"PTTL", "studio:probe"})).integer() > 0);
  must(ask(*client, {"CONFIG", "SET", "min-replicas-to-write", "1"}));
  CHECK_FALSE(check().has_value());
  CHECK(must(ask(*client, {"PING"})).text() == "PONG");
  must(ask(*client, {"CONFIG", "SET", "min-replicas-to-write", "0"}));
  CHECK(check().has_value());
}
