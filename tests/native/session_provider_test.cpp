// SPDX-License-Identifier: Apache-2.0
#include <mutex>
#include <set>

#include "latchkey/native/crypto/random.h"
#include "latchkey/native/sessions/cookie_session_provider.h"
#include "support.h"

using namespace latchkey;
using namespace latchkey::native;
using namespace latchkey::testing;

namespace {

const std::string secret = "k3Jx9-Vq2LmN7_pRtYwZ8sUaBcDfGhKe5oQiXv1n4M0";
constexpr std::int64_t hour = 3'600'000;
constexpr std::int64_t day = 24 * hour;

using provider_pointer = std::shared_ptr<cookie_session_provider>;

struct host {
  manual_clock clock;
  std::shared_ptr<const key_ring> keys = must(key_ring::make(std::vector{secret}));

  provider_pointer make(std::shared_ptr<database> store) {
    cookie_session_options options;
    options.cookie_name = "mastra_session";
    options.clock = clock.function();
    sql_revocation_options kept;
    kept.steady_clock = clock.function();
    return must(cookie_session_provider::make(keys, must(open_sql_revocation_store(std::move(store), kept)), options));
  }
};

bool opens(const provider_pointer& sessions, const std::string& cookie) {
  return must(sessions->open_session(cookie)).has_value();
}

// Until the next look at what other processes wrote, with a margin; the promise is one second.
void wait_for_other_processes() { std::this_thread::sleep_for(std::chrono::milliseconds(300)); }

}  // namespace

