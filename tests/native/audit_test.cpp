// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <sstream>

#include "latchkey/json_mapping.h"
#include "latchkey/native/audit/composite_audit_logger.h"
#include "latchkey/native/audit/console_audit_logger.h"
#include "latchkey/native/audit/event_id.h"
#include "latchkey/native/audit/sql_audit_store.h"
#include "support.h"

using namespace latchkey;
using namespace latchkey::native;
using namespace latchkey::testing;

namespace {

audit_event make_event(std::string action, audit_outcome outcome = audit_outcome::success) {
  audit_event event;
  event.actor = {audit_actor_type::user, "u1", "ada@example.com", "192.0.2.1", "curl/8"};
  event.action = std::move(action);
  event.resource = audit_resource{"agent", "a1", "Agent"};
  event.outcome = outcome;
  event.metadata = json_object{{"k", "v"}};
  event.duration_ms = 12;
  event.request_id = "r1";
  return event;
}

std::vector<std::string> actions_of(const audit_page& page) {
  std::vector<std::string> actions;
  for (const auto& event : page.events) actions.push_back(event.action);
  return actions;
}

}  // namespace

TEST_CASE("the console logger sends successes to one stream, the rest to the other, and filters") {
  std::ostringstream out;
  std::ostringstream err;
  console_audit_options options;
  options.clock = manual_clock().function();
  options.action_patterns = {{"auth.", true}, {"agents:read", false}};
  console_audit_logger logger(options, out, err);
  must(logger.log(make_event("auth.login")));
  must(logger.log(make_event("auth.login", audit_outcome::failure)));
  must(logger.log(make_event("agents:read", audit_outcome::denied)));
  must(logger.log(make_event("agents:read:x")));
  const std::string lines = out.str() + err.str();
  CHECK(std::count(lines.begin(), lines.end(), '\n') == 3);
  CHECK(out.str().find("\u2713") != std::string::npos);
  CHECK(err.str().find("\u2717") != std::string::npos);
  CHECK(err.str().find("\u2298") != std::string::npos);
  options.is_json = true;
  options.action_patterns.clear();
  options.outcomes = {audit_outcome::denied};
  std::ostringstream json;
  console_audit_logger json_logger(options, json, json);
  must(json_logger.log(make_event("auth.login")));
  must(json_logger.log(make_event("auth.login", audit_outcome::denied)));
  const auto parsed = must(parse_json(json.str().substr(0, json.str().size() - 1)));
  CHECK(*parsed.find_string("outcome") == "denied");
  json.setstate(std::ios::badbit);
  CHECK_FALSE(json_logger.log(make_event("x", audit_outcome::denied)).has_value());
}

TEST_CASE("[AU-01] alone, the console logger gives an event its id and its time, and leaves those that it has") {
  const manual_clock clock;
  console_audit_options options;
  options.clock = clock.function();
  options.is_json = true;
  std::ostringstream out;
  console_audit_logger logger(options, out, out);
  must(logger.log(make_event("auth.login")));
  auto event = make_event("auth.login");
  event.id = "own";
  event.timestamp_ms = 1;
  must(logger.log(event));
  const std::string lines = out.str();
  const auto end = lines.find('\n');
  const auto first = must(parse_json(lines.substr(0, end)));
  CHECK(first.find_string("id")->size() == 36);
  CHECK(*first.find_string("timestamp") == to_iso_time(clock.now()));
  const auto second = must(parse_json(lines.substr(end + 1, lines.size() - end - 2)));
  CHECK(*second.find_string("id") == "own");
  CHECK(*second.find_string("timestamp") == "1970-01-01T00:00:00.001Z");
}

