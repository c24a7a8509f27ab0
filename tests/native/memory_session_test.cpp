// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <fstream>

#include "latchkey/native/sessions/memory_session_provider.h"
#include "native/session_contract.h"
#include "sessions/successor_seal.h"

using namespace latchkey;
using namespace latchkey::native;
using namespace latchkey::testing;

namespace {

constexpr std::int64_t hour = 3'600'000;

// The sanitizers keep freed memory for a while.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::int64_t allowed_mib = 640;
#else
constexpr std::int64_t allowed_mib = 64;
#endif

/** Of this process, in MiB. */
std::int64_t resident_mib() {
  std::ifstream file("/proc/self/statm");
  std::int64_t total = 0;
  std::int64_t resident = 0;
  file >> total >> resident;
  return resident * ::sysconf(_SC_PAGESIZE) / (1024 * 1024);
}

memory_session_options bounded(const manual_clock& clock, std::size_t all, std::size_t each) {
  memory_session_options options;
  options.clock = clock.function();
  options.limits = {all, each};
  return options;
}

}  // namespace

TEST_CASE("[SS-20] [SS-23] [SS-24] sessions in memory keep the contract", "[sessions][SS-20][SS-23][SS-24]") {
  keep_the_contract([] { return stored_subject(must(make_memory_revocation_store())); });
}

TEST_CASE("[SS-20] [SS-23] [SS-24] sealed sessions over memory or SQLite keep the contract",
          "[sessions][SS-20][SS-23][SS-24]") {
  keep_the_contract([] { return sealed_subject(must(make_memory_revocation_store())); });
  keep_the_contract([] { return sealed_subject(must(open_sql_revocation_store(open_memory()))); });
}

TEST_CASE("memory counts its live sessions and ends all of them", "[sessions]") {
  const manual_clock clock;
  const auto sessions = must(make_memory_session_provider(bounded(clock, 100, 100)));
  CHECK(must(sessions->session_count()) == 0);
  const auto first = must(sign_in(*sessions, "user-1"));
  (void)must(sign_in(*sessions, "user-2"));
  REQUIRE(must(sessions->refresh_session(first.cookie_value)).has_value());
  CHECK(must(sessions->session_count()) == 2);
  const auto mark = must(sessions->begin_sign_in());
  must(sessions->clear_sessions());
  CHECK(must(sessions->session_count()) == 0);
  CHECK_FALSE(must(sessions->open_session(first.cookie_value)).has_value());
  const auto late = sessions->create_session("user-3", {mark, {}, {}});
  REQUIRE_FALSE(late.has_value());
  CHECK(late.error().code == errc::unauthenticated);
  const auto again = must(sign_in(*sessions, "user-1"));
  CHECK(must(sessions->open_session(again.cookie_value)).has_value());
  manual_clock later = clock;
  later.advance(25 * hour);
  CHECK(must(sessions->session_count()) == 0);
}

TEST_CASE("[SS-21] what memory has forgotten signs nobody in", "[sessions][SS-21]") {
  manual_clock clock;
  session_subject subject;
  subject.clock = clock;
  const auto before = sealed_subject(must(make_memory_revocation_store()), subject);
  const auto issued = before.enter("user-1");
  CHECK(before.opens(issued.cookie_value));
  const auto after = sealed_subject(must(make_memory_revocation_store()), subject);
  CHECK_FALSE(after.opens(issued.cookie_value));
  CHECK_FALSE(after.renew(issued).has_value());
}

TEST_CASE("[SS-14] a session in memory lasts a day, renewed or not", "[sessions][SS-14]") {
  manual_clock clock;
  const auto sessions = must(make_memory_session_provider(bounded(clock, 100, 16)));
  const auto issued = must(sign_in(*sessions, "user-1"));
  CHECK(issued.session.expires_at_ms == clock.now() + 24 * hour);
  CHECK(issued.cookie_value == issued.session.id);
  clock.advance(20 * hour);
  const auto renewed = *must(sessions->refresh_session(issued.cookie_value));
  CHECK(renewed.session.id != issued.session.id);
  CHECK(renewed.session.expires_at_ms == issued.session.expires_at_ms);
  clock.advance(4 * hour);
  CHECK_FALSE(must(sessions->open_session(renewed.cookie_value)).has_value());
}