TEST_CASE("[SS-11] a new session has 160 random bits of id and the default lifetimes") {
  host h;
  const auto sessions = h.make(open_memory());
  std::set<std::string> ids;
  for (int i = 0; i < 100; ++i) ids.insert(must(sign_in(*sessions, "user-1")).session.id);
  CHECK(ids.size() == 100);
  const auto issued = must(sign_in(*sessions, "user-1"));
  CHECK(issued.session.id.size() == 27);
  CHECK(issued.session.user_id == "user-1");
  CHECK(issued.session.created_at_ms == h.clock.now());
  CHECK(issued.session.expires_at_ms == h.clock.now() + day);
  CHECK(sessions->max_age_seconds(issued.session) == 86'400);
  const auto opened = must(sessions->open_session(issued.cookie_value));
  REQUIRE(opened.has_value());
  CHECK(opened->session == issued.session);
  CHECK_FALSE(opened->renewal_due);
}

TEST_CASE("[SS-09] a session is over at its end, exactly, and revives never") {
  host h;
  const auto sessions = h.make(open_memory());
  const auto issued = must(sign_in(*sessions, "user-1"));
  h.clock.advance(12 * hour + 1);
  CHECK(must(sessions->open_session(issued.cookie_value))->renewal_due);
  h.clock.advance(12 * hour - 2);
  CHECK(opens(sessions, issued.cookie_value));
  h.clock.advance(1);
  CHECK_FALSE(opens(sessions, issued.cookie_value));
  CHECK_FALSE(must(sessions->refresh_session(issued.cookie_value)).has_value());
  CHECK(sessions->max_age_seconds(issued.session) == 0);
}

TEST_CASE("[SS-10] a session that was created in the future is refused") {
  host h;
  const auto sessions = h.make(open_memory());
  const auto issued = must(sign_in(*sessions, "user-1"));
  h.clock.advance(-60'000);
  CHECK(opens(sessions, issued.cookie_value));
  h.clock.advance(-1);
  CHECK_FALSE(opens(sessions, issued.cookie_value));
}

TEST_CASE("[SS-08] a cookie that was opened before is dead with the key that opened it") {
  host h;
  const std::string other = "p0OiUy-7TrEwQaSd_FgHjKl9ZxCvBn3Mm5Nn2Bb8Vv4";
  const auto ring = must(key_ring::make(std::vector{secret}));
  h.keys = ring;
  const auto sessions = h.make(open_memory());
  const auto issued = must(sign_in(*sessions, "user-1"));
  for (int i = 0; i < 3; ++i) CHECK(opens(sessions, issued.cookie_value));
  REQUIRE(ring->replace(std::vector{other, secret}));
  for (int i = 0; i < 3; ++i) CHECK(opens(sessions, issued.cookie_value));
  REQUIRE(ring->replace(std::vector{other}));
  CHECK_FALSE(opens(sessions, issued.cookie_value));
}

TEST_CASE("[SS-06] a cookie that was opened before vouches for no other one") {
  host h;
  const auto sessions = h.make(open_memory());
  const auto issued = must(sign_in(*sessions, "user-1"));
  const std::string& cookie = issued.cookie_value;
  for (std::size_t at = 0; at < cookie.size(); ++at) {
    REQUIRE(opens(sessions, cookie));
    std::string changed = cookie;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    CHECK_FALSE(opens(sessions, changed));
    CHECK_FALSE(opens(sessions, cookie.substr(0, at)));
  }
  CHECK_FALSE(opens(sessions, cookie + "A"));
}

TEST_CASE("more people than are remembered are each taken for themselves") {
  host h;
  const auto sessions = h.make(open_memory());
  std::vector<issued_session> issued;
  for (int i = 0; i < 3'000; ++i) issued.push_back(must(sign_in(*sessions, "user-" + std::to_string(i))));
  for (int round = 0; round < 2; ++round) {
    for (const auto& each : issued) {
      const auto opened = must(sessions->open_session(each.cookie_value));
      REQUIRE(opened.has_value());
      CHECK(opened->session == each.session);
    }
  }
  REQUIRE(sessions->revoke_session(issued.back().session));
  CHECK_FALSE(opens(sessions, issued.back().cookie_value));
}

TEST_CASE("[SS-14] renewals move the idle end and never the absolute one") {
  host h;
  const auto sessions = h.make(open_memory());
  auto current = must(sign_in(*sessions, "user-1"));
  const std::int64_t created_at_ms = current.session.created_at_ms;
  const std::int64_t absolute_end = created_at_ms + 7 * day;
  while (h.clock.now() + 20 * hour < absolute_end) {
    h.clock.advance(20 * hour);
    auto renewed = must(sessions->refresh_session(current.cookie_value));
    REQUIRE(renewed.has_value());
    CHECK(renewed->session.id != current.session.id);
    CHECK(renewed->session.created_at_ms == created_at_ms);
    CHECK(renewed->session.expires_at_ms == std::min(h.clock.now() + day, absolute_end));
    current = std::move(*renewed);
  }
  h.clock.set(absolute_end - 1);
  CHECK(opens(sessions, current.cookie_value));
  h.clock.set(absolute_end);
  CHECK_FALSE(opens(sessions, current.cookie_value));
}

TEST_CASE("[SS-20] a revoked session is refused at once, after a restart, and by another process within a second") {
  host h;
  const temporary_folder folder;
  const auto here = h.make(open_file(folder.file("db")));
  const auto there = h.make(open_file(folder.file("db")));
  const auto issued = must(sign_in(*here, "user-1"));
  const auto other = must(sign_in(*here, "user-1"));
  CHECK(opens(there, issued.cookie_value));
  must(here->revoke_session(issued.session));
  CHECK_FALSE(opens(here, issued.cookie_value));
  CHECK_FALSE(must(here->refresh_session(issued.cookie_value)).has_value());
  CHECK_FALSE(must(there->refresh_session(issued.cookie_value)).has_value());
  wait_for_other_processes();
  CHECK_FALSE(opens(there, issued.cookie_value));
  CHECK_FALSE(opens(h.make(open_file(folder.file("db"))), issued.cookie_value));
  CHECK(opens(there, other.cookie_value));
  must(here->revoke_session(issued.session));
}

TEST_CASE("[SS-23] ending a user's sessions ends those created up to now and none created afterwards") {
  host h;
  const temporary_folder folder;
  const auto here = h.make(open_file(folder.file("db")));
  const auto there = h.make(open_file(folder.file("db")));
  const auto before = must(sign_in(*here, "user-1"));
  const auto stranger = must(sign_in(*here, "user-2"));
  for (int round = 0; round < 3; ++round) {
    // All of it in one millisecond.
    const auto current = must(sign_in(*there, "user-1"));
    must(here->revoke_user_sessions("user-1"));
    const auto after = must(sign_in(*there, "user-1"));
    wait_for_other_processes();
    for (const auto& sessions : {here, there}) {
      CHECK_FALSE(opens(sessions, before.cookie_value));
      CHECK_FALSE(opens(sessions, current.cookie_value));
      CHECK_FALSE(must(sessions->refresh_session(current.cookie_value)).has_value());
      CHECK(opens(sessions, after.cookie_value));
      CHECK(opens(sessions, stranger.cookie_value));
    }
  }
}

TEST_CASE("[F-06] ending a user's sessions reaches those created before the clock was set back") {
  host h;
  const auto sessions = h.make(open_memory());
  const auto issued = must(sign_in(*sessions, "user-1"));
  h.clock.advance(-20'000);
  must(sessions->revoke_user_sessions("user-1"));
  CHECK_FALSE(opens(sessions, issued.cookie_value));
  CHECK(opens(sessions, must(sign_in(*sessions, "user-1")).cookie_value));
}

TEST_CASE("[SS-24] of 64 concurrent refreshes in two processes one makes a session and all get it") {
  host h;
  const temporary_folder folder;
  const std::array<provider_pointer, 2> nodes{h.make(open_file(folder.file("db"))),
                                              h.make(open_file(folder.file("db")))};
  for (int round = 0; round < 3; ++round) {
    const auto issued = must(sign_in(*nodes[0], "user-1"));
    h.clock.advance(hour);
    std::mutex mutex;
    std::set<std::pair<std::string, std::int64_t>> seen;
    std::vector<std::string> cookies;
    run_together(64, [&](int i) {
      auto renewed = nodes[static_cast<std::size_t>(i % 2)]->refresh_session(issued.cookie_value);
      const std::lock_guard lock(mutex);
      if (!renewed || !*renewed) return;
      seen.emplace((*renewed)->session.id, (*renewed)->session.expires_at_ms);
      cookies.push_back((*renewed)->cookie_value);
    });
    CHECK(cookies.size() == 64);
    REQUIRE(seen.size() == 1);
    CHECK(seen.begin()->first != issued.session.id);
    for (const std::string& cookie : cookies) CHECK(opens(nodes[0], cookie));
  }
}

TEST_CASE("[SS-24] a renewed session is accepted for ten seconds and refused after that") {
  host h;
  const auto sessions = h.make(open_memory());
  const auto old = must(sign_in(*sessions, "user-1"));
  h.clock.advance(hour);
  const auto renewed = must(sessions->refresh_session(old.cookie_value));
  REQUIRE(renewed.has_value());
  h.clock.advance(9'999);
  CHECK(opens(sessions, old.cookie_value));
  CHECK(must(sessions->refresh_session(old.cookie_value))->session == renewed->session);
  h.clock.advance(1);
  CHECK_FALSE(opens(sessions, old.cookie_value));
  CHECK(opens(sessions, renewed->cookie_value));
}

TEST_CASE("[SS-24] renewing an old session after ten seconds ends all that descends from it and is reported") {
  host h;
  const temporary_folder folder;
  const auto here = h.make(open_file(folder.file("db")));
  const auto there = h.make(open_file(folder.file("db")));
  std::vector<issued_session> chain{must(sign_in(*here, "user-1"))};
  const auto bystander = must(sign_in(*here, "user-1"));
  for (int i = 0; i < 3; ++i) {
    h.clock.advance(hour);
    chain.push_back(*must((i % 2 == 0 ? here : there)->refresh_session(chain.back().cookie_value)));
  }
  CHECK(opens(here, chain.back().cookie_value));
  const auto refused = must(here->refresh_session(chain[1].cookie_value));
  CHECK_FALSE(refused.has_value());
  REQUIRE(refused.reused.has_value());
  CHECK(*refused.reused == chain[1].session);
  wait_for_other_processes();
  for (const auto& link : chain) {
    CHECK_FALSE(opens(here, link.cookie_value));
    CHECK_FALSE(opens(there, link.cookie_value));
    const auto again = must(there->refresh_session(link.cookie_value));
    CHECK_FALSE(again.has_value());
    CHECK_FALSE(again.reused.has_value());
  }
  CHECK(opens(here, bystander.cookie_value));
}

TEST_CASE("[SS-24] a late response of an earlier refresh leads to the last session of the chain") {
  host h;
  const auto sessions = h.make(open_memory());
  const auto first = must(sign_in(*sessions, "user-1"));
  const auto second = *must(sessions->refresh_session(first.cookie_value));
  h.clock.advance(5'000);
  const auto third = *must(sessions->refresh_session(second.cookie_value));
  CHECK(must(sessions->refresh_session(first.cookie_value))->session == third.session);
}

TEST_CASE("[SS-20] signing out with the old or the new cookie of a renewal ends both") {
  for (const bool with_old : {true, false}) {
    host h;
    const auto sessions = h.make(open_memory());
    const auto old = must(sign_in(*sessions, "user-1"));
    const auto renewed = *must(sessions->refresh_session(old.cookie_value));
    must(sessions->revoke_session(with_old ? old.session : renewed.session));
    CHECK_FALSE(opens(sessions, old.cookie_value));
    CHECK_FALSE(opens(sessions, renewed.cookie_value));
    for (const auto& each : {old, renewed}) {
      const auto refused = must(sessions->refresh_session(each.cookie_value));
      CHECK_FALSE(refused.has_value());
      CHECK_FALSE(refused.reused.has_value());
    }
  }
}

TEST_CASE("[F-13] no session survives a sign-out that races with refreshes") {
  host h;
  const temporary_folder folder;
  const auto sessions = h.make(open_file(folder.file("db")));
  for (int round = 0; round < 10; ++round) {
    const auto issued = must(sign_in(*sessions, "user-1"));
    std::mutex mutex;
    std::vector<std::string> cookies{issued.cookie_value};
    run_together(8, [&](int i) {
      if (i == 0) {
        (void)sessions->revoke_session(issued.session);
        return;
      }
      auto renewed = sessions->refresh_session(issued.cookie_value);
      const std::lock_guard lock(mutex);
      if (renewed && *renewed) cookies.push_back((*renewed)->cookie_value);
    });
    for (const std::string& cookie : cookies) CHECK_FALSE(opens(sessions, cookie));
  }
}

TEST_CASE("[NS-05] a store that fails denies, and heals by itself") {
  host h;
  const temporary_folder folder;
  const auto store = std::make_shared<failing_database>(open_file(folder.file("db")));
  const auto sessions = h.make(store);
  const auto issued = must(sign_in(*sessions, "user-1"));
  CHECK(opens(sessions, issued.cookie_value));
  store->fails = true;
  wait_for_other_processes();
  CHECK_FALSE(sessions->open_session(issued.cookie_value).has_value());
  CHECK_FALSE(sign_in(*sessions, "user-1").has_value());
  CHECK_FALSE(sessions->refresh_session(issued.cookie_value).has_value());
  CHECK_FALSE(sessions->revoke_session(issued.session).has_value());
  CHECK_FALSE(sessions->revoke_user_sessions("user-1").has_value());
  store->fails = false;
  CHECK(opens(sessions, issued.cookie_value));
}

TEST_CASE("[SS-07] a failing random source issues no session") {
  host h;
  const auto sessions = h.make(open_memory());
  const auto issued = must(sign_in(*sessions, "user-1"));
  set_random_source_for_testing([](std::span<std::uint8_t>) { return false; });
  const bool created = sign_in(*sessions, "user-1").has_value();
  const bool renewed = sessions->refresh_session(issued.cookie_value).has_value();
  set_random_source_for_testing(nullptr);
  CHECK_FALSE(created);
  CHECK_FALSE(renewed);
  CHECK(must(sessions->refresh_session(issued.cookie_value)).has_value());
}

TEST_CASE("[SS-12] the store holds no id of a session that is in use") {
  host h;
  const auto store = open_memory();
  const auto sessions = h.make(store);
  const auto issued = must(sign_in(*sessions, "user-1"));
  must(sessions->revoke_session(issued.session));
  const auto rows = must(store->query(R"(SELECT "sessionHash" FROM latchkey_revoked_session)"));
  REQUIRE(rows.size() == 1);
  CHECK(rows.front().blob(0).size() == 32);
  const std::array<sql_value, 1> parameters{issued.session.id};
  CHECK(must(store->query(R"(SELECT 1 FROM latchkey_revoked_session WHERE "sessionHash" = ?)", parameters)).empty());
}

TEST_CASE("[SS-25] rows that don't matter any more are deleted") {
  host h;
  const auto store = open_memory();
  const auto sessions = h.make(store);
  const auto first = must(sign_in(*sessions, "user-1"));
  must(sessions->revoke_session(first.session));
  const auto second = must(sign_in(*sessions, "user-1"));
  (void)must(sessions->refresh_session(second.cookie_value));
  h.clock.advance(3 * day);
  const auto third = must(sign_in(*sessions, "user-1"));
  must(sessions->revoke_session(third.session));
  CHECK(must(store->query("SELECT 1 FROM latchkey_revoked_session")).size() == 1);
  CHECK(must(store->query("SELECT 1 FROM latchkey_session_renewal")).empty());
  CHECK_FALSE(opens(sessions, third.cookie_value));
}

TEST_CASE("sessions can't be set up without a part that they need") {
  host h;
  const auto store = must(open_sql_revocation_store(open_memory()));
  cookie_session_options nameless;
  nameless.cookie_name.clear();
  cookie_session_options lifeless;
  lifeless.cookie_name = "mastra_session";
  lifeless.lifetimes.idle_ms = 0;
  CHECK_FALSE(cookie_session_provider::make(h.keys, store, nameless).has_value());
  CHECK_FALSE(cookie_session_provider::make(h.keys, store, lifeless).has_value());
  CHECK_FALSE(cookie_session_provider::make(nullptr, store, {.cookie_name = "mastra_session"}).has_value());
  CHECK_FALSE(cookie_session_provider::make(h.keys, nullptr, {.cookie_name = "mastra_session"}).has_value());
  CHECK_FALSE(open_sql_revocation_store(nullptr).has_value());
}
