// SPDX-License-Identifier: Apache-2.0
#include <mutex>
#include <set>

#include "latchkey/native/redis/redis_session_provider.h"
#include "latchkey/native/sessions/memory_session_provider.h"
#include "native/redis_support.h"
#include "native/session_contract.h"

// Rounds of each race: 50 in `make test`, or LATCHKEY_RACE_ROUNDS; the long form has 1,000.

using namespace latchkey;
using namespace latchkey::native;
using namespace latchkey::testing;

namespace {

constexpr int racers = 64;

int rounds() {
  const char* wanted = std::getenv("LATCHKEY_RACE_ROUNDS");
  const int count = wanted == nullptr ? 50 : std::atoi(wanted);
  REQUIRE(count > 0);
  return count;
}

/** Runs a race with two servers over each kind of store; where a store is of one process, with that one. */
void over_every_store(const std::function<void(const session_subject& here, const session_subject& there)>& race) {
  const temporary_folder folder;
  const redis_server redis;
  const auto file = [&] { return must(open_sql_revocation_store(open_file(folder.file("db")))); };
  // A busy machine must not turn a race into a time-out.
  const redis_options patient{.command_timeout = std::chrono::seconds(10)};
  const auto in_redis = [&] { return must(make_redis_revocation_store(redis.client(patient))); };
  session_subject same;
  SECTION("sealed, SQLite") { race(sealed_subject(file(), same), sealed_subject(file(), same)); }
  SECTION("stored, memory") {
    const auto node = stored_subject(must(make_memory_revocation_store()), same);
    race(node, node);
  }
  SECTION("sealed, memory") {
    const auto node = sealed_subject(must(make_memory_revocation_store()), same);
    race(node, node);
  }
  SECTION("stored, Redis") { race(stored_subject(in_redis(), same), stored_subject(in_redis(), same)); }
  SECTION("sealed, Redis") { race(sealed_subject(in_redis(), same), sealed_subject(in_redis(), same)); }
}

}  // namespace

TEST_CASE("[SS-24] [F-13] of 64 refreshes of one session at once exactly one makes a new one",
          "[sessions][race][redis][SS-24][F-13]") {
  over_every_store([](const session_subject& here, const session_subject& there) {
    for (int round = 0, count = rounds(); round < count; ++round) {
      const auto issued = here.enter("user-" + std::to_string(round));
      std::mutex mutex;
      std::set<std::string> ids;
      int answers = 0;
      run_together(racers, [&](int i) {
        const auto renewed = (i % 2 == 0 ? here : there).sessions->refresh_session(issued.cookie_value);
        const std::lock_guard lock(mutex);
        if (!renewed || !*renewed || renewed->reused) return;
        ++answers;
        ids.insert((*renewed)->session.id);
      });
      REQUIRE(answers == racers);
      REQUIRE(ids.size() == 1);
      REQUIRE_FALSE(ids.contains(issued.session.id));
      REQUIRE(must(here.sessions->list_sessions(issued.session.user_id)).size() == 1);
    }
  });
}

TEST_CASE("[SS-20] [F-13] no use of a session succeeds after the answer to its sign-out",
          "[sessions][race][redis][SS-20][F-13]") {
  over_every_store([](const session_subject& here, const session_subject&) {
    for (int round = 0, count = rounds(); round < count; ++round) {
      const auto issued = here.enter("user-1");
      std::atomic<bool> is_ended{false};
      std::atomic<int> late{0};
      std::mutex mutex;
      std::vector<std::string> cookies{issued.cookie_value};
      run_together(racers, [&](int i) {
        if (i == 0) {
          is_ended = here.sessions->revoke_session(issued.session).has_value();
          return;
        }
        for (int use = 0; use < 20; ++use) {
          // Read before the use: only what begins after the answer must fail.
          const bool was_ended = is_ended;
          const auto opened = here.sessions->open_session(issued.cookie_value);
          if (was_ended && opened && *opened) ++late;
        }
        if (i % 8 != 0) return;
        const auto renewed = here.sessions->refresh_session(issued.cookie_value);
        const std::lock_guard lock(mutex);
        if (renewed && *renewed) cookies.push_back((*renewed)->cookie_value);
      });
      REQUIRE(is_ended);
      REQUIRE(late == 0);
      for (const auto& cookie : cookies) REQUIRE_FALSE(here.opens(cookie));
      REQUIRE(must(here.sessions->list_sessions("user-1")).empty());
    }
  });
}

TEST_CASE("[SS-23] [F-13] no sign-in that began before the cut leaves a session behind it",
          "[sessions][race][redis][SS-23][F-13]") {
  over_every_store([](const session_subject& here, const session_subject& there) {
    for (int round = 0, count = rounds(); round < count; ++round) {
      const std::string user = "user-" + std::to_string(round);
      std::vector<std::int64_t> marks(racers);
      for (auto& mark : marks) mark = must(here.sessions->begin_sign_in());
      std::mutex mutex;
      std::vector<std::string> cookies;
      run_together(racers, [&](int i) {
        if (i == 0) {
          (void)there.sessions->revoke_user_sessions(user);
          return;
        }
        const auto issued = here.sessions->create_session(user, {marks[static_cast<std::size_t>(i)], {}, {}});
        const std::lock_guard lock(mutex);
        if (issued) cookies.push_back(issued->cookie_value);
      });
      for (const auto& cookie : cookies) REQUIRE_FALSE(there.opens(cookie));
      REQUIRE(must(there.sessions->list_sessions(user)).empty());
    }
  });
}