TEST_CASE("event ids are UUIDs of version 7 that sort by time") {
  std::set<std::string> seen;
  for (int i = 0; i < 1'000; ++i) seen.insert(must(make_event_id(1'800'000'000'000)));
  CHECK(seen.size() == 1'000);
  const std::string& id = *seen.begin();
  CHECK(id.size() == 36);
  CHECK(id.substr(0, 15) == "01a3185c-5000-7");
  CHECK(std::string("89ab").find(id[19]) != std::string::npos);
  CHECK(must(make_event_id(1'800'000'000'001)) > *seen.rbegin());
}

TEST_CASE("[AU-01] an event comes back from the store as it went in, with id, time and number") {
  manual_clock clock;
  const auto log = must(sql_audit_store::open(open_memory(), clock.function()));
  const audit_event event = make_event("agents:create");
  must(log->log(event));
  audit_event bare;
  bare.action = "system.start";
  must(log->log(bare));
  const auto page = must(log->query({}));
  REQUIRE(page.events.size() == 2);
  CHECK(page.total == 2);
  const audit_event& read = page.events[1];
  CHECK(read.id.size() == 36);
  CHECK(read.timestamp_ms == clock.now());
  CHECK(read.sequence == 1);
  CHECK(to_json_text(to_json(read))
            .find(R"("actor":{"type":"user","id":"u1","email":"ada@example.com","ip":"192.0.2.1",)"
                  R"("userAgent":"curl/8"},"action":"agents:create","resource":{"type":"agent",)"
                  R"("id":"a1","name":"Agent"},"outcome":"success","metadata":{"k":"v"},)"
                  R"("duration":12,"requestId":"r1"})") != std::string::npos);
  CHECK_FALSE(page.events[0].resource.has_value());
  CHECK(must(log->find_event(read.id))->action == "agents:create");
  CHECK_FALSE(must(log->find_event("unknown")).has_value());
}

TEST_CASE("the store gives back the whole event, or refuses it") {
  const auto log = must(sql_audit_store::open(open_memory()));
  audit_event event = make_event("agents:create");
  event.id = "e-1";
  event.timestamp_ms = 1'795'264'189'000;
  event.session_hash = "5f2a";
  must(log->log(event));
  event.sequence = 1;
  CHECK(must(log->query({})).events.front() == event);
  event.id = "e-2";
  event.metadata = json_object{{"a", 1}, {"a", 2}};
  CHECK(log->log(event).error().code == errc::json_shape);
  event.metadata = json_object{{"ms", json_number::from_text("1.5").value()}};
  CHECK(log->log(event).error().field == "metadata");
  CHECK(must(log->query({})).total == 1);
}

TEST_CASE("[AU-10] a damaged row is named and never guessed at") {
  for (const char* damage : {"outcome = 'great'", R"("actorType" = 'robot')", "metadata = '{'"}) {
    const auto store = open_memory();
    const auto log = must(sql_audit_store::open(store));
    must(log->log(make_event("a")));
    must(log->log(make_event("b")));
    must(store->execute("DROP TRIGGER latchkey_audit_no_update"));
    must(store->execute("UPDATE latchkey_audit SET " + std::string(damage) + " WHERE seq = 1"));
    INFO(damage);
    const auto page = log->query({});
    REQUIRE_FALSE(page.has_value());
    CHECK(page.error().code == errc::store_failed);
    CHECK(page.error().message.find("number 1 ") != std::string::npos);
    CHECK_FALSE(log->visit({}, [](const audit_event&) { return true; }).has_value());
  }
}

TEST_CASE("[AU-09] the store refuses changes and deletions") {
  const auto store = open_memory();
  const auto log = must(sql_audit_store::open(store));
  must(log->log(make_event("a")));
  CHECK_FALSE(store->execute("UPDATE latchkey_audit SET action = 'b'").has_value());
  CHECK_FALSE(store->execute("DELETE FROM latchkey_audit").has_value());
  CHECK_FALSE(store->execute("DELETE FROM latchkey_audit WHERE seq = 1").has_value());
  CHECK(must(log->query({})).events.front().action == "a");
}

TEST_CASE("[AU-14] filters take an action exactly or by its beginning, and nothing in it is a metacharacter") {
  const auto log = must(sql_audit_store::open(open_memory()));
  for (const char* action : {"agents:read", "agents:write", "AGENTS:read", "agents", "agentsx:read", "100%:done",
                             "100x:done", "a_b", "axb", "a\\b", "a*b", "a*bc"}) {
    must(log->log(make_event(action)));
  }
  const auto matching = [&](const std::string& pattern) {
    audit_filter filter;
    filter.action = parse_action_pattern(pattern).value();
    const auto page = must(log->query(filter, {1'000, 0}));
    CHECK(page.total == static_cast<std::int64_t>(page.events.size()));
    return actions_of(page);
  };
  using list = std::vector<std::string>;
  CHECK(matching("agents:*") == list{"agents:write", "agents:read"});
  CHECK(matching("agents:read") == list{"agents:read"});
  CHECK(matching("100%*") == list{"100%:done"});
  CHECK(matching("a_*") == list{"a_b"});
  CHECK(matching("a\\*") == list{"a\\b"});
  CHECK(matching("*").size() == 12);
  CHECK(matching("%").empty());
  CHECK(matching("x' OR 1=1 --").empty());
}

TEST_CASE("filters combine, and pages are newest first with a limit") {
  manual_clock clock(1'000);
  const auto log = must(sql_audit_store::open(open_memory(), clock.function()));
  for (int i = 0; i < 50; ++i) {
    auto event = make_event("a:" + std::to_string(i), i % 2 == 0 ? audit_outcome::success : audit_outcome::denied);
    event.actor.id = i % 5 == 0 ? "five" : "other";
    event.actor.type = i % 5 == 0 ? audit_actor_type::apikey : audit_actor_type::user;
    event.resource->id = std::to_string(i % 3);
    must(log->log(event));
    clock.advance(i % 2);
  }
  audit_filter filter;
  auto page = must(log->query(filter, {10, 5}));
  CHECK(page.total == 50);
  REQUIRE(page.events.size() == 10);
  for (std::size_t i = 0; i < 10; ++i) CHECK(page.events[i].sequence == static_cast<std::int64_t>(45 - i));
  filter = {};
  filter.actor_id = "five";
  filter.actor_type = audit_actor_type::apikey;
  filter.outcome = audit_outcome::denied;
  filter.resource_type = "agent";
  filter.resource_id = "0";
  CHECK(actions_of(must(log->query(filter))) == std::vector<std::string>{"a:45", "a:15"});
  filter = {};
  filter.start_ms = 1'010;
  filter.end_ms = 1'011;
  CHECK(must(log->query(filter)).total == 4);
  filter = {};
  CHECK(must(log->query(filter, {0, 0})).events.size() == 1);
  CHECK(must(log->query(filter, {1'000'000, -5})).events.size() == 50);
  int visited = 0;
  must(log->visit(filter, [&](const audit_event&) { return ++visited < 7; }));
  CHECK(visited == 7);
}

TEST_CASE("[AU-14] the store and the core agree on what a filter lets through") {
  manual_clock clock(1'000);
  const auto log = must(sql_audit_store::open(open_memory(), clock.function()));
  for (const char* action : {"auth.login", "auth.", "auth", "AUTH.login", "agents:read", "\u00e9:x", "%", "_"}) {
    for (const auto outcome : {audit_outcome::success, audit_outcome::denied}) {
      auto event = make_event(action, outcome);
      if (outcome == audit_outcome::denied) event.resource.reset();
      must(log->log(event));
      clock.advance(1);
    }
  }
  const auto all = must(log->query({}, {1'000, 0})).events;
  for (const char* pattern : {"", "*", "auth.*", "auth.login", "a*", "\u00e9*", "%*", "_", "none*"}) {
    for (const char* type : {"", "agent", "workflow"}) {
      for (const std::int64_t start : {0, 1'005, 2'000}) {
        audit_filter filter;
        filter.action = parse_action_pattern(pattern);
        filter.resource_type = type;
        if (start != 0) filter.start_ms = start;
        std::vector<std::string> wanted;
        for (const audit_event& event : all) {
          if (matches(event, filter)) wanted.push_back(event.action);
        }
        INFO(pattern << " " << type << " " << start);
        CHECK(actions_of(must(log->query(filter, {1'000, 0}))) == wanted);
      }
    }
  }
}

TEST_CASE("[AU-12] concurrent writers of two processes leave no gap and no duplicate in the numbers") {
  const temporary_folder folder;
  const std::array<std::shared_ptr<sql_audit_store>, 2> nodes{
      must(sql_audit_store::open(open_file(folder.file("db")))),
      must(sql_audit_store::open(open_file(folder.file("db"))))};
  std::atomic<int> failures{0};
  run_together(16, [&](int i) {
    for (int n = 0; n < 20; ++n) {
      if (!nodes[static_cast<std::size_t>(i % 2)]->log(make_event("w" + std::to_string(i)))) ++failures;
    }
  });
  CHECK(failures == 0);
  const auto page = must(nodes[0]->query({}, {1'000, 0}));
  REQUIRE(page.total == 320);
  std::set<std::int64_t> numbers;
  std::set<std::string> ids;
  for (const auto& event : page.events) {
    numbers.insert(event.sequence);
    ids.insert(event.id);
  }
  CHECK(numbers.size() == 320);
  CHECK(*numbers.begin() == 1);
  CHECK(*numbers.rbegin() == 320);
  CHECK(ids.size() == 320);
}

TEST_CASE("one event that the store refuses does not take others with it") {
  const auto log = must(sql_audit_store::open(open_memory()));
  auto event = make_event("a");
  event.id = "same";
  must(log->log(event));
  std::atomic<int> stored{0};
  run_together(8, [&](int i) {
    auto mine = make_event("b");
    mine.id = i % 2 == 0 ? "same" : "own-" + std::to_string(i);
    if (log->log(mine)) ++stored;
  });
  CHECK(stored == 4);
  CHECK(must(log->query({})).total == 5);
}

TEST_CASE("[AU-11] a store that fails is an error to whoever logs") {
  const auto store = std::make_shared<failing_database>(open_memory());
  const auto log = must(sql_audit_store::open(store));
  store->fails = true;
  CHECK_FALSE(log->log(make_event("a")).has_value());
  CHECK_FALSE(log->query({}).has_value());
  store->fails = false;
  must(log->log(make_event("b")));
  CHECK(must(log->query({})).events.front().sequence == 1);
}

TEST_CASE("naughty strings survive the audit store") {
  const auto log = must(sql_audit_store::open(open_memory()));
  const auto strings = naughty_strings();
  for (const std::string& text : strings) {
    auto event = make_event(text);
    event.actor = {audit_actor_type::user, text, text, text, text};
    event.resource = audit_resource{text, text, text};
    event.metadata = json_object{{text, text}};
    must(log->log(event));
  }
  std::size_t next = strings.size();
  must(log->visit({}, [&](const audit_event& event) {
    const std::string& text = strings[--next];
    CHECK(event.action == text);
    CHECK(event.actor.user_agent == text);
    CHECK(event.resource->name == text);
    CHECK(event.metadata == json_value(json_object{{text, text}}));
    return true;
  }));
  CHECK(next == 0);
}

TEST_CASE("a composite gives every logger the same event and reports the first failure") {
  struct throwing final : audit_logger {
    result<void> log(const audit_event&) override { throw std::runtime_error("x"); }
  };
  manual_clock clock;
  const auto first = must(sql_audit_store::open(open_memory()));
  const auto second = must(sql_audit_store::open(open_memory()));
  composite_audit_logger both({first, second}, {}, clock.function());
  must(both.log(make_event("a")));
  const auto a = must(first->query({})).events.front();
  const auto b = must(second->query({})).events.front();
  CHECK(a.id == b.id);
  CHECK(a.timestamp_ms == clock.now());
  CHECK(b.timestamp_ms == clock.now());
  composite_audit_logger broken({std::make_shared<throwing>(), first}, {}, clock.function());
  CHECK(broken.log(make_event("b")).error().code == errc::unavailable);
  CHECK(must(first->query({})).total == 2);
  // A console whose reader has gone must not keep anybody from signing in.
  composite_audit_logger watched({first}, {std::make_shared<throwing>(), second}, clock.function());
  must(watched.log(make_event("c")));
  CHECK(must(first->query({})).total == 3);
  CHECK(must(second->query({})).total == 2);
  // What no record has may come again, and is not to be seen twice.
  composite_audit_logger unavailable({std::make_shared<throwing>()}, {second}, clock.function());
  CHECK_FALSE(unavailable.log(make_event("d")).has_value());
  CHECK(must(second->query({})).total == 2);
}
