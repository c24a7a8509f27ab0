// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/http/guard.h"

#include "examples/browser-studio/demo_routes.h"
#include "native/http_support.h"

namespace latchkey::native::testing {
namespace {

std::string path_of(const route& entry) {
  std::string path = "/api" + entry.pattern;
  for (auto colon = path.find(':'); colon != std::string::npos; colon = path.find(':')) {
    path.replace(colon, path.find('/', colon) == std::string::npos ? std::string::npos : path.find('/', colon) - colon,
                 "x1");
  }
  return path;
}

/** What a guard means, written again from the design page: independent of the pipeline. */
int expected_status(const route& entry, const std::string& role, fake_rbac& rbac) {
  if (entry.guard.kind == guard_kind::open) return 0;
  if (role.empty()) return 401;
  if (entry.guard.kind == guard_kind::signed_in) return 0;
  const auto grants = rbac.permissions_of(std::vector<std::string>{role});
  const auto set = grant_set::compile(*grants);
  for (const auto& permission : entry.guard.permissions) {
    if (set->covers(permission)) return 0;
  }
  return 403;
}

TEST_CASE("[RB-16] [RB-17] every route answers every role as its guard says") {
  world w;
  w.start();
  REQUIRE(demo::add_demo_routes(*w.server));
  REQUIRE(w.server->add_route({"PUT", "/reports/:id", route_guard::any_of({"reports:write", "logs:read"}),
                               [](auto&) { return json_response(200, nullptr); }}));
  std::size_t checked = 0;
  for (const route* entry : w.server->routes()) {
    const bool asks = entry->guard.kind == guard_kind::any_of || entry->guard.kind == guard_kind::everything;
    CHECK(entry->guard.kind != guard_kind::derived);
    CHECK(asks == !entry->guard.permissions.empty());
    for (const std::string role : {"", "viewer", "member", "developer", "admin", "owner"}) {
      // Signing out would end the session that the next row needs.
      if (entry->guard.kind == guard_kind::open) continue;
      INFO(entry->method << " " << entry->pattern << " as " << role);
      const int status = w.send(world::request(entry->method, path_of(*entry), role)).status;
      const int expected = expected_status(*entry, role, *w.rbac);
      if (expected == 0) {
        CHECK((status != 401 && status != 403));
      } else {
        CHECK(status == expected);
      }
      ++checked;
    }
  }
  CHECK(checked >= 10 * 6);
}

TEST_CASE("without a session a guarded route says only that there is none") {
  world w;
  w.start();
  REQUIRE(demo::add_demo_routes(*w.server));
  for (const char* body : {"", "{}", "not json", R"({"name":"x"})"}) {
    const auto response = w.post("/api/agents", body);
    CHECK(plain_body(response) == R"({"error":"Invalid or expired token","code":"ERR_LATCHKEY_UNAUTHENTICATED"})");
    const auto viewer = w.post("/api/agents", body, "viewer");
    CHECK(
        plain_body(viewer) ==
        R"({"error":"Forbidden","code":"ERR_LATCHKEY_FORBIDDEN","message":"Missing required permission: agents:write"})");
  }
  CHECK(w.post("/api/agents", "{}", "owner").status == 400);
}

TEST_CASE("what a route came to ask for can be shown", "[guard]") {
  const auto text_of = [](const route_guard& declared, std::string_view method, std::string_view pattern) {
    const auto resolved = resolve_guard(declared, method, pattern);
    return resolved ? to_string(*resolved) : resolved.error().message;
  };
  CHECK(text_of({}, "POST", "/agents/:id/start") == "agents:execute");
  CHECK(text_of({}, "POST", "/agents/:id/run") == "agents:write");
  CHECK(text_of(route_guard::any_of({"a:read", "b:read"}), "GET", "/a") == "a:read or b:read");
  CHECK(text_of(route_guard::derived().on_resource("agents", "id"), "GET", "/agents/:id") ==
        "agents:read of agents :id");
  CHECK(text_of(route_guard::open(), "GET", "/a") == "open");
  CHECK(text_of(route_guard::signed_in(), "GET", "/a") == "signed in");
  CHECK(text_of(route_guard::everything(), "GET", "/a") == "*");
}

TEST_CASE("the message names every permission that would do") {
  world w;
  w.start();
  REQUIRE(w.server->add_route({"GET", "/reports", route_guard::any_of({"reports:read", "reports:write"}),
                               [](auto&) { return json_response(200, nullptr); }}));
  CHECK(*body_of(w.get("/api/reports", "viewer")).find_string("message") ==
        "Missing required permission: reports:read or reports:write");
}

TEST_CASE("role permissions are shown to who holds everything") {
  world w;
  w.start();
  CHECK(plain_body(w.get("/api/auth/roles/viewer/permissions", "admin")) ==
        R"({"error":"Admin access required","code":"ERR_LATCHKEY_FORBIDDEN"})");
  CHECK(w.get("/api/auth/roles/viewer/permissions", "owner").body ==
        R"({"roleId":"viewer","permissions":["studio:read","agents:read","workflows:read","logs:read"]})");
  for (const char* unknown : {"nobody", "__proto__", "constructor", "_default"}) {
    CHECK(w.get(std::string("/api/auth/roles/") + unknown + "/permissions", "owner").body ==
          std::string(R"({"roleId":")") + unknown + R"(","permissions":[]})");
  }
}

TEST_CASE("permission patterns hold what roles grant, routes declare and the vocabulary offers") {
  world w;
  w.start();
  REQUIRE(w.server->add_route({"GET", "/reports", {}, [](auto&) { return json_response(200, nullptr); }}));
  const auto body = body_of(w.get("/api/auth/permission-patterns", "viewer"));
  std::vector<std::string> patterns;
  for (const auto& entry : *body.find("patterns")->as_array()) patterns.push_back(*entry.as_string());
  for (const char* expected : {"*", "studio:*", "*:publish", "reports:read", "audit:read", "agents:read", "mcp:execute",
                               "stored-prompt-blocks:write", "datasets:read"}) {
    CHECK(std::count(patterns.begin(), patterns.end(), expected) == 1);
  }
}

TEST_CASE("[RB-15] permission patterns show what the roles here grant to callers that may read roles alone") {
  world w;
  w.start();
  w.rbac->definitions.push_back({"ma-team", "", {"agents:execute:project-falcon", "ledger:write:acct-4711"}, {}});
  const auto shows = [&](const std::string& as, const std::string& pattern) {
    return w.get("/api/auth/permission-patterns", as).body.find("\"" + pattern + "\"") != std::string::npos;
  };
  for (const std::string own : {"agents:execute:project-falcon", "ledger:write:acct-4711"}) {
    CHECK_FALSE(shows("viewer", own));
    CHECK_FALSE(shows("member", own));
    CHECK(shows("admin", own));
    CHECK(shows("owner", own));
  }
  CHECK(shows("viewer", "studio:*"));
  CHECK(shows("viewer", "*:publish"));
}

TEST_CASE("[RB-15] a role change counts from the next request on") {
  world w;
  w.start();
  CHECK(w.get("/api/audit", "viewer").status == 403);
  w.rbac->roles["u-viewer"] = {"owner"};
  CHECK(w.get("/api/audit", "viewer").status == 200);
  w.rbac->roles["u-viewer"] = {"no-such-role"};
  CHECK(w.get("/api/audit", "viewer").status == 403);
}

TEST_CASE("[HT-05] [RB-18] nothing in a request makes a caller of somebody") {
  world w;
  w.start();
  auto request = world::request("GET", "/api/auth/permission-patterns");
  for (const char* name : {"X-User-Id", "X-Forwarded-User", "X-Middleware-Subrequest", "X-Mastra-Dev-Playground",
                           "X-Forwarded-For", "X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method-Override"}) {
    request.headers.emplace_back(name, "u-owner");
  }
  request.headers.emplace_back("Authorization", "Bearer u-owner");
  request.query = "apiKey=u-owner";
  CHECK(w.send(request).status == 401);
  auto known = world::request("GET", "/api/auth/permission-patterns", "viewer");
  known.headers.emplace_back("Authorization", "bearer unknown");
  CHECK(w.send(known).status == 200);
}

TEST_CASE("[AU-02] each denial of a guarded route is recorded with its route") {
  world w;
  w.start();
  REQUIRE(demo::add_demo_routes(*w.server));
  REQUIRE(w.post("/api/agents/weather/generate", R"({"prompt":"hi"})", "viewer").status == 403);
  REQUIRE(w.audit->events.size() == 1);
  const auto& event = w.audit->events.front();
  CHECK(event.action == "agents:execute");
  CHECK(event.outcome == audit_outcome::denied);
  CHECK(event.actor.id == "u-viewer");
  CHECK(event.resource->type == "agent");
  CHECK(event.resource->id == "weather");
  CHECK(!event.request_id.empty());
  REQUIRE(w.get("/api/workflows").status == 401);
  CHECK(w.audit->count("workflows:read", audit_outcome::denied) == 1);
  CHECK(w.audit->events.back().actor.id == "anonymous");
}

TEST_CASE("[RB-09] a route that asks for a permission which nobody could know of is refused", "[RB-09]") {
  world w;
  auto provider = w.provider();
  provider.rbac.reset();
  w.start(provider);
  const auto add = [&](std::string pattern, route_guard guard) {
    const auto added = w.server->add_route(
        {"DELETE", std::move(pattern), std::move(guard), [](auto&) { return json_response(200, nullptr); }});
    return added ? std::string("added") : added.error().field + " " + std::string(to_string(added.error().code));
  };
  CHECK(add("/invoices/:id", route_guard::permission("invoices:delete")) == "rbac ERR_LATCHKEY_CONFIGURATION_INVALID");
  CHECK(add("/invoices/:id", route_guard::any_of({"a:b", "c:d"})) == "rbac ERR_LATCHKEY_CONFIGURATION_INVALID");
  CHECK(add("/invoices/:id", route_guard::derived()) == "rbac ERR_LATCHKEY_CONFIGURATION_INVALID");
  CHECK(add("/invoices/:id", route_guard::derived().on_resource("invoices", "id")) ==
        "rbac ERR_LATCHKEY_CONFIGURATION_INVALID");
  CHECK(add("/invoices/:id", route_guard::signed_in()) == "added");
  CHECK(add("/all-invoices", route_guard::everything()) == "added");
  CHECK(w.send(world::request("DELETE", "/api/all-invoices", "owner")).status == 403);
}

TEST_CASE("routes are added before the first request") {
  world w;
  w.start();
  const auto add = [&](std::string pattern) {
    return w.server
        ->add_route({"GET", std::move(pattern), route_guard::open(), [](auto&) { return json_response(200, nullptr); }})
        .has_value();
  };
  CHECK(add("/early"));
  CHECK(w.get("/api/early").status == 200);
  CHECK_FALSE(add("/late"));
  CHECK(w.get("/api/late").status == 404);
}

TEST_CASE("a host may ask the guards about requests that it answers itself", "[RB-16]") {
  world w;
  w.start();
  const auto ask = [&](const std::string& as, const route_guard& guard, http_request request) {
    if (!as.empty()) request.headers.emplace_back("Cookie", "mastra_session=" + as);
    return w.server->authorize(request, guard);
  };
  http_request upload = world::request("POST", "/api/files");
  upload.body = "bytes";
  upload.headers.emplace_back("Content-Type", "application/octet-stream");

  const auto allowed = ask("admin", route_guard::permission("settings:write"), upload);
  REQUIRE(allowed.has_value());
  REQUIRE(allowed->has_value());
  CHECK((*allowed)->person.id == "u-admin");
  CHECK((*allowed)->has("settings:write"));
  CHECK_FALSE((*allowed)->has("*"));

  const auto refused = ask("viewer", route_guard::permission("settings:write"), upload);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().status == 403);
  CHECK(contains(refused.error().body, "Missing required permission: settings:write"));
  CHECK(header_of(refused.error(), "X-Content-Type-Options") == "nosniff");
  CHECK(w.audit->count("settings:write", audit_outcome::denied) == 1);

  CHECK(ask("", route_guard::signed_in(), upload).error().status == 401);
  const auto open = ask("", route_guard::open(), upload);
  REQUIRE(open.has_value());
  CHECK_FALSE(open->has_value());

  http_request foreign = upload;
  foreign.headers.emplace_back("Origin", "https://evil.example");
  CHECK(ask("admin", route_guard::open(), foreign).error().status == 403);
  http_request huge = upload;
  huge.headers.emplace_back("X-Long", std::string(20'000, 'x'));
  CHECK(ask("admin", route_guard::open(), huge).error().status == 431);

  // A derived guard goes by the path, or by the pattern of the host's own router.
  CHECK(contains(ask("viewer", route_guard::derived(), upload).error().body, "files:write"));
  CHECK(w.server->authorize(world::request("GET", "/api/agents/a1", "viewer"), route_guard::derived(), "/agents/:id"));
  const auto on_one = route_guard::derived().on_resource("agents", "id");
  CHECK(w.server->authorize(world::request("GET", "/api/agents/a1", "viewer"), on_one, "/agents/:id", {{"id", "a1"}}));
  // A guard that no route could have lets nobody in.
  CHECK(ask("owner", route_guard::any_of({}), upload).error().status == 500);
}

TEST_CASE("refusals by guards can't fill the audit log, and what is left out is counted", "[RB-17]") {
  world w;
  w.config.throttling.audit_of_refusals = {60'000, 5};
  w.start();
  for (int i = 0; i < 20; ++i) CHECK(w.get("/api/auth/sessions").status == 401);
  CHECK(w.audit->events.size() == 5);
  for (int i = 0; i < 20; ++i) CHECK(w.get("/api/auth/roles/owner/permissions", "viewer").status == 403);
  REQUIRE(w.audit->events.size() == 10);
  const auto& first = w.audit->events[5];
  CHECK(first.actor.id == "u-viewer");
  REQUIRE(first.metadata.find("unrecorded") != nullptr);
  CHECK(*first.metadata.find("unrecorded")->as_integer() == 15);
  CHECK(w.audit->events[6].metadata.find("unrecorded") == nullptr);
}

TEST_CASE("without an RBAC provider a host may let in who is signed in, and what asks for everything stays closed") {
  world w;
  auto provider = w.provider();
  provider.rbac.reset();
  w.config.permissions_need_session_alone = true;
  w.start(provider);
  REQUIRE(demo::add_demo_routes(*w.server));
  CHECK(w.get("/api/agents").status == 401);
  CHECK(w.get("/api/agents", "viewer").status == 200);
  CHECK(w.get("/api/auth/roles/owner/permissions", "viewer").status == 403);
  CHECK(w.get("/api/audit", "viewer").status == 404);
  CHECK(body_of(w.get("/api/auth/me", "viewer")).find("roles") == nullptr);
}

TEST_CASE("roles without a license refuse to start and say what is missing") {
  world w;
  w.config.license = {};
  auto made = auth_server::create(w.provider(), w.config);
  REQUIRE_FALSE(made.has_value());
  CHECK(made.error().code == errc::license_required);
  CHECK(made.error().field == "rbac");
}

TEST_CASE("a bad setting is refused with its name") {
  const auto refused = [](auto change) {
    world w;
    auto provider = w.provider();
    change(w.config, provider);
    const auto made = auth_server::create(provider, w.config);
    return made ? std::string("accepted") : made.error().field + " " + std::string(to_string(made.error().code));
  };
  CHECK(refused([](auto& c, auto&) { c.trusted_origins = {"*"}; }) ==
        "trusted_origins ERR_LATCHKEY_CONFIGURATION_INVALID");
  CHECK(refused([](auto& c, auto&) { c.public_url = "studio.example.com"; }) ==
        "public_url ERR_LATCHKEY_CONFIGURATION_INVALID");
  CHECK(refused([](auto& c, auto&) { c.api_prefix = "/a?b"; }) == "api_prefix ERR_LATCHKEY_CONFIGURATION_INVALID");
  CHECK(refused([](auto& c, auto&) { c.cookie.base_name = "a b"; }) == "cookie ERR_LATCHKEY_CONFIGURATION_INVALID");
  CHECK(refused([](auto& c, auto&) { c.cookie.domain = "a;b"; }) == "cookie ERR_LATCHKEY_CONFIGURATION_INVALID");
  CHECK(refused([](auto& c, auto&) { c.limits.body_bytes = 0; }) == "limits ERR_LATCHKEY_CONFIGURATION_INVALID");
  CHECK(refused([](auto& c, auto&) { c.limits.header_count = 0; }) == "limits ERR_LATCHKEY_CONFIGURATION_INVALID");
  CHECK(refused([](auto&, auto& p) { p.sessions.reset(); }) == " ERR_LATCHKEY_NO_SESSION_PROVIDER");
  CHECK(refused([](auto& c, auto&) { c.api_prefix = " //v1/api/ "; }) == "accepted");
}

}  // namespace
}  // namespace latchkey::native::testing
