// SPDX-License-Identifier: Apache-2.0
// What every store of audit events answers alike: the one in memory, the one in a database, and a host's own that knows
// pages alone.
#include <functional>

#include "latchkey/native/audit/memory_audit_store.h"
#include "latchkey/native/audit/queued_audit_logger.h"
#include "latchkey/native/audit/sql_audit_store.h"
#include "support.h"

using namespace latchkey;
using namespace latchkey::native;
using namespace latchkey::testing;

namespace {

/** A reader that a host wrote before there was more than `query`. */
class pages_alone final : public audit_reader {
 public:
  explicit pages_alone(std::shared_ptr<audit_reader> events) : events_(std::move(events)) {}
  bool has_numbers = true;
  result<audit_page> query(const audit_filter& filter, const audit_paging& paging) override {
    auto page = events_->query(filter, paging);
    if (page && !has_numbers) {
      for (auto& event : page->events) event.sequence = 0;
    }
    return page;
  }

 private:
  std::shared_ptr<audit_reader> events_;
};

struct store {
  std::string name;
  std::shared_ptr<audit_logger> logger;
  std::shared_ptr<audit_reader> reader;
};

std::vector<store> make_stores(const manual_clock& clock) {
  const auto in_memory = [&clock] {
    memory_audit_options options;
    options.clock = clock.function();
    return std::make_shared<memory_audit_store>(options);
  };
  const auto sql = must(sql_audit_store::open(open_memory(), clock.function()));
  const auto memory = in_memory();
  const auto paged = in_memory();
  const auto queued = in_memory();
  const auto queue = std::make_shared<queued_audit_logger>(queued);
  return {{"sql", sql, sql},
          {"memory", memory, memory},
          {"pages alone", paged, std::make_shared<pages_alone>(paged)},
          {"behind a queue", queued, read_behind_queue(queued, queue)}};
}

/** Different in everything that a filter asks for, and often at the same time as its neighbours. */
audit_event make_event(int i) {
  constexpr const char* actions[] = {"auth.sign_in", "auth.sign_out", "agents:read", "agents:write", "AUTH.x", "%"};
  constexpr audit_outcome outcomes[] = {audit_outcome::success, audit_outcome::failure, audit_outcome::denied};
  constexpr audit_actor_type types[] = {audit_actor_type::user, audit_actor_type::system, audit_actor_type::apikey};
  const auto at = [i](const auto& list, int step) {
    return list[static_cast<std::size_t>(i / step) % std::size(list)];
  };
  audit_event event;
  event.actor = {at(types, 5), "u" + std::to_string(i % 4), {}, {}, {}};
  event.action = at(actions, 1);
  event.outcome = at(outcomes, 2);
  if (i % 3 != 0) event.resource = audit_resource{i % 2 == 0 ? "agent" : "workflow", std::to_string(i % 7), {}};
  // Not in the order in which they come.
  event.timestamp_ms = 1'000 + (i * 37) % 50;
  return event;
}

void fill(const store& each, int count) {
  std::vector<audit_event> events;
  for (int i = 0; i < count; ++i) events.push_back(make_event(i));
  for (const auto& answer : each.logger->log_all(events)) must(answer);
}

std::vector<audit_filter> make_filters() {
  std::vector<audit_filter> filters(1);
  const auto add = [&filters](auto set) { set(filters.emplace_back()); };
  add([](auto& f) { f.actor_id = "u1"; });
  add([](auto& f) { f.actor_type = audit_actor_type::apikey; });
  add([](auto& f) { f.outcome = audit_outcome::denied; });
  for (const char* pattern : {"auth.*", "agents:read", "*", "%*", "A*", "none"}) {
    add([pattern](auto& f) { f.action = parse_action_pattern(pattern); });
  }
  add([](auto& f) { f.resource_type = "agent"; });
  add([](auto& f) { f.resource_id = "3"; });
  add([](auto& f) {
    f.start_ms = 1'010;
    f.end_ms = 1'030;
  });
  add([](auto& f) {
    f.actor_id = "u2";
    f.action = parse_action_pattern("agents:*");
    f.end_ms = 1'040;
  });
  return filters;
}

std::vector<std::int64_t> numbers_of(const std::vector<audit_event>& events) {
  std::vector<std::int64_t> numbers;
  for (const auto& event : events) numbers.push_back(event.sequence);
  return numbers;
}

std::vector<audit_event> visit_all(audit_reader& reader, const audit_filter& filter, const audit_position& from = {}) {
  std::vector<audit_event> seen;
  must(reader.visit(
      filter,
      [&seen](const audit_event& event) {
        seen.push_back(event);
        return true;
      },
      from));
  return seen;
}

/** The events that a filter lets through, in their order: written again from the page about it. */
std::vector<audit_event> expected_of(const std::vector<audit_event>& all, const audit_filter& filter) {
  std::vector<audit_event> wanted;
  for (const auto& event : all) {
    if (matches(event, filter)) wanted.push_back(event);
  }
  std::stable_sort(wanted.begin(), wanted.end(), [](const auto& left, const auto& right) {
    return std::pair(left.timestamp_ms, left.sequence) > std::pair(right.timestamp_ms, right.sequence);
  });
  return wanted;
}

}  // namespace

