// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/sessions/cookie_session_provider.h"
#include "native/http_support.h"
#include "support.h"

namespace latchkey::native::testing {
namespace {

using namespace latchkey::testing;

constexpr std::int64_t hour = 3'600'000;

bool is_current(const json_value& listed) {
  REQUIRE(listed.find("current") != nullptr);
  return to_json_text(*listed.find("current")) == "true";
}

/** The server of `world` with sealed sessions and their list in a database. */
struct listing_world : world {
  manual_clock clock;
  std::shared_ptr<database> store = open_memory();
  std::shared_ptr<cookie_session_provider> sealed;

  listing_world() {
    const std::vector<std::string> secrets{"k3Jx9-Vq2LmN7_pRtYwZ8sUaBcDfGhKe5oQiXv1n4M0"};
    cookie_session_options options;
    options.cookie_name = "mastra_session";
    options.clock = clock.function();
    sql_revocation_options kept;
    kept.steady_clock = clock.function();
    sealed = must(cookie_session_provider::make(must(key_ring::make(secrets)),
                                                must(open_sql_revocation_store(store, kept)), options));
    config.clock = clock.function();
    auth_provider made = provider();
    made.sessions = sealed;
    start(made);
  }

  /** Signs in over HTTP; the cookie's value. */
  std::string login(const std::string& role, const std::string& agent) {
    auto asked = request("POST", "/api/auth/login");
    asked.headers.emplace_back("Content-Type", "application/json");
    asked.headers.emplace_back("User-Agent", agent);
    asked.body = R"({"email":")" + role + R"(@example.com","password":"correct horse"})";
    const auto response = send(asked);
    REQUIRE(response.status == 200);
    return cookie_of(response);
  }
  static std::string cookie_of(const http_response& response) {
    const auto line = header_of(response, "Set-Cookie");
    const auto begin = line.find('=') + 1;
    return line.substr(begin, line.find(';') - begin);
  }
  json_array list(const std::string& cookie) const {
    const auto response = get("/api/auth/sessions", cookie);
    REQUIRE(response.status == 200);
    return array_of(body_of(response), "sessions");
  }
  std::string own_handle(const std::string& cookie) const {
    for (const auto& each : list(cookie)) {
      if (is_current(each)) return text_of(each, "id");
    }
    return {};
  }
  http_response remove(const std::string& path, const std::string& cookie) const {
    return send(request("DELETE", path, cookie));
  }
  bool is_signed_in(const std::string& cookie) const { return get("/api/auth/me", cookie).body != "null"; }
};

TEST_CASE("[SS-23] a person sees their own live sessions, newest first, and never an id", "[http][SS-23]") {
  listing_world w;
  const auto phone = w.login("member", "Phone/1");
  w.clock.advance(hour);
  const auto laptop = w.login("member", "Laptop/2");
  w.login("viewer", "Other/3");
  const auto response = w.get("/api/auth/sessions", phone);
  const auto sessions = array_of(body_of(response), "sessions");
  REQUIRE(sessions.size() == 2);
  CHECK(text_of(sessions[0], "userAgent") == "Laptop/2");
  CHECK(text_of(sessions[1], "userAgent") == "Phone/1");
  CHECK(text_of(sessions[1], "ip") == "192.0.2.7");
  CHECK(text_of(sessions[0], "createdAt") == to_iso_time(w.clock.now()));
  CHECK(text_of(sessions[0], "expiresAt") == to_iso_time(w.clock.now() + 24 * hour));
  CHECK_FALSE(is_current(sessions[0]));
  CHECK(is_current(sessions[1]));
  CHECK(sessions[0].find("lastSeen") == nullptr);
  for (const auto& cookie : {phone, laptop}) {
    const auto id = must(w.sealed->open_session(cookie))->session.id;
    CHECK(response.body.find(id) == std::string::npos);
    CHECK(response.body.find(must(session_handle(id))) != std::string::npos);
  }
  CHECK(w.get("/api/auth/sessions").status == 401);
  CHECK(w.remove("/api/auth/sessions", "").status == 401);
  CHECK(w.remove("/api/auth/sessions/x", "").status == 401);
}

TEST_CASE("[SS-24] a renewed session is listed once, as what it became, with where it began", "[http][SS-24]") {
  listing_world w;
  const auto old = w.login("member", "Phone/1");
  w.clock.advance(hour);
  const auto renewed = listing_world::cookie_of(w.post("/api/auth/refresh", "", old));
  for (const auto& cookie : {old, renewed}) {
    // The old cookie still opens for ten seconds, and is the same sign-in.
    const auto sessions = w.list(cookie);
    REQUIRE(sessions.size() == 1);
    CHECK(is_current(sessions[0]));
    CHECK(text_of(sessions[0], "id") == must(session_handle(must(w.sealed->open_session(renewed))->session.id)));
    CHECK(text_of(sessions[0], "lastSeen") == to_iso_time(w.clock.now()));
    CHECK(text_of(sessions[0], "createdAt") == to_iso_time(w.clock.now() - hour));
    CHECK(text_of(sessions[0], "userAgent") == "Phone/1");
  }
}

TEST_CASE("[SS-20] what has ended or expired is listed no more", "[http][SS-20]") {
  listing_world w;
  const auto first = w.login("member", "1");
  w.clock.advance(hour);
  const auto second = w.login("member", "2");
  const auto third = w.login("member", "3");
  CHECK(w.list(third).size() == 3);
  w.post("/api/auth/logout", "", second);
  CHECK(w.list(third).size() == 2);
  w.clock.advance(23 * hour);
  CHECK(w.list(third).size() == 1);
  must(w.sealed->revoke_user_sessions("u-member"));
  const auto fourth = w.login("member", "4");
  CHECK(w.list(fourth).size() == 1);
  // Whoever reuses an old cookie ends the family, on the list as well.
  const auto fifth = listing_world::cookie_of(w.post("/api/auth/refresh", "", fourth));
  w.clock.advance(11'000);
  CHECK(w.post("/api/auth/refresh", "", fourth).status == 401);
  CHECK_FALSE(w.is_signed_in(fifth));
  CHECK(must(w.sealed->list_sessions("u-member", nullptr)).empty());
}

TEST_CASE("[SS-23] a person ends one of their sessions and nobody else's", "[http][SS-23]") {
  listing_world w;
  const auto phone = w.login("member", "Phone/1");
  const auto laptop = w.login("member", "Laptop/2");
  const auto viewer = w.login("viewer", "Other/3");
  const auto viewers = w.own_handle(viewer);
  for (const std::string& handle :
       {viewers, std::string("x"), std::string(43, 'A'), std::string(43, '!'), std::string(200, 'A')}) {
    const auto response = w.remove("/api/auth/sessions/" + handle, phone);
    CHECK(response.status == 404);
    CHECK(header_of(response, "Set-Cookie").empty());
  }
  CHECK(plain_body(w.remove("/api/auth/sessions/" + viewers, phone)) ==
        R"({"error":"Session not found","code":"ERR_LATCHKEY_NOT_FOUND"})");
  CHECK(w.is_signed_in(viewer));
  const auto gone = w.own_handle(laptop);
  const auto response = w.remove("/api/auth/sessions/" + gone, phone);
  CHECK(response.status == 200);
  CHECK(response.body == R"({"success":true})");
  CHECK(header_of(response, "Set-Cookie").empty());
  CHECK_FALSE(w.is_signed_in(laptop));
  CHECK(w.is_signed_in(phone));
  CHECK(w.remove("/api/auth/sessions/" + gone, phone).status == 404);
  REQUIRE(w.audit->count("auth.session_end", audit_outcome::success) == 1);
  CHECK(w.audit->events.back().resource->id == gone);
  CHECK(w.audit->events.back().actor.email == "member@example.com");
}

TEST_CASE("[CK-16] ending the current session from the list clears its cookie", "[http][CK-16]") {
  for (const bool with_old : {false, true}) {
    listing_world w;
    auto cookie = w.login("member", "Phone/1");
    if (with_old) (void)w.post("/api/auth/refresh", "", cookie);
    const auto response = w.remove("/api/auth/sessions/" + w.own_handle(cookie), cookie);
    CHECK(response.status == 200);
    CHECK(header_of(response, "Set-Cookie").starts_with("mastra_session=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0"));
    CHECK_FALSE(w.is_signed_in(cookie));
  }
}

TEST_CASE("[SS-23] a person ends all their sessions but the current one", "[http][SS-23]") {
  for (const bool with_old : {false, true}) {
    listing_world w;
    const auto phone = w.login("member", "Phone/1");
    const auto tablet = w.login("member", "Tablet/2");
    const auto laptop = w.login("member", "Laptop/3");
    const auto viewer = w.login("viewer", "Other/4");
    const auto renewed = with_old ? listing_world::cookie_of(w.post("/api/auth/refresh", "", laptop)) : laptop;
    CHECK(w.remove("/api/auth/sessions", laptop).body == R"({"success":true})");
    CHECK_FALSE(w.is_signed_in(phone));
    CHECK_FALSE(w.is_signed_in(tablet));
    CHECK(w.is_signed_in(laptop));
    CHECK(w.is_signed_in(renewed));
    CHECK(w.is_signed_in(viewer));
    CHECK(w.list(renewed).size() == 1);
    REQUIRE(w.audit->count("auth.session_end", audit_outcome::success) == 1);
    CHECK(to_json_text(w.audit->events.back().metadata) == R"({"count":2})");
  }
}

TEST_CASE("[AU-11] the end of a session that can't be put on record is answered 503", "[http][AU-11]") {
  listing_world w;
  const auto phone = w.login("member", "Phone/1");
  const auto laptop = w.login("member", "Laptop/2");
  w.audit->how = mood::fails;
  CHECK(w.remove("/api/auth/sessions/" + w.own_handle(laptop), phone).status == 503);
  CHECK(w.remove("/api/auth/sessions", phone).status == 503);
}

TEST_CASE("a provider that keeps no list of sessions says so", "[http]") {
  world w;
  w.start();
  CHECK(plain_body(w.get("/api/auth/sessions", "viewer")) ==
        R"({"error":"Not configured","code":"ERR_LATCHKEY_NOT_CONFIGURED"})");
  CHECK(w.send(world::request("DELETE", "/api/auth/sessions", "viewer")).status == 404);
  CHECK(w.get("/api/auth/me", "viewer").body != "null");
}

TEST_CASE("[SS-12] [SS-25] the list holds hashes, and rows of expired sessions go away", "[sessions][SS-12][SS-25]") {
  listing_world w;
  const auto first = must(sign_in(*w.sealed, "user-1"));
  const auto rows = must(w.store->query(R"(SELECT * FROM latchkey_session)"));
  REQUIRE(rows.size() == 1);
  for (std::size_t i = 0; i < rows.front().size(); ++i) CHECK(rows.front().text(i) != first.session.id);
  CHECK(rows.front().blob(1).size() == 32);
  // A day after they expired.
  w.clock.advance(48 * hour + 1);
  (void)must(sign_in(*w.sealed, "user-2"));
  CHECK(must(w.store->query(R"(SELECT 1 FROM latchkey_session)")).size() == 1);
}

TEST_CASE("[NS-05] a list that can't be read is no empty list", "[sessions][NS-05]") {
  const auto store = std::make_shared<failing_database>(open_memory());
  const auto revocations = must(open_sql_revocation_store(store));
  store->fails = true;
  const latchkey::session current{"id", "user-1", 1, 2, {}};
  CHECK_FALSE(revocations->list("user-1", nullptr, 1).has_value());
  CHECK_FALSE(revocations->revoke_listed("user-1", std::string(43, 'A'), 1).has_value());
  CHECK_FALSE(revocations->revoke_others(current, 1).has_value());
}

}  // namespace
}  // namespace latchkey::native::testing