TEST_CASE("[SS-25] a million sessions of many people need the memory of those that live", "[sessions][SS-25]") {
  manual_clock clock;
  const auto sessions = must(make_memory_session_provider(bounded(clock, 20'000, 1'000)));
  const std::int64_t before = resident_mib();
  std::size_t created = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    // Ten thousand live at any time: the rest have expired.
    clock.advance(24 * hour / 10'000);
    created += sign_in(*sessions, "user-" + std::to_string(i % 5'000)).has_value() ? 1 : 0;
  }
  CHECK(created == 1'000'000);
  CHECK(must(sessions->list_sessions("user-7", nullptr)).size() == 2);
  CHECK(resident_mib() - before < allowed_mib);
}

TEST_CASE("[SS-25] memory that is full refuses newcomers and ends nobody's session", "[sessions][SS-25]") {
  manual_clock clock;
  const auto sessions = must(make_memory_session_provider(bounded(clock, 100, 16)));
  std::vector<issued_session> all;
  for (int i = 0; i < 100; ++i) all.push_back(must(sign_in(*sessions, "user-" + std::to_string(i))));
  for (int i = 0; i < 1'000; ++i) {
    const auto refused = sign_in(*sessions, "late-" + std::to_string(i));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == errc::unavailable);
  }
  CHECK_FALSE(sessions->refresh_session(all.front().cookie_value).has_value());
  for (const auto& each : all) CHECK(must(sessions->open_session(each.cookie_value)).has_value());
  must(sessions->revoke_session(all.back().session));
  CHECK(sign_in(*sessions, "late").has_value());
  CHECK_FALSE(sign_in(*sessions, "later").has_value());
  clock.advance(24 * hour);
  CHECK(sign_in(*sessions, "later").has_value());
}

TEST_CASE("[SS-25] one person can't fill the memory: their own oldest session makes room", "[sessions][SS-25]") {
  manual_clock clock;
  const auto sessions = must(make_memory_session_provider(bounded(clock, 100, 16)));
  const auto stranger = must(sign_in(*sessions, "user-2"));
  const auto first = must(sign_in(*sessions, "user-1"));
  auto current = must(sign_in(*sessions, "user-1"));
  for (int i = 0; i < 14; ++i) (void)must(sign_in(*sessions, "user-1"));
  CHECK(must(sessions->open_session(first.cookie_value)).has_value());
  (void)must(sign_in(*sessions, "user-1"));
  CHECK_FALSE(must(sessions->open_session(first.cookie_value)).has_value());
  CHECK(must(sessions->list_sessions("user-1", nullptr)).size() == 16);
  // The same for someone who does nothing but renew: the session itself stays, though it is the oldest of all.
  for (int i = 0; i < 1'000; ++i) current = *must(sessions->refresh_session(current.cookie_value));
  CHECK(must(sessions->open_session(current.cookie_value)).has_value());
  CHECK(must(sessions->open_session(stranger.cookie_value)).has_value());
  CHECK(must(sessions->list_sessions("user-1", nullptr)).size() == 1);
}

TEST_CASE("[SS-12] a successor's id is sealed under its predecessor's and opens with no other", "[sessions][SS-12]") {
  const std::string old_id(27, 'o');
  const std::string next_id(27, 'n');
  const std::string sealed = must(seal_successor(old_id, next_id));
  CHECK(sealed.find(next_id) == std::string::npos);
  CHECK(sealed != must(seal_successor(old_id, next_id)));
  CHECK(open_successor(old_id, sealed) == next_id);
  CHECK_FALSE(open_successor(next_id, sealed).has_value());
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    CHECK_FALSE(open_successor(old_id, changed).has_value());
    CHECK_FALSE(open_successor(old_id, sealed.substr(0, i)).has_value());
  }
}

TEST_CASE("[SS-23] marks stay good however many people are signed out meanwhile", "[sessions][SS-23]") {
  const auto sessions = must(make_memory_session_provider());
  const auto mark = must(sessions->begin_sign_in());
  for (int i = 0; i < 20'000; ++i) must(sessions->revoke_user_sessions("user-" + std::to_string(i)));
  // What was forgotten may have been about anybody.
  CHECK_FALSE(sessions->create_session("user-0", {mark, {}, {}}).has_value());
  CHECK_FALSE(sessions->create_session("somebody", {mark, {}, {}}).has_value());
  CHECK(sign_in(*sessions, "user-0").has_value());
}

TEST_CASE("sessions in memory can't be set up with limits that make no sense", "[sessions]") {
  const manual_clock clock;
  CHECK_FALSE(make_memory_session_provider(bounded(clock, 100, 15)).has_value());
  CHECK_FALSE(make_memory_session_provider(bounded(clock, 15, 16)).has_value());
  memory_session_options lifeless;
  lifeless.lifetimes.absolute_ms = 0;
  CHECK_FALSE(make_memory_session_provider(lifeless).has_value());
  memory_session_options timeless;
  timeless.clock = nullptr;
  CHECK_FALSE(make_memory_session_provider(timeless).has_value());
  CHECK_FALSE(stored_session_provider::make(nullptr, {}).has_value());
}
