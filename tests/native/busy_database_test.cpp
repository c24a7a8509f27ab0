// SPDX-License-Identifier: Apache-2.0

/** A server whose database another process keeps locked: it answers in time, and what can wait is not lost. */

#include <chrono>
#include <thread>

#include "credentials_support.h"
#include "http_support.h"
#include "latchkey/native/audit/queued_audit_logger.h"
#include "latchkey/native/audit/sql_audit_store.h"
#include "latchkey/native/sessions/cookie_session_provider.h"
#include "latchkey/native/sql/sqlite_database.h"
#include "support.h"

namespace latchkey::native::testing {
namespace {

using namespace latchkey::testing;
using std::chrono::milliseconds;

// In which a failing store must answer (F-05).
constexpr milliseconds in_time{2'000};

/** How long it took. */
template <class Function>
milliseconds timed(Function function) {
  const auto begun = std::chrono::steady_clock::now();
  function();
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begun);
}

struct file_base {
  temporary_folder folder;
  account_system system{must(open_sqlite_database({folder.file("db")}))};
};

/** Accounts, sessions and audit log in one file, with the waits of the executable. */
struct busy_world : file_base, world {
  std::shared_ptr<database> other = open_file(folder.file("db"));
  std::shared_ptr<cookie_session_provider> sealed;
  std::shared_ptr<sql_audit_store> events;
  std::shared_ptr<queued_audit_logger> queue;
  std::vector<issued_session> issued;

  busy_world() {
    const std::vector<std::string> secrets{"k3Jx9-Vq2LmN7_pRtYwZ8sUaBcDfGhKe5oQiXv1n4M0"};
    sealed =
        must(cookie_session_provider::make(must(key_ring::make(secrets)), must(open_sql_revocation_store(system.store)),
                                           {.cookie_name = "mastra_session", .clock = config.clock}));
    events = must(sql_audit_store::open(system.store));
    queue = std::make_shared<queued_audit_logger>(events);
    auto parts = provider();
    parts.users = system.service;
    parts.credentials = system.service;
    parts.sessions = sealed;
    parts.audit = events;
    parts.best_effort_audit = queue;
    parts.audit_events = events;
    start(std::move(parts));
    for (int i = 0; i < 5; ++i) issued.push_back(must(sign_in(*sealed, system.ada)));
  }
  std::unique_ptr<sql_transaction> lock() const { return must(other->begin(transaction_mode::write)); }
  http_response login(const std::string& password) const {
    return post("/api/auth/login", R"({"email":"ada@example.com","password":")" + password + "\"}");
  }
  [[nodiscard]] std::int64_t recorded(std::string_view action) const {
    audit_filter filter;
    filter.action = action_pattern{std::string(action), false};
    return must(events->query(filter)).total;
  }
};

TEST_CASE(
    "[F-05] [AU-11] a sign-in that can't be put on record is refused in time, with the right password and without",
    "[sql][F-05][AU-11]") {
  for (const bool is_right : {true, false}) {
    busy_world w;
    const auto held = w.lock();
    http_response answer;
    const auto took = timed([&] { answer = w.login(is_right ? passphrase : "wrong horse battery"); });
    CHECK(answer.status == 503);
    CHECK(took < in_time);
    // Those who come next are not made to wait for the same.
    CHECK(timed([&] { answer = w.login(passphrase); }) < milliseconds(1'000));
    CHECK(answer.status == 503);
  }
}

TEST_CASE("[F-05] many that wait for a locked database at once are all refused in time, and readers don't wait",
          "[sql][F-05]") {
  busy_world w;
  auto held = w.lock();
  std::atomic<int> refused{0};
  std::atomic<int> read{0};
  std::atomic<std::int64_t> slowest{0};
  std::atomic<std::int64_t> slowest_read{0};
  run_together(5, [&](int i) {
    const auto& cookie = w.issued[static_cast<std::size_t>(i)].cookie_value;
    if (i == 4) {
      for (int round = 0; round < 10; ++round) {
        const auto took = timed([&] { read += w.get("/api/auth/me", cookie).status == 200; });
        slowest_read = std::max<std::int64_t>(slowest_read, took.count());
        std::this_thread::sleep_for(milliseconds(100));
      }
      return;
    }
    // Who comes a little later gets its turn when the first one gives up, with most of its patience gone.
    std::this_thread::sleep_for(milliseconds(300) * i);
    const auto took = timed([&] { refused += w.post("/api/auth/refresh", "", cookie).status == 503; });
    for (auto known = slowest.load(); known < took.count() && !slowest.compare_exchange_weak(known, took.count());) {
    }
  });
  CHECK(refused == 4);
  CHECK(read == 10);
  CHECK(slowest < in_time.count());
  CHECK(slowest_read < 1'000);
  held.reset();
  // The next one need not wait until the pause is over for longer than that.
  std::this_thread::sleep_for(milliseconds(250));
  CHECK(w.post("/api/auth/refresh", "", w.issued[0].cookie_value).status == 200);
}

TEST_CASE("[F-05] [AU-11] a best-effort event is on record once the database is free again", "[sql][F-05][AU-11]") {
  busy_world w;
  auto held = w.lock();
  CHECK(timed([&] { CHECK(w.get("/api/audit", w.issued[0].cookie_value).status == 403); }) < milliseconds(500));
  CHECK_FALSE(w.queue->flush(milliseconds(2'500)));
  CHECK(w.queue->waiting() == 1);
  held.reset();
  REQUIRE(w.queue->flush(std::chrono::seconds(10)));
  CHECK(w.queue->dropped() == 0);
  CHECK(w.recorded("audit:read") == 1);
}

TEST_CASE("[F-05] a call waits for its turn, a connection and the lock no longer than for one of them", "[sql][F-05]") {
  const temporary_folder folder;
  const auto store = must(open_sqlite_database({folder.file("db"), 2, 400}));
  const auto other = open_file(folder.file("db"));
  must(store->execute("CREATE TABLE t (a)"));
  auto held = must(other->begin(transaction_mode::write));
  std::atomic<int> refused{0};
  const auto took = timed([&] {
    run_together(8, [&](int i) {
      const auto done = i % 2 == 0 ? store->execute("INSERT INTO t VALUES (1)").map([](std::int64_t) {})
                                   : store->begin(transaction_mode::write).map([](const auto&) {});
      refused += !done && done.error().code == errc::unavailable;
    });
  });
  CHECK(refused == 8);
  CHECK(took < milliseconds(800));
  // One who has less time is told sooner.
  std::this_thread::sleep_for(milliseconds(250));
  CHECK(timed([&] { CHECK_FALSE(store->begin_within(transaction_mode::write, milliseconds(50))); }) <
        milliseconds(200));
  held.reset();
  std::this_thread::sleep_for(milliseconds(250));
  CHECK(must(store->execute("INSERT INTO t VALUES (1)")) == 1);
}

}  // namespace
}  // namespace latchkey::native::testing
