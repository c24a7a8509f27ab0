// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/redis/redis_session_provider.h"
#include "native/redis_support.h"
#include "native/session_contract.h"

using namespace latchkey;
using namespace latchkey::native;
using namespace latchkey::testing;
using std::chrono::milliseconds;

namespace {

std::shared_ptr<session_store> store_of(const redis_server& server, redis_store_options options = {}) {
  return must(make_redis_revocation_store(server.client(), std::move(options)));
}

/** Two servers with one clock on one Redis. */
struct two_nodes {
  redis_server server;
  session_subject here;
  session_subject there;
  explicit two_nodes(bool is_sealed) {
    here = is_sealed ? sealed_subject(store_of(server)) : stored_subject(store_of(server));
    session_subject same;
    same.clock = here.clock;
    there = is_sealed ? sealed_subject(store_of(server), same) : stored_subject(store_of(server), same);
  }
};

/** Waits for at most a second; whether it came true. */
template <class Condition>
bool within_a_second(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + milliseconds(1'000);
  while (std::chrono::steady_clock::now() < end) {
    if (condition()) return true;
    std::this_thread::sleep_for(milliseconds(10));
  }
  return false;
}

bool is_refused(const session_subject& node, const issued_session& issued) {
  const auto opened = node.sessions->open_session(issued.cookie_value);
  return opened.has_value() && !opened->has_value();
}

}  // namespace

TEST_CASE("[SS-20] [SS-23] [SS-24] sessions in Redis keep the contract", "[redis][sessions][SS-20][SS-23][SS-24]") {
  const redis_server server;
  int deployment = 0;
  const auto next = [&] { return store_of(server, {.prefix = "d" + std::to_string(++deployment) + ":"}); };
  keep_the_contract([&] { return stored_subject(next()); });
  keep_the_contract([&] { return sealed_subject(next()); });
}

TEST_CASE("[SS-20] what ends on one server is refused on another within a second", "[redis][sessions][SS-20]") {
  for (const bool is_sealed : {true, false}) {
    two_nodes nodes(is_sealed);
    const auto first = nodes.here.enter("user-1");
    const auto second = nodes.here.enter("user-1");
    const auto third = nodes.there.enter("user-1");
    const auto fourth = nodes.here.enter("user-2");
    for (const auto* each : {&first, &second, &third, &fourth}) {
      CHECK(nodes.here.opens(each->cookie_value));
      CHECK(nodes.there.opens(each->cookie_value));
    }
    must(nodes.here.sessions->revoke_session(first.session));
    CHECK_FALSE(nodes.here.opens(first.cookie_value));
    CHECK_FALSE(nodes.there.renew(first).has_value());
    CHECK(within_a_second([&] { return is_refused(nodes.there, first); }));
    CHECK(nodes.there.opens(second.cookie_value));
    CHECK(must(nodes.there.sessions->revoke_listed_session("user-1", must(session_handle(second.session.id)))));
    CHECK(within_a_second([&] { return is_refused(nodes.here, second); }));
    must(nodes.there.sessions->revoke_user_sessions("user-1"));
    CHECK_FALSE(nodes.there.opens(third.cookie_value));
    CHECK(within_a_second([&] { return is_refused(nodes.here, third); }));
    CHECK(nodes.here.opens(fourth.cookie_value));
  }
}

TEST_CASE("[SS-24] a session that one server renewed is the same for the other", "[redis][sessions][SS-24]") {
  for (const bool is_sealed : {true, false}) {
    two_nodes nodes(is_sealed);
    const auto old = nodes.here.enter("user-1");
    CHECK(nodes.there.opens(old.cookie_value));
    const auto renewed = nodes.here.renew(old);
    REQUIRE(renewed.has_value());
    CHECK(nodes.there.renew(old)->session == renewed->session);
    CHECK(nodes.there.opens(renewed->cookie_value));
    nodes.here.clock.advance(10'000);
    CHECK(within_a_second([&] { return is_refused(nodes.there, old); }));
    CHECK_FALSE(nodes.there.renew(old).has_value());
    CHECK(*nodes.there.reuses == 1);
    CHECK(within_a_second([&] { return is_refused(nodes.here, *renewed); }));
  }
}

TEST_CASE("[SS-23] a sign-in under way on one server ends with the sessions on the other", "[redis][sessions][SS-23]") {
  two_nodes nodes(false);
  const auto mark = must(nodes.here.sessions->begin_sign_in());
  must(nodes.there.sessions->revoke_user_sessions("user-1"));
  const auto late = nodes.here.sessions->create_session("user-1", {mark, {}, {}});
  REQUIRE_FALSE(late.has_value());
  CHECK(late.error().code == errc::unauthenticated);
  CHECK(nodes.here.opens(nodes.here.enter("user-1").cookie_value));
}

TEST_CASE("[F-05] without Redis nobody is signed in, and with it somebody is again", "[redis][sessions][F-05]") {
  for (const bool is_sealed : {true, false}) {
    two_nodes nodes(is_sealed);
    const auto issued = nodes.here.enter("user-1");
    CHECK(nodes.here.opens(issued.cookie_value));
    const auto mark = must(nodes.here.sessions->begin_sign_in());
    nodes.server.kill();
    CHECK(within_a_second([&] { return !nodes.here.sessions->open_session(issued.cookie_value).has_value(); }));
    CHECK_FALSE(nodes.there.sessions->open_session(issued.cookie_value).has_value());
    CHECK_FALSE(sign_in(*nodes.here.sessions, "user-1").has_value());
    CHECK_FALSE(nodes.here.sessions->create_session("user-1", {mark, {}, {}}).has_value());
    CHECK_FALSE(nodes.here.sessions->refresh_session(issued.cookie_value).has_value());
    CHECK_FALSE(nodes.here.sessions->revoke_session(issued.session).has_value());
    CHECK_FALSE(nodes.here.sessions->revoke_user_sessions("user-1").has_value());
    CHECK_FALSE(nodes.here.sessions->list_sessions("user-1").has_value());
    CHECK_FALSE(nodes.here.sessions->revoke_other_sessions(issued.session).has_value());
    nodes.server.start();
    // It has forgotten everything: nobody is let in by what a server remembers from before, or has begun before.
    CHECK(within_a_second([&] { return is_refused(nodes.here, issued); }));
    CHECK_FALSE(nodes.here.sessions->create_session("user-1", {mark, {}, {}}).has_value());
    const auto again = nodes.here.enter("user-1");
    CHECK(nodes.here.opens(again.cookie_value));
    CHECK(nodes.there.opens(again.cookie_value));
  }
}

TEST_CASE("[F-05] a Redis that has lost its data is named once", "[redis][sessions][F-05]") {
  redis_server server;
  std::vector<std::int64_t> states;
  int losses = 0;
  redis_store_options options;
  options.on_state = [&states](std::int64_t state) { states.push_back(state); };
  options.on_state_lost = [&losses] { ++losses; };
  const auto node = stored_subject(store_of(server, options));
  CHECK_FALSE(node.opens(std::string(27, 'A')));
  CHECK(states.empty());
  const auto issued = node.enter("user-1");
  CHECK(within_a_second([&] { return node.opens(issued.cookie_value) && states.size() == 1; }));
  server.kill();
  server.start();
  CHECK(within_a_second([&] { return is_refused(node, issued) && losses == 1; }));
  const auto again = node.enter("user-1");
  CHECK(within_a_second([&] { return node.opens(again.cookie_value) && states.size() == 2; }));
  CHECK(losses == 1);
  REQUIRE(states.size() == 2);
  CHECK(states[1] > states[0]);
  // A server that began later knows by what was told before that there was more.
  int losses_before = 0;
  options.on_state_lost = [&losses_before] { ++losses_before; };
  for (const std::int64_t known : {std::int64_t{0}, states[0], states[1]}) {
    options.known_state = known;
    const auto later = stored_subject(store_of(server, options));
    CHECK(later.opens(again.cookie_value));
    CHECK(losses_before == (known == 0 ? 0 : 1));
  }
}

TEST_CASE("[NS-05] what a host is told about Redis can't break a request", "[redis][sessions][NS-05]") {
  const redis_server server;
  redis_store_options options;
  options.on_state = [](std::int64_t) { throw std::runtime_error("a full log"); };
  const auto node = stored_subject(store_of(server, options));
  CHECK(node.opens(node.enter("user-1").cookie_value));
}

TEST_CASE("[SS-12] a dump of Redis holds no id that opens a session", "[redis][sessions][SS-12]") {
  const redis_server server;
  const auto node = stored_subject(store_of(server));
  const auto first = node.enter("user-1");
  const auto second = *node.renew(first);
  const auto client = server.client();
  std::string dump;
  const auto keys = must(ask(*client, {"KEYS", "*"}));
  CHECK(keys.list().size() >= 6);
  for (const auto& key : keys.list()) {
    const std::string name(key.text());
    dump += name + "\n";
    for (const char* command : {"GET", "HGETALL", "SMEMBERS"}) {
      const auto value = ask(*client, {command, name});
      if (!value) continue;
      dump += std::string(value->text());
      for (const auto& each : value->list()) dump += std::string(each.text()) + "\n";
    }
    // Nothing that is about a session stays for ever.
    if (name != "latchkey:state" && name != "latchkey:log") CHECK(must(ask(*client, {"PTTL", name})).integer() > 0);
  }
  CHECK(dump.find(must(session_handle(first.session.id))) != std::string::npos);
  CHECK(dump.find(first.session.id) == std::string::npos);
  CHECK(dump.find(second.session.id) == std::string::npos);
  for (const char* handle_as_id : {"first", "second"}) {
    const auto& session = std::string(handle_as_id) == "first" ? first.session : second.session;
    CHECK_FALSE(node.opens(must(session_handle(session.id)).substr(0, 27)));
  }
}

TEST_CASE("[SS-25] one person's sessions in Redis are bounded, and the log of changes too",
          "[redis][sessions][SS-25]") {
  const redis_server server;
  const auto node = stored_subject(store_of(server, {.max_sessions_per_user = 16}));
  const auto stranger = node.enter("user-2");
  auto current = node.enter("user-1");
  for (int i = 0; i < 100; ++i) (void)node.enter("user-1");
  CHECK(must(node.sessions->list_sessions("user-1")).size() == 16);
  current = node.enter("user-1");
  for (int i = 0; i < 12'000; ++i) current = *node.renew(current);
  CHECK(node.opens(current.cookie_value));
  CHECK(node.opens(stranger.cookie_value));
  const auto client = server.client();
  CHECK(must(ask(*client, {"ZCARD", "latchkey:u:user-1"})).integer() == 16);
  CHECK(must(ask(*client, {"XLEN", "latchkey:log"})).integer() < 10'200);
  CHECK(must(ask(*client, {"DBSIZE"})).integer() < 40);
}

TEST_CASE("[SS-20] a server that fell behind the log of changes trusts nothing from before",
          "[redis][sessions][SS-20]") {
  two_nodes nodes(true);
  const auto issued = nodes.here.enter("user-1");
  CHECK(nodes.there.opens(issued.cookie_value));
  must(nodes.here.sessions->revoke_session(issued.session));
  const auto client = nodes.server.client();
  must(ask(*client, {"XTRIM", "latchkey:log", "MAXLEN", "0"}));
  CHECK(within_a_second([&] { return is_refused(nodes.there, issued); }));
}

TEST_CASE("[NS-05] keys of another kind in Redis deny", "[redis][sessions][NS-05]") {
  const redis_server server;
  const auto node = stored_subject(store_of(server));
  const auto client = server.client();
  must(ask(*client, {"SET", "latchkey:state", "x"}));
  CHECK_FALSE(sign_in(*node.sessions, "user-1").has_value());
  CHECK_FALSE(node.sessions->open_session(std::string(27, 'A')).has_value());
}

TEST_CASE("sessions in Redis can't be set up without a part that they need", "[redis][sessions]") {
  const auto client = must(redis_client::make({}));
  CHECK_FALSE(make_redis_revocation_store(nullptr).has_value());
  CHECK_FALSE(make_redis_revocation_store(client, {.prefix = ""}).has_value());
  CHECK_FALSE(make_redis_revocation_store(client, {.max_sessions_per_user = 15}).has_value());
  CHECK_FALSE(make_redis_session_provider(nullptr).has_value());
}
