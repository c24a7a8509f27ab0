// SPDX-License-Identifier: Apache-2.0
// GET /audit/export and GET /audit/:id.
#include "latchkey/json_mapping.h"
#include "latchkey/native/audit/memory_audit_store.h"
#include "latchkey/native/audit/sql_audit_store.h"
#include "native/http_support.h"
#include "native/support.h"

namespace latchkey::native::testing {
namespace {

using latchkey::testing::must;
using latchkey::testing::open_memory;

/** Passes on to a store until it is told to fail, or when it has shown so many events. */
class failing_reader final : public audit_reader {
 public:
  explicit failing_reader(std::shared_ptr<audit_reader> events) : events_(std::move(events)) {}
  mood how = mood::well;
  /** The visit at which it begins to fail. */
  int failing_visit = 0;
  int visits = 0;

  result<audit_page> query(const audit_filter& filter, const audit_paging& paging) override {
    if (how != mood::well) return misbehave(how);
    return events_->query(filter, paging);
  }
  result<void> visit(const audit_filter& filter, const audit_visitor& visitor, const audit_position& from) override {
    if (++visits == failing_visit) how = mood::throws;
    if (how != mood::well) return misbehave(how);
    return events_->visit(filter, visitor, from);
  }

 private:
  std::shared_ptr<audit_reader> events_;
};

audit_event event_at(int i) {
  audit_event event;
  event.actor = {
      i % 2 == 0 ? audit_actor_type::user : audit_actor_type::apikey, "u" + std::to_string(i), "=cmd@x", {}, {}};
  event.action = i % 3 == 0 ? "agents:write" : "auth.sign_in";
  event.resource = audit_resource{"agent", "a,\"" + std::to_string(i), {}};
  event.timestamp_ms = 1'000 + i;
  return event;
}

/** A server whose log has `count` events; what the server itself records goes elsewhere, so that it does not show. */
struct export_world : world {
  std::shared_ptr<memory_audit_store> store = std::make_shared<memory_audit_store>();
  std::shared_ptr<failing_reader> reader = std::make_shared<failing_reader>(store);

