// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "latchkey/native/redis/redis_session_provider.h"
#include "native/redis_support.h"
#include "native/session_contract.h"

using namespace latchkey;
using namespace latchkey::native;
using namespace latchkey::testing;

namespace {

constexpr std::int64_t minute = 60'000;
constexpr std::int64_t hour = 60 * minute;
constexpr std::int64_t day = 24 * hour;
constexpr std::int64_t year = 365 * day;
// Longer than the store waits between two looks for rows to delete.
constexpr std::int64_t between_sweeps = 11 * minute;

enum class event { sign_in, sign_out, end_all, restart };
enum class keeper { database, memory, redis, redis_sealed };

/** A server whose wall clock is set; the monotonic one goes on. A restart opens new objects over what is stored. */
class stepped_server {
 public:
  stepped_server(keeper kind, const redis_server* redis, std::string prefix)
      : kind_(kind), redis_(redis), prefix_(std::move(prefix)) {
    restart();
  }

  session_subject node;

  void restart() {
    session_subject same;
    same.clock = node.clock;
    switch (kind_) {
      case keeper::database: {
        sql_revocation_options options;
        options.steady_clock = steady_.function();
        node = sealed_subject(must(open_sql_revocation_store(database_, options)), same);
        break;
      }
      case keeper::memory:
        node = stored_subject(must(make_memory_revocation_store()), same);
        break;
      case keeper::redis:
        node = stored_subject(must(make_redis_revocation_store(redis_->client(), {.prefix = prefix_})), same);
        break;
      case keeper::redis_sealed:
        node = sealed_subject(must(make_redis_revocation_store(redis_->client(), {.prefix = prefix_})), same);
    }
  }
  void pass(std::int64_t ms) {
    node.clock.advance(ms);
    steady_.advance(ms);
  }
  [[nodiscard]] const std::shared_ptr<database>& store() const { return database_; }

 private:
  keeper kind_;
  const redis_server* redis_;
  std::string prefix_;
  std::shared_ptr<database> database_ = open_memory();
  manual_clock steady_{5'000};
};

/** The orders in which the four events can come: nothing ends before it began. */
std::vector<std::array<event, 4>> possible_orders() {
  std::array<event, 4> order{event::sign_in, event::sign_out, event::end_all, event::restart};
  std::vector<std::array<event, 4>> orders;
  do {
    const auto place = [&order](event one) { return std::find(order.begin(), order.end(), one); };
    if (place(event::sign_in) < place(event::sign_out) && place(event::sign_in) < place(event::end_all)) {
      orders.push_back(order);
    }
  } while (std::next_permutation(order.begin(), order.end()));
  return orders;
}

/** One of user-1, who signs out, two of user-2, whose sessions are all ended, and one that stays. */
struct step_case {
  stepped_server& server;
  std::vector<issued_session> ended;
  std::optional<issued_session> signing_out;
  std::optional<issued_session> staying;

  void happen(event one) {
    switch (one) {
      case event::sign_in: {
        signing_out = server.node.enter("user-1");
        const auto old = server.node.enter("user-2");
        ended = {old, *server.node.renew(old), server.node.enter("user-2")};
        break;
      }
      case event::sign_out:
        must(server.node.sessions->end_session(signing_out->cookie_value));
        break;
      case event::end_all:
        must(server.node.sessions->revoke_user_sessions("user-2"));
        break;
      case event::restart:
        server.restart();
    }
    server.pass(between_sweeps);
    (void)server.node.enter("stranger");
  }

