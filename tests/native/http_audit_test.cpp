// SPDX-License-Identifier: Apache-2.0
#include "native/http_support.h"

namespace latchkey::native::testing {
namespace {

TEST_CASE("[AU-07] the audit log is read by who may, and reading it is recorded") {
  world w;
  w.start();
  for (const char* role : {"viewer", "member", "developer", "admin"}) CHECK(w.get("/api/audit", role).status == 403);
  w.audit->events.clear();
  REQUIRE(w.post("/api/auth/login", sign_in_body).status == 200);
  const auto body = body_of(w.get("/api/audit", "owner"));
  CHECK(*body.find("total")->as_integer() == 1);
  CHECK(*body.find("limit")->as_integer() == 100);
  CHECK(*body.find("offset")->as_integer() == 0);
  const auto& event = body.find("events")->as_array()->front();
  CHECK(*event.find_string("action") == "auth.sign_in");
  CHECK(*event.find_string("outcome") == "success");
  CHECK(*event.find("actor")->find_string("type") == "user");
  CHECK(*event.find("actor")->find_string("email") == "member@example.com");
  CHECK(*event.find("actor")->find_string("ip") == "192.0.2.7");
  CHECK(w.audit->count("audit.read", audit_outcome::success) == 1);
  CHECK(w.audit->events.back().session_hash.size() == 43);
}

TEST_CASE("the audit filters are read as documented") {
  world w;
  w.start();
  const auto response = w.get(
      "/api/audit?actorId=u-1&actorType=user&action=auth.*&resourceType=agent&resourceId=a1&outcome=denied"
      "&startDate=2026-11-21T12:29:49.000Z&endDate=2026-11-22&limit=1000&offset=5",
      "owner");
  REQUIRE(response.status == 200);
  const auto& filter = w.audit->last_filter;
  CHECK(filter.actor_id == "u-1");
  CHECK(filter.actor_type == audit_actor_type::user);
  CHECK(filter.action == action_pattern{"auth.", true});
  CHECK(filter.resource_type == "agent");
  CHECK(filter.resource_id == "a1");
  CHECK(filter.outcome == audit_outcome::denied);
  CHECK(filter.start_ms == 1'795'264'189'000);
  CHECK(to_iso_time(filter.end_ms.value()) == "2026-11-22T23:59:59.999Z");
  CHECK(w.audit->last_paging.limit == 1000);
  CHECK(w.audit->last_paging.offset == 5);
}

TEST_CASE("[AU-14] a bad filter is 400 with its name and never a wider answer") {
  world w;
  w.start();
  for (const auto& [query, field] :
       std::vector<std::pair<std::string, std::string>>{{"limit=0", "limit"},
                                                        {"limit=1001", "limit"},
                                                        {"limit=-1", "limit"},
                                                        {"limit=+5", "limit"},
                                                        {"limit=1e3", "limit"},
                                                        {"offset=99999999999999999999", "offset"},
                                                        {"actorType=admin", "actorType"},
                                                        {"outcome=Success", "outcome"},
                                                        {"action=a*b", "action"},
                                                        {"action=**", "action"},
                                                        {"startDate=yesterday", "startDate"},
                                                        {"endDate=2026-02-30", "endDate"},
                                                        {"limit=1&limit=2", "query"},
                                                        {"action=%ff", "query"},
                                                        {"q=text", "q"},
                                                        {"after=cursor", "after"},
                                                        {"actorID=u-1", "actorID"},
                                                        {"__proto__=x", "__proto__"},
                                                        {"apiKey=token", "apiKey"}}) {
    INFO(query);
    const auto response = w.get("/api/audit?" + query, "owner");
    CHECK(response.status == 400);
    CHECK(*body_of(response).find_string("error") == "Invalid query parameters");
    CHECK(*body_of(response).find("issues")->as_array()->front().find_string("field") == field);
  }
  CHECK(w.get("/api/audit?limit=&action=&outcome=", "owner").status == 200);
}

TEST_CASE("[AU-03] no secret of a request is recorded or reported") {
  world w;
  w.start();
  auto request = world::request("POST", "/api/auth/login");
  request.headers.insert(request.headers.end(), {{"Content-Type", "application/json"},
                                                 {"Cookie", "mastra_session=canary-cookie"},
                                                 {"Authorization", "Bearer canary-token"},
                                                 {"User-Agent", "agent/1"}});
  request.body = R"({"email":"canary-password@example.com","password":"canary-password"})";
  REQUIRE(w.send(request).status == 401);
  request.body = R"({"email":"member@example.com","password":"correct horse"})";
  REQUIRE(w.send(request).status == 200);
  std::string everything;
  for (const auto& event : w.audit->events) {
    everything +=
        event.actor.id + event.actor.email + event.actor.user_agent + event.action + to_json_text(event.metadata);
  }
  for (const auto& report : w.reports) everything += report;
  CHECK(everything.find("canary") == std::string::npos);
  CHECK(everything.find("correct horse") == std::string::npos);
  CHECK(w.audit->events.back().actor.user_agent == "agent/1");
}

TEST_CASE("without roles nobody could read the audit log, and it is not there") {
  world w;
  auto provider = w.provider();
  provider.rbac.reset();
  w.start(provider);
  for (const char* path : {"/api/audit", "/api/audit/export", "/api/audit/x1"})
    CHECK(w.get(path, "owner").status == 404);
}

}  // namespace
}  // namespace latchkey::native::testing