TEST_CASE("[AU-14] all audit stores agree on filters, order, pages and totals", "[audit][contract]") {
  const manual_clock clock;
  for (const store& each : make_stores(clock)) {
    INFO(each.name);
    fill(each, 700);
    const auto all = visit_all(*each.reader, {});
    REQUIRE(all.size() == 700);
    for (const audit_filter& filter : make_filters()) {
      const auto wanted = expected_of(all, filter);
      CHECK(visit_all(*each.reader, filter) == wanted);
      CHECK(must(each.reader->count(filter)) == static_cast<std::int64_t>(wanted.size()));
      for (const std::int64_t offset : {0, 3, 650}) {
        const auto page = must(each.reader->query(filter, {20, offset}));
        CHECK(page.total == static_cast<std::int64_t>(wanted.size()));
        const auto first = wanted.begin() + std::min<std::ptrdiff_t>(offset, std::ssize(wanted));
        CHECK(page.events == std::vector(first, first + std::min<std::ptrdiff_t>(20, wanted.end() - first)));
      }
      if (wanted.size() < 10) continue;
      const audit_position behind{wanted[8].timestamp_ms, wanted[8].sequence};
      CHECK(visit_all(*each.reader, filter, behind) == std::vector(wanted.begin() + 9, wanted.end()));
    }
  }
}

TEST_CASE("all audit stores find an event by its id", "[audit][contract]") {
  const manual_clock clock;
  for (const store& each : make_stores(clock)) {
    INFO(each.name);
    fill(each, 30);
    for (const auto& event : must(each.reader->query({})).events) {
      CHECK(must(each.reader->find_event(event.id)) == event);
    }
    CHECK_FALSE(must(each.reader->find_event("none")).has_value());
    CHECK_FALSE(must(each.reader->find_event("")).has_value());
  }
}

TEST_CASE("a visit gives each of many events of one millisecond once, and ends when it is told to",
          "[audit][contract]") {
  const manual_clock clock;
  constexpr int count = 2'600;
  for (const store& each : make_stores(clock)) {
    INFO(each.name);
    std::vector<audit_event> events;
    for (int i = 0; i < count; ++i) {
      events.push_back(make_event(i));
      events.back().timestamp_ms = i < 100 ? 500 : i < count - 100 ? 1'000 : 1'500;
    }
    for (const auto& answer : each.logger->log_all(events)) must(answer);
    const auto numbers = numbers_of(visit_all(*each.reader, {}));
    REQUIRE(numbers.size() == count);
    for (int i = 0; i < count; ++i) CHECK(numbers[static_cast<std::size_t>(i)] == count - i);
    int seen = 0;
    must(each.reader->visit({}, [&seen](const audit_event&) { return ++seen < 300; }));
    CHECK(seen == 300);
  }
}

TEST_CASE("who visits may log meanwhile, and what is logged does not come", "[audit][contract]") {
  for (const store& each : make_stores(manual_clock(2'000'000'000'000))) {
    INFO(each.name);
    fill(each, 600);
    int seen = 0;
    must(each.reader->visit({}, [&](const audit_event& event) {
      CHECK(event.action != "audit.read");
      audit_event newer;
      newer.action = "audit.read";
      if (++seen % 100 == 0) must(each.logger->log(newer));
      return true;
    }));
    CHECK(seen == 600);
    CHECK(must(each.reader->count({})) == 606);
  }
}

TEST_CASE("[AU-01] all audit stores number events, name and date them, and refuse what they can't give back",
          "[audit][contract]") {
  const manual_clock clock;
  for (const store& each : make_stores(clock)) {
    INFO(each.name);
    audit_event event;
    event.action = "system.start";
    must(each.logger->log(event));
    event.id = "own";
    event.timestamp_ms = 5;
    event.metadata = json_object{{"k", "v"}};
    must(each.logger->log(event));
    const auto again = each.logger->log(event);
    REQUIRE_FALSE(again.has_value());
    CHECK(again.error().code == errc::store_failed);
    event.id = "other";
    event.metadata = json_object{{"ms", json_number::from_text("1.5").value()}};
    CHECK(each.logger->log(event).error().code == errc::json_shape);
    const auto page = must(each.reader->query({}));
    REQUIRE(page.events.size() == 2);
    CHECK(page.events[0].timestamp_ms == clock.now());
    CHECK(page.events[0].id.size() == 36);
    CHECK(numbers_of(page.events) == std::vector<std::int64_t>{1, 2});
    CHECK(page.events[1].metadata == json_value(json_object{{"k", "v"}}));
  }
}

TEST_CASE("a visit of a host's store whose events have no numbers fails, rather than leaving some out", "[audit]") {
  const auto memory = std::make_shared<memory_audit_store>();
  must(memory->log(make_event(1)));
  pages_alone reader(memory);
  reader.has_numbers = false;
  CHECK(reader.visit({}, [](const audit_event&) { return true; }).error().code == errc::store_failed);
  CHECK(reader.find_event("x").error().code == errc::store_failed);
}

TEST_CASE("the store in memory has an end, at which the oldest event goes", "[audit]") {
  memory_audit_options options;
  options.capacity = 10;
  memory_audit_store store(options);
  for (int i = 0; i < 25; ++i) {
    auto event = make_event(i);
    event.id = "e" + std::to_string(i);
    event.timestamp_ms = i + 1;
    must(store.log(event));
  }
  CHECK(must(store.query({})).total == 10);
  CHECK(store.dropped() == 15);
  CHECK(must(store.query({})).events.back().sequence == 16);
  CHECK_FALSE(must(store.find_event("e14")).has_value());
  CHECK(must(store.find_event("e15")).has_value());
  // An id that is gone may come again.
  auto event = make_event(1);
  event.id = "e0";
  must(store.log(event));
}

TEST_CASE("several threads may use the store in memory at once", "[audit]") {
  memory_audit_store store;
  run_together(4, [&](int thread) {
    for (int i = 0; i < 50; ++i) {
      auto event = make_event(i);
      event.id = std::to_string(thread) + "-" + std::to_string(i);
      static_cast<void>(store.log(event));
      static_cast<void>(store.query({}, {10, 0}));
    }
  });
  CHECK(must(store.count({})) == 200);
  CHECK(must(store.query({})).events.size() == 100);
}
