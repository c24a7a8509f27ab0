// SPDX-License-Identifier: Apache-2.0
// What calls of a host's own routes leave in the audit log.
#include "examples/browser-studio/demo_routes.h"
#include "native/http_support.h"

namespace latchkey::native::testing {
namespace {

TEST_CASE("a call of a recorded route leaves action, outcome and duration") {
  world w;
  w.start();
  REQUIRE(demo::add_demo_routes(*w.server));
  REQUIRE(w.post("/api/agents/weather/generate", R"({"prompt":"hi"})", "member").status == 200);
  REQUIRE(w.post("/api/agents/none/generate", R"({"prompt":"hi"})", "member").status == 404);
  CHECK(w.audit->count("agents:execute", audit_outcome::success) == 1);
  CHECK(w.audit->count("agents:execute", audit_outcome::failure) == 1);
  CHECK(w.audit->events.front().duration_ms.has_value());
  REQUIRE(w.get("/api/agents", "member").status == 200);
  CHECK(w.audit->events.size() == 2);
}

TEST_CASE("[AU-01] guarded calls that may change something are recorded unless a route says otherwise") {
  world w;
  w.start();
  const auto add = [&w](route added) {
    added.handler = [](auto& context) -> http_result<http_response> {
      if (context.path_parameter("id") == "none") return refuse(errc::not_found);
      return json_response(200, nullptr);
    };
    REQUIRE(w.server->add_route(std::move(added)));
  };
  add({.method = "PUT", .pattern = "/tools/:id", .handler = {}, .audit_resource_type = "tool"});
  add({.method = "GET", .pattern = "/tools/:id", .handler = {}});
  add({.method = "GET", .pattern = "/tools/:id/secrets", .handler = {}, .recording = call_recording::all});
  add({.method = "GET", .pattern = "/tools", .handler = {}, .audit_action = "tools:list"});
  add({.method = "POST", .pattern = "/tools", .handler = {}, .recording = call_recording::none});
  add({.method = "POST", .pattern = "/hooks", .guard = route_guard::open(), .handler = {}});
  add({.method = "POST", .pattern = "/notes", .guard = route_guard::signed_in(), .handler = {}});
  add({.method = "POST", .pattern = "/backups", .guard = route_guard::everything(), .handler = {}});
  add({.method = "DELETE",
       .pattern = "/drafts/:id",
       .guard = route_guard::any_of({"drafts:drop", "*"}),
       .handler = {}});
  add({.method = "DELETE",
       .pattern = "/agents/:id",
       .guard = route_guard::derived().on_resource("agents", "id"),
       .handler = {}});

  const auto recorded = [&w](const char* method, const std::string& path) {
    w.audit->events.clear();
    static_cast<void>(w.send(world::request(method, "/api" + path, "owner")));
    if (w.audit->events.empty()) return std::string();
    CHECK(w.audit->events.size() == 1);
    const auto& event = w.audit->events.front();
    CHECK(event.actor.id == "u-owner");
    CHECK(event.duration_ms.has_value());
    const auto resource = event.resource ? " " + event.resource->type + ":" + event.resource->id : std::string();
    return event.action + " " + std::string(to_string(event.outcome)) + resource + " " + to_json_text(event.metadata);
  };
  CHECK(recorded("PUT", "/tools/t1") ==
        R"(tools:write success tool:t1 {"method":"PUT","route":"/tools/:id","status":200})");
  CHECK(recorded("PUT", "/tools/none") ==
        R"(tools:write failure tool:none {"method":"PUT","route":"/tools/:id","status":404})");
  CHECK(recorded("GET", "/tools/t1").empty());
  CHECK(recorded("GET", "/tools/t1/secrets") ==
        R"(tools:read success {"method":"GET","route":"/tools/:id/secrets","status":200})");
  CHECK(recorded("GET", "/tools") == R"(tools:list success {"method":"GET","route":"/tools","status":200})");
  CHECK(recorded("POST", "/tools").empty());
  CHECK(recorded("POST", "/hooks").empty());
  CHECK(recorded("POST", "/notes") == R"(request.signed_in success {"method":"POST","route":"/notes","status":200})");
  CHECK(recorded("POST", "/backups") == R"(backups:write success {"method":"POST","route":"/backups","status":200})");
  CHECK(recorded("DELETE", "/drafts/d1") ==
        R"(drafts:drop success {"method":"DELETE","route":"/drafts/:id","status":200})");
  CHECK(recorded("DELETE", "/agents/a1") ==
        R"(agents:delete success agents:a1 {"method":"DELETE","route":"/agents/:id","status":200})");
  // The server's own routes record what they do, and no call beside it.
  CHECK(recorded("DELETE", "/auth/sessions/none").empty());
}

TEST_CASE("[AU-01] a record of a call that can't be written keeps nobody from its answer") {
  world w;
  w.start();
  REQUIRE(w.server->add_route(
      {.method = "PUT", .pattern = "/tools/:id", .handler = [](auto&) { return json_response(200, nullptr); }}));
  w.audit->how = mood::fails;
  CHECK(w.send(world::request("PUT", "/api/tools/t1", "owner")).status == 200);
  CHECK(w.reports.size() == 1);
}

TEST_CASE("[AU-01] a host tells what became of a request that it answered itself", "[RB-16]") {
  world w;
  w.start();
  const auto guard = route_guard::derived().on_resource("files", "id");
  auto upload = world::request("PUT", "/api/files/f1", "owner");
  upload.headers.emplace_back("User-Agent", "agent/1");
  const auto who = w.server->authorize(upload, guard, "/files/:id", {{"id", "f1"}});
  REQUIRE(who.has_value());
  CHECK(w.audit->events.empty());
  w.server->record_outcome(upload, *who, guard, {.status = 201, .duration = std::chrono::milliseconds(12)},
                           "/files/:id", {{"id", "f1"}});
  REQUIRE(w.audit->events.size() == 1);
  const auto& event = w.audit->events.front();
  CHECK(event.action == "files:write");
  CHECK(event.outcome == audit_outcome::success);
  CHECK(event.resource == audit_resource{"files", "f1", {}});
  CHECK(event.actor == audit_actor{audit_actor_type::user, "u-owner", "owner@example.com", "192.0.2.7", "agent/1"});
  CHECK(event.session_hash.size() == 43);
  CHECK(event.duration_ms == 12);
  CHECK(to_json_text(event.metadata) == R"({"method":"PUT","route":"/files/:id","status":201})");

  const call_outcome own{.status = 500, .action = "files:scan", .resource = audit_resource{"file", "f1", "Plan"}};
  w.server->record_outcome(upload, *who, route_guard::permission("files:write"), own);
  CHECK(w.audit->count("files:scan", audit_outcome::failure) == 1);
  CHECK(w.audit->events.back().resource->name == "Plan");
  w.server->record_outcome(upload, {}, route_guard::open(), {});
  CHECK(w.audit->events.back().actor.id == "anonymous");
  // A guard that no route could have is reported, as `authorize` does.
  w.reports.clear();
  w.server->record_outcome(upload, *who, route_guard::any_of({}), {});
  CHECK(w.audit->events.size() == 3);
  CHECK(w.reports.size() == 1);
}

}  // namespace
}  // namespace latchkey::native::testing