  explicit export_world(int count) {
    for (int i = 0; i < count; ++i) must(store->log(event_at(i)));
  }
  void begin() {
    auto with = provider();
    with.audit_events = reader;
    start(with);
  }
  [[nodiscard]] http_response ask(const std::string& query, std::string as = "owner") const {
    return get("/api/audit/export" + query, std::move(as));
  }
};

/** All parts of an answer. */
std::vector<std::string> parts_of(http_response& response) {
  std::vector<std::string> parts;
  REQUIRE(response.stream);
  for (;;) {
    auto part = must(response.stream());
    if (part.empty()) return parts;
    parts.push_back(std::move(part));
  }
}

TEST_CASE("an export has each event of the filter, newest first, in the format that was asked for", "[audit][export]") {
  export_world w(700);
  w.begin();
  const auto events = must(w.store->query({}, {1'000, 0})).events;

  const auto csv = w.ask("?format=csv");
  CHECK(csv.status == 200);
  CHECK(csv.body == to_csv(events));
  CHECK(header_of(csv, "Content-Type") == "text/csv; charset=utf-8; header=present");
  CHECK(header_of(csv, "Content-Disposition") == "attachment; filename=\"audit-2026-11-21.csv\"");
  CHECK(header_of(csv, "Cache-Control") == "no-store");

  const auto lines = w.ask("?format=ndjson");
  std::string expected;
  for (const auto& event : events) expected += to_ndjson_line(event);
  CHECK(lines.body == expected);
  CHECK(header_of(lines, "Content-Type") == "application/x-ndjson; charset=utf-8");

  for (const char* query : {"", "?format=", "?format=json"}) {
    const auto json = w.ask(query);
    CHECK(header_of(json, "Content-Type") == "application/json; charset=utf-8");
    CHECK(header_of(json, "Content-Disposition") == "attachment; filename=\"audit-2026-11-21.json\"");
    const auto document = must(parse_json(json.body));
    REQUIRE(document.as_array()->size() == 700);
    CHECK(must(to_audit_event(document.as_array()->front())) == events.front());
    CHECK(must(to_audit_event(document.as_array()->back())) == events.back());
  }
}

TEST_CASE("an export obeys the filters of the list", "[audit][export]") {
  export_world w(60);
  w.begin();
  const auto count = [&w](const std::string& query) { return body_of(w.ask(query)).as_array()->size(); };
  CHECK(count("?action=agents:*") == 20);
  CHECK(count("?actorType=apikey") == 30);
  CHECK(count("?actorId=u7&resourceType=agent") == 1);
  CHECK(count("?outcome=denied") == 0);
  CHECK(count("?startDate=1970-01-01T00:00:01.010Z&endDate=1970-01-01T00:00:01.019Z") == 10);
  CHECK(w.ask("?outcome=denied&format=csv").body == audit_csv_header);
  CHECK(w.ask("?outcome=denied&format=ndjson").body.empty());
}

TEST_CASE("[AU-14] what an export does not know is refused, never passed over", "[audit][export][AU-14]") {
  export_world w(1);
  w.begin();
  for (const auto& [query, field] :
       std::vector<std::pair<std::string, std::string>>{{"?format=xml", "format"},
                                                        {"?format=CSV", "format"},
                                                        {"?limit=5", "limit"},
                                                        {"?offset=5", "offset"},
                                                        {"?actorID=u1", "actorID"},
                                                        {"?outcome=yes", "outcome"},
                                                        {"?format=csv&format=csv", "query"}}) {
    INFO(query);
    const auto refused = w.ask(query);
    CHECK(refused.status == 400);
    CHECK(*body_of(refused).find("issues")->as_array()->front().find_string("field") == field);
  }
  CHECK(w.audit->count("audit.export", audit_outcome::success) == 0);
  CHECK(w.get("/api/audit?format=csv", "owner").status == 400);
}

TEST_CASE("[AU-07] an export is on record with its filter before its first byte, or does not happen",
          "[audit][export]") {
  export_world w(5);
  w.config.streams_bodies = true;
  w.begin();
  auto answer = w.ask("?format=csv&action=auth.*&endDate=2026-01-01");
  REQUIRE(w.audit->events.size() == 1);
  const auto& event = w.audit->events.front();
  CHECK(event.action == "audit.export");
  CHECK(event.actor.id == "u-owner");
  CHECK(to_json_text(event.metadata) == R"({"format":"csv","action":"auth.*","endDate":"2026-01-01"})");
  CHECK(parts_of(answer).size() == 1);

  w.audit->how = mood::fails;
  const auto refused = w.ask("?format=csv");
  CHECK(refused.status == 503);
  CHECK_FALSE(refused.stream);
  CHECK(*body_of(refused).find_string("code") == "ERR_LATCHKEY_UNAVAILABLE");
}

TEST_CASE("[AU-07] the export is for who may read the log", "[audit][export]") {
  export_world w(5);
  w.begin();
  CHECK(w.ask("", "").status == 401);
  for (const char* role : {"viewer", "member", "developer", "admin"}) CHECK(w.ask("", role).status == 403);
  CHECK(w.audit->count("audit:read", audit_outcome::denied) == 5);
}

TEST_CASE("a host that streams gets an export in parts of bounded size, one that does not gets it whole",
          "[audit][export]") {
  export_world w(2'000);
  w.begin();
  const std::string whole = w.ask("?format=ndjson").body;
  w.config.streams_bodies = true;
  w.begin();
  auto answer = w.ask("?format=ndjson");
  CHECK(answer.body.empty());
  CHECK_FALSE(answer.has_header("Content-Length"));
  const auto parts = parts_of(answer);
  CHECK(parts.size() >= 8);
  std::string joined;
  for (const auto& part : parts) {
    CHECK(part.size() < 80'000);
    joined += part;
  }
  CHECK(joined == whole);
  CHECK(must(answer.stream()).empty());
}

TEST_CASE("events that come while an export is taken do not come into it", "[audit][export]") {
  export_world w(600);
  w.config.streams_bodies = true;
  w.begin();
  auto answer = w.ask("?format=ndjson");
  auto newer = event_at(9);
  newer.timestamp_ms = 5'000'000;
  std::int64_t lines = 0;
  for (const auto& part : parts_of(answer)) {
    lines += std::count(part.begin(), part.end(), '\n');
    must(w.store->log(newer));
  }
  CHECK(lines == 600);
}

TEST_CASE("[HT-10] a store that fails is told by the status, or breaks the document off", "[audit][export]") {
  export_world w(600);
  w.reader->how = mood::throws;
  w.begin();
  CHECK(w.ask("").status == 503);
  CHECK(w.audit->count("audit.export", audit_outcome::success) == 0);

  w.reader->how = mood::well;
  w.reader->failing_visit = w.reader->visits + 2;
  const auto whole = w.ask("");
  CHECK(whole.status == 503);
  CHECK(whole.body.find("SELECT") == std::string::npos);

  w.config.streams_bodies = true;
  w.begin();
  w.reader->how = mood::well;
  w.reader->failing_visit = w.reader->visits + 2;
  w.reports.clear();
  auto answer = w.ask("");
  CHECK(answer.status == 200);
  CHECK_FALSE(must(answer.stream()).empty());
  CHECK_FALSE(answer.stream().has_value());
  CHECK(w.reports.size() == 1);
}

TEST_CASE("[HT-09] HEAD of an export has no body and no length", "[audit][export][HT-09]") {
  for (const bool streams : {true, false}) {
    export_world w(600);
    w.config.streams_bodies = streams;
    w.begin();
    auto answer = w.send(world::request("HEAD", "/api/audit/export", "owner"));
    CHECK(answer.status == 200);
    CHECK(answer.body.empty());
    CHECK(static_cast<bool>(answer.stream) == streams);
    CHECK(answer.has_header("Content-Length") != streams);
    if (streams) CHECK(must(answer.stream()).empty());
  }
}

TEST_CASE("[AU-07] a single event is shown to who may read the log, and looking at it is recorded", "[audit]") {
  export_world w(40);
  w.begin();
  const auto event = must(w.store->query({}, {1, 7})).events.front();
  const auto shown = w.get("/api/audit/" + event.id, "owner");
  CHECK(shown.status == 200);
  CHECK(shown.body == to_json_text(to_json(event)));
  REQUIRE(w.audit->count("audit.read", audit_outcome::success) == 1);
  CHECK(w.audit->events.back().resource->id == event.id);
  const auto missing = w.get("/api/audit/018f0000-0000-7000-8000-000000000000", "owner");
  CHECK(missing.status == 404);
  CHECK(plain_body(missing) == R"({"error":"Audit event not found","code":"ERR_LATCHKEY_NOT_FOUND"})");
  CHECK(w.get("/api/audit/" + event.id, "admin").status == 403);
  CHECK(w.get("/api/audit/" + event.id).status == 401);
  w.audit->how = mood::fails;
  // `audit.read` need not be on record before the answer.
  CHECK(w.get("/api/audit/" + event.id, "owner").status == 200);
  w.reader->how = mood::fails;
  CHECK(w.get("/api/audit/" + event.id, "owner").status == 503);
}

TEST_CASE("without a store of events the audit routes say that there is none, to who may ask", "[audit]") {
  world w;
  auto provider = w.provider();
  provider.audit_events.reset();
  w.start(provider);
  for (const char* path : {"/api/audit", "/api/audit/export", "/api/audit/x1"}) {
    INFO(path);
    const auto answer = w.get(path, "owner");
    CHECK(answer.status == 503);
    CHECK(plain_body(answer) == R"({"error":"Audit log not configured","code":"ERR_LATCHKEY_NO_AUDIT_STORE"})");
    CHECK(w.get(path, "viewer").status == 403);
    CHECK(w.get(path).status == 401);
  }
}

}  // namespace
}  // namespace latchkey::native::testing