  /** Whether one of those that were ended is accepted at an instant. */
  [[nodiscard]] bool revives_at(std::int64_t instant_ms) {
    const std::int64_t now = server.node.clock.now();
    server.node.clock.set(instant_ms);
    bool revived = server.node.opens(signing_out->cookie_value) || server.node.renew(*signing_out).has_value();
    for (const auto& each : ended) {
      revived = revived || server.node.opens(each.cookie_value) || server.node.renew(each).has_value();
    }
    server.node.clock.set(now);
    return revived;
  }
};

constexpr std::array<std::int64_t, 6> all_steps{-10 * year, -3 * day, -hour, hour, 3 * day, 10 * year};

/** The clock is wrong at one event, and right again behind it or behind all of them. */
void check_steps(keeper kind, const redis_server* redis) {
  int number = 0;
  for (const auto& order : possible_orders()) {
    for (const event stepped : order) {
      for (const std::int64_t step : all_steps) {
        for (const bool is_short : {true, false}) {
          INFO("case " << number << ", step " << step << " at event " << static_cast<int>(stepped));
          stepped_server server(kind, redis, "c" + std::to_string(++number) + ":");
          step_case one{server, {}, {}, server.node.enter("user-3")};
          bool is_wrong = false;
          for (const event each : order) {
            if (each == stepped) {
              server.node.clock.advance(step);
              is_wrong = true;
            }
            one.happen(each);
            if (is_wrong && (is_short || each == order.back())) {
              server.node.clock.advance(-step);
              is_wrong = false;
            }
          }
          const std::int64_t right = server.node.clock.now();
          for (int round = 0; round < 2; ++round) {
            REQUIRE_FALSE(one.revives_at(right));
            for (const std::int64_t later : all_steps) {
              REQUIRE_FALSE(one.revives_at(right + later));
              REQUIRE_FALSE(one.revives_at(right + later - between_sweeps));
              server.node.clock.set(right + later);
              (void)server.node.enter("stranger");
            }
            server.node.clock.set(right);
          }
          for (const char* user : {"user-1", "user-2", "user-3", "stranger"}) {
            REQUIRE(server.node.opens(server.node.enter(user).cookie_value));
          }
        }
      }
    }
  }
  CHECK(number == 8 * 4 * 6 * 2);
}

/** A cookie as it was sealed before sessions carried a mark. */
issued_session without_mark(const session_subject& node, std::int64_t created_at_ms) {
  const auto keys = must(key_ring::make(std::vector{contract_secret}));
  issued_session made;
  made.session = node.enter("user-1").session;
  made.session.created_at_ms = created_at_ms;
  made.session.expires_at_ms = created_at_ms + day;
  made.session.sign_in_mark.reset();
  made.session.id = must(random_id());
  made.cookie_value = must(session_sealer(keys).seal(made.session, session_purpose, "mastra_session"));
  return made;
}

}  // namespace

TEST_CASE("[F-06] a clock that steps brings no ended session back: in a database", "[sessions][clock][F-06]") {
  check_steps(keeper::database, nullptr);
}

TEST_CASE("[F-06] a clock that steps brings no ended session back: in memory", "[sessions][clock][F-06]") {
  check_steps(keeper::memory, nullptr);
}

TEST_CASE("[F-06] a clock that steps brings no ended session back: in Redis", "[redis][sessions][clock][F-06]") {
  const redis_server server;
  check_steps(keeper::redis, &server);
}

TEST_CASE("[F-06] a clock that steps brings no ended session back: sealed, with Redis",
          "[redis][sessions][clock][F-06]") {
  const redis_server server;
  check_steps(keeper::redis_sealed, &server);
}

TEST_CASE("[F-06] a clock that was ahead for a moment signs nobody out", "[sessions][clock][F-06]") {
  for (const std::int64_t step : all_steps) {
    stepped_server server(keeper::database, nullptr, {});
    const auto staying = server.node.enter("user-1");
    server.pass(between_sweeps);
    server.node.clock.advance(step);
    (void)server.node.enter("stranger");
    server.node.clock.advance(-step);
    CHECK(server.node.opens(staying.cookie_value));
    server.restart();
    CHECK(server.node.opens(staying.cookie_value));
  }
}

TEST_CASE("[F-06] nobody is locked out by an end of all sessions while the clock was ahead",
          "[sessions][clock][F-06]") {
  for (const std::int64_t step : all_steps) {
    stepped_server server(keeper::database, nullptr, {});
    server.node.clock.advance(step);
    must(server.node.sessions->revoke_user_sessions("user-1"));
    server.node.clock.advance(-step);
    const auto again = server.node.enter("user-1");
    CHECK(again.session.created_at_ms == server.node.clock.now());
    CHECK(server.node.opens(again.cookie_value));
    REQUIRE(must(server.node.sessions->list_sessions("user-1")).size() == 1);
    must(server.node.sessions->revoke_user_sessions("user-1"));
    CHECK_FALSE(server.node.opens(again.cookie_value));
    CHECK(must(server.node.sessions->list_sessions("user-1")).empty());
  }
}

TEST_CASE("[F-06] a session that was sealed without a mark still opens and ends", "[sessions][clock][F-06]") {
  stepped_server server(keeper::database, nullptr, {});
  const auto first = without_mark(server.node, server.node.clock.now());
  const auto second = without_mark(server.node, server.node.clock.now());
  CHECK(server.node.opens(first.cookie_value));
  CHECK(server.node.renew(second).has_value());
  server.node.clock.advance(3 * day);
  must(server.node.sessions->end_session(first.cookie_value));
  server.node.clock.advance(-3 * day);
  CHECK_FALSE(server.node.opens(first.cookie_value));
  must(server.node.sessions->revoke_user_sessions("user-1"));
  CHECK_FALSE(server.node.opens(second.cookie_value));
  server.restart();
  CHECK_FALSE(server.node.opens(first.cookie_value));
  CHECK_FALSE(server.node.opens(second.cookie_value));
}

TEST_CASE("[F-06] a session whose mark this store never gave is over", "[sessions][clock][F-06]") {
  stepped_server server(keeper::database, nullptr, {});
  const auto issued = server.node.enter("user-1");
  stepped_server other(keeper::database, nullptr, {});
  CHECK(other.node.opens(issued.cookie_value));
  for (int i = 0; i < 3; ++i) must(server.node.sessions->revoke_user_sessions("user-2"));
  const auto later = server.node.enter("user-1");
  CHECK_FALSE(other.node.opens(later.cookie_value));
  CHECK_FALSE(other.node.renew(later).has_value());
}

TEST_CASE("[SS-25] old rows go by the monotonic clock, and by a wall clock that stays ahead",
          "[sessions][clock][SS-25]") {
  stepped_server server(keeper::database, nullptr, {});
  const auto rows = [&] { return must(server.store()->query("SELECT 1 FROM latchkey_revoked_session")).size(); };
  must(server.node.sessions->revoke_session(server.node.enter("user-1").session));
  CHECK(rows() == 1);
  server.node.clock.advance(10 * day);
  for (int i = 0; i < 4; ++i) {
    server.pass(between_sweeps);
    (void)server.node.enter("user-1");
    CHECK(rows() == 1);
  }
  server.pass(day);
  (void)server.node.enter("user-1");
  CHECK(rows() == 0);
}
