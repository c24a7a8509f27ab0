// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/sessions/cookie_session_provider.h"
#include "native/http_support.h"
#include "support.h"

namespace latchkey::native::testing {
namespace {

using namespace latchkey::testing;

std::shared_ptr<cookie_session_provider> make_sessions(const std::shared_ptr<database>& store,
                                                       const manual_clock& clock) {
  const std::vector<std::string> secrets{"k3Jx9-Vq2LmN7_pRtYwZ8sUaBcDfGhKe5oQiXv1n4M0"};
  cookie_session_options options;
  options.cookie_name = "mastra_session";
  options.clock = clock.function();
  return must(
      cookie_session_provider::make(must(key_ring::make(secrets)), must(open_sql_revocation_store(store)), options));
}

TEST_CASE("[SS-23] a sign-in that began before all sessions were ended opens none", "[sessions][SS-23]") {
  const manual_clock clock;
  const auto sessions = make_sessions(open_memory(), clock);
  const auto mark = must(sessions->begin_sign_in());
  must(sessions->revoke_user_sessions("user-1"));
  const auto late = sessions->create_session("user-1", {mark, {}, {}});
  REQUIRE_FALSE(late.has_value());
  CHECK(late.error().code == errc::unauthenticated);
  CHECK(sessions->create_session("user-2", {mark, {}, {}}).has_value());
  // All of it in one millisecond: who begins afterwards gets in.
  const auto again = must(sessions->create_session("user-1", {must(sessions->begin_sign_in()), {}, {}}));
  CHECK(must(sessions->open_session(again.cookie_value)).has_value());
  CHECK_FALSE(sessions->create_session("user-1", {}).has_value());
}

TEST_CASE("[SS-23] clocks that differ between servers don't decide about a sign-in under way", "[sessions][SS-23]") {
  const temporary_folder folder;
  for (const std::int64_t ahead : {-45'000, 45'000}) {
    manual_clock here_clock;
    manual_clock there_clock;
    there_clock.advance(ahead);
    const auto here = make_sessions(open_file(folder.file("db")), here_clock);
    const auto there = make_sessions(open_file(folder.file("db")), there_clock);
    const auto mark = must(here->begin_sign_in());
    must(there->revoke_user_sessions("user-1"));
    CHECK_FALSE(here->create_session("user-1", {mark, {}, {}}).has_value());
    const auto next = must(sign_in(*here, "user-1"));
    CHECK(must(here->open_session(next.cookie_value)).has_value());
  }
}

TEST_CASE("[SS-23] a password that is changed while it is being checked signs nobody in", "[http][SS-23]") {
  world w;
  w.start();
  w.credentials->while_checking = [&w] { (void)w.sessions->revoke_user_sessions("u-member"); };
  const auto response = w.post("/api/auth/login", sign_in_body);
  CHECK(response.status == 401);
  CHECK(plain_body(response) == R"({"error":"Invalid email or password","code":"ERR_LATCHKEY_CREDENTIALS_INVALID"})");
  CHECK(header_of(response, "Set-Cookie").empty());
  CHECK(w.sessions->created == 0);
  CHECK(w.audit->count("auth.sign_in", audit_outcome::failure) == 1);
  w.credentials->while_checking = nullptr;
  CHECK(w.post("/api/auth/login", sign_in_body).status == 200);
}

TEST_CASE("[NS-05] who can't be told from those signed out meanwhile isn't signed in", "[http][NS-05]") {
  for (const mood how : {mood::fails, mood::throws}) {
    world w;
    w.start();
    w.sessions->opening = how;
    CHECK(w.post("/api/auth/login", sign_in_body).status == 503);
    CHECK(w.post("/api/auth/signup", R"({"email":"new@example.com","password":"long enough"})").status == 503);
    CHECK(w.users->people.size() == 5);
  }
}

}  // namespace
}  // namespace latchkey::native::testing
