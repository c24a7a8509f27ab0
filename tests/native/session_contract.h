// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_TESTS_NATIVE_SESSION_CONTRACT_H_
#define LATCHKEY_TESTS_NATIVE_SESSION_CONTRACT_H_

/** What every session provider promises, whatever keeps its sessions; each function is one promise. */

#include <set>

#include "latchkey/native/crypto/random.h"
#include "latchkey/native/sessions/cookie_session_provider.h"
#include "latchkey/native/sessions/stored_session_provider.h"
#include "support.h"

namespace latchkey::testing {

using native::issued_session;
using native::session_provider;

/** One provider under test, with what a test may turn. */
struct session_subject {
  manual_clock clock;
  std::shared_ptr<std::atomic<int>> reuses = std::make_shared<std::atomic<int>>(0);
  std::shared_ptr<session_provider> sessions;

  [[nodiscard]] bool opens(const std::string& cookie) const { return must(sessions->open_session(cookie)).has_value(); }
  [[nodiscard]] issued_session enter(std::string_view user_id) const { return must(sign_in(*sessions, user_id)); }
  [[nodiscard]] std::optional<issued_session> renew(const issued_session& old) const {
    auto refreshed = must(sessions->refresh_session(old.cookie_value));
    if (refreshed.reused) {
      CHECK(refreshed.reused->id == old.session.id);
      CHECK_FALSE(refreshed.issued.has_value());
      ++*reuses;
    }
    return refreshed.issued;
  }
  [[nodiscard]] std::optional<native::ended_session> end(const issued_session& held) const {
    return must(sessions->end_session(held.cookie_value));
  }
};

inline const std::string contract_secret = "k3Jx9-Vq2LmN7_pRtYwZ8sUaBcDfGhKe5oQiXv1n4M0";

/** Sealed cookies over a store. */
inline session_subject sealed_subject(std::shared_ptr<native::revocation_store> store,
                                      session_subject made = session_subject()) {
  const std::vector<std::string> secrets{contract_secret};
  native::cookie_session_options options;
  options.cookie_name = "mastra_session";
  options.clock = made.clock.function();
  made.sessions = must(native::cookie_session_provider::make(must(native::key_ring::make(secrets)), std::move(store),
                                                             std::move(options)));
  return made;
}

/** Sessions in a store, with nothing but an id in the cookie. */
inline session_subject stored_subject(std::shared_ptr<native::session_store> store,
                                      session_subject made = session_subject()) {
  made.sessions = must(native::stored_session_provider::make(std::move(store), {{}, made.clock.function()}));
  return made;
}

inline void opens_until_it_ends(session_subject s) {
  const auto issued = s.enter("user-1");
  const auto other = s.enter("user-1");
  CHECK(issued.session.id.size() == 27);
  CHECK(issued.session.id != other.session.id);
  const auto opened = must(s.sessions->open_session(issued.cookie_value));
  REQUIRE(opened.has_value());
  CHECK(opened->session == issued.session);
  CHECK(s.sessions->max_age_seconds(issued.session) == 86'400);
  must(s.sessions->revoke_session(issued.session));
  must(s.sessions->revoke_session(issued.session));
  CHECK_FALSE(s.opens(issued.cookie_value));
  CHECK_FALSE(s.renew(issued).has_value());
  CHECK(s.opens(other.cookie_value));
  for (const std::string& text : {std::string(), std::string("x"), std::string(27, 'A'), other.session.id + "A"}) {
    CHECK_FALSE(s.opens(text));
  }
  s.clock.advance(86'399'999);
  CHECK(s.opens(other.cookie_value));
  s.clock.advance(1);
  CHECK_FALSE(s.opens(other.cookie_value));
  CHECK_FALSE(s.renew(other).has_value());
}

inline void ends_all_of_a_user(session_subject s) {
  const auto stranger = s.enter("user-2");
  for (int round = 0; round < 3; ++round) {
    // All of it in one millisecond.
    const auto before = s.enter("user-1");
    const auto mark = must(s.sessions->begin_sign_in());
    must(s.sessions->revoke_user_sessions("user-1"));
    CHECK_FALSE(s.opens(before.cookie_value));
    CHECK_FALSE(s.renew(before).has_value());
    const auto late = s.sessions->create_session("user-1", {mark, {}, {}});
    REQUIRE_FALSE(late.has_value());
    CHECK(late.error().code == errc::unauthenticated);
    CHECK(s.sessions->create_session("user-2", {mark, {}, {}}).has_value());
    const auto after = s.enter("user-1");
    CHECK(s.opens(after.cookie_value));
  }
  CHECK(s.opens(stranger.cookie_value));
  CHECK(must(s.sessions->list_sessions("user-1")).size() == 1);
}

inline void renews_once_with_grace(session_subject s) {
  const auto old = s.enter("user-1");
  const auto bystander = s.enter("user-1");
  s.clock.advance(3'600'000);
  const auto renewed = s.renew(old);
  REQUIRE(renewed.has_value());
  CHECK(renewed->session.id != old.session.id);
  CHECK(renewed->session.created_at_ms == old.session.created_at_ms);
  CHECK(renewed->session.expires_at_ms == s.clock.now() + 86'400'000);
  CHECK(s.opens(old.cookie_value));
  CHECK(s.renew(old)->session == renewed->session);
  s.clock.advance(5'000);
  const auto last = s.renew(*renewed);
  REQUIRE(last.has_value());
  // A late answer to the first renewal leads to the last session of the chain.
  CHECK(s.renew(old)->session == last->session);
  s.clock.advance(5'000);
  CHECK_FALSE(s.opens(old.cookie_value));
  CHECK(s.opens(renewed->cookie_value));
  CHECK(*s.reuses == 0);
  CHECK_FALSE(s.renew(old).has_value());
  CHECK(*s.reuses == 1);
  CHECK_FALSE(s.opens(renewed->cookie_value));
  CHECK_FALSE(s.opens(last->cookie_value));
  CHECK_FALSE(s.renew(*last).has_value());
  CHECK(s.opens(bystander.cookie_value));
}

inline void ends_both_sides_of_a_renewal(const std::function<session_subject()>& make) {
  for (const bool with_old : {true, false}) {
    auto s = make();
    const auto old = s.enter("user-1");
    const auto renewed = *s.renew(old);
    must(s.sessions->revoke_session(with_old ? old.session : renewed.session));
    CHECK_FALSE(s.opens(old.cookie_value));
    CHECK_FALSE(s.opens(renewed.cookie_value));
    CHECK_FALSE(s.renew(old).has_value());
    CHECK_FALSE(s.renew(renewed).has_value());
    CHECK(*s.reuses == 0);
  }
}

/** Whoever has only an old cookie left ends what a thief went on with. */
inline void ends_the_family_by_any_cookie(const std::function<session_subject()>& make) {
  for (const bool is_late : {false, true}) {
    auto s = make();
    const auto old = s.enter("user-1");
    const auto bystander = s.enter("user-1");
    const auto middle = *s.renew(old);
    const auto last = *s.renew(middle);
    s.clock.advance(is_late ? native::renewal_grace_ms : native::renewal_grace_ms - 1);
    CHECK(s.opens(old.cookie_value) == !is_late);
    const auto ended = s.end(old);
    REQUIRE(ended.has_value());
    CHECK(ended->session == old.session);
    CHECK(ended->was_reused == is_late);
    for (const auto& member : {old, middle, last}) {
      CHECK_FALSE(s.opens(member.cookie_value));
      CHECK_FALSE(s.end(member).has_value());
      CHECK_FALSE(s.renew(member).has_value());
    }
    CHECK(*s.reuses == 0);
    CHECK(s.opens(bystander.cookie_value));
    const auto own = s.end(bystander);
    REQUIRE(own.has_value());
    CHECK_FALSE(own->was_reused);
    CHECK_FALSE(s.opens(bystander.cookie_value));
    for (const std::string& text : {std::string(), std::string("x"), std::string(27, 'A')}) {
      CHECK_FALSE(must(s.sessions->end_session(text)).has_value());
    }
  }
}

/** The last cookie of a chain is no reuse, however old the chain. */
inline void ends_what_was_renewed_without_alarm(session_subject s) {
  const auto renewed = *s.renew(s.enter("user-1"));
  s.clock.advance(3'600'000);
  const auto ended = s.end(renewed);
  REQUIRE(ended.has_value());
  CHECK_FALSE(ended->was_reused);
  const auto cut = s.enter("user-1");
  must(s.sessions->revoke_user_sessions("user-1"));
  CHECK_FALSE(s.end(cut).has_value());
}

inline void lists_what_is_live(session_subject s) {
  const auto mark = must(s.sessions->begin_sign_in());
  const auto phone = must(s.sessions->create_session("user-1", {mark, "192.0.2.7", "Phone/1"}));
  s.clock.advance(1'000);
  const auto laptop = must(s.sessions->create_session("user-1", {mark, "192.0.2.8", "Laptop/2"}));
  s.clock.advance(1'000);
  const auto stranger = s.enter("user-2");
  const auto renewed = *s.renew(phone);
  for (const auto* current : {&phone.session, &renewed.session}) {
    const auto listed = must(s.sessions->list_sessions("user-1", current));
    REQUIRE(listed.size() == 2);
    CHECK(listed[0].user_agent == "Laptop/2");
    CHECK_FALSE(listed[0].last_seen_ms.has_value());
    CHECK_FALSE(listed[0].is_current);
    CHECK(listed[1].user_agent == "Phone/1");
    CHECK(listed[1].ip == "192.0.2.7");
    CHECK(listed[1].handle == must(native::session_handle(renewed.session.id)));
    CHECK(listed[1].created_at_ms == phone.session.created_at_ms);
    CHECK(listed[1].expires_at_ms == renewed.session.expires_at_ms);
    CHECK(listed[1].last_seen_ms == s.clock.now());
    CHECK(listed[1].is_current);
  }
  const auto handle_of = [](const issued_session& each) { return must(native::session_handle(each.session.id)); };
  CHECK_FALSE(must(s.sessions->revoke_listed_session("user-1", handle_of(stranger))));
  CHECK_FALSE(must(s.sessions->revoke_listed_session("user-1", handle_of(phone))));
  CHECK_FALSE(must(s.sessions->revoke_listed_session("user-1", "no handle")));
  CHECK(must(s.sessions->revoke_listed_session("user-1", handle_of(laptop))));
  CHECK_FALSE(must(s.sessions->revoke_listed_session("user-1", handle_of(laptop))));
  CHECK_FALSE(s.opens(laptop.cookie_value));
  const auto tablet = s.enter("user-1");
  const auto watch = s.enter("user-1");
  CHECK(must(s.sessions->revoke_other_sessions(renewed.session)) == 2);
  CHECK_FALSE(s.opens(tablet.cookie_value));
  CHECK_FALSE(s.opens(watch.cookie_value));
  CHECK(s.opens(renewed.cookie_value));
  CHECK(s.opens(stranger.cookie_value));
  CHECK(must(s.sessions->list_sessions("user-1")).size() == 1);
  const auto refused = s.sessions->revoke_other_sessions(watch.session);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::unauthenticated);
  s.clock.advance(86'400'000);
  CHECK(must(s.sessions->list_sessions("user-1")).empty());
}

/** What a session carries comes back, from what it was renewed into as well. */
inline void carries_metadata(session_subject s) {
  const auto create = [&s](const json_value& metadata) {
    const auto mark = must(s.sessions->begin_sign_in());
    return s.sessions->create_session("user-1", {mark, {}, {}, metadata});
  };
  const json_value metadata = *parse_json(R"({"sid":"session_01","depth":{"list":[1,null,"x"]}})");
  const auto issued = must(create(metadata));
  CHECK(issued.session.metadata == metadata);
  const auto renewed = *s.renew(issued);
  s.clock.advance(5'000);
  const auto last = *s.renew(renewed);
  for (const auto& each : {issued, renewed, last}) {
    CHECK(each.session.metadata == metadata);
    CHECK(must(s.sessions->open_session(each.cookie_value))->session.metadata == metadata);
  }
  CHECK(s.renew(issued)->session.metadata == metadata);
  CHECK(must(s.sessions->open_session(s.enter("user-1").cookie_value))->session.metadata.is_null());
  CHECK(create(json_object{{"text", std::string(session_metadata_max_bytes - 11, 'x')}}).has_value());
  for (const json_value& refused :
       {json_value(json_object{{"text", std::string(session_metadata_max_bytes - 10, 'x')}}), json_value("text"),
        json_value(json_array{})}) {
    const auto made = create(refused);
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().code == errc::session_invalid);
  }
}

inline void makes_nothing_without_randomness(session_subject s) {
  const auto issued = s.enter("user-1");
  native::set_random_source_for_testing([](std::span<std::uint8_t>) { return false; });
  const bool created = sign_in(*s.sessions, "user-1").has_value();
  const bool renewed = s.sessions->refresh_session(issued.cookie_value).has_value();
  native::set_random_source_for_testing(nullptr);
  CHECK_FALSE(created);
  CHECK_FALSE(renewed);
  CHECK(s.renew(issued).has_value());
}

/** All of them, each with a provider of its own. */
inline void keep_the_contract(const std::function<session_subject()>& make) {
  opens_until_it_ends(make());
  ends_all_of_a_user(make());
  renews_once_with_grace(make());
  ends_both_sides_of_a_renewal(make);
  ends_the_family_by_any_cookie(make);
  ends_what_was_renewed_without_alarm(make());
  lists_what_is_live(make());
  carries_metadata(make());
  makes_nothing_without_randomness(make());
}

}  // namespace latchkey::testing

#endif  // LATCHKEY_TESTS_NATIVE_SESSION_CONTRACT_H_
