// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "access_support.h"
#include "examples/browser-studio/demo_routes.h"

namespace latchkey::native::testing {
namespace {

// Who may pass each route's guard: `+` passes, 1 is 401, 3 is 403. A new route needs a row here before it may be added.
constexpr const char* people[] = {"", "viewer", "member", "admin", "owner", "other"};
const std::map<std::string, std::string> table = {
    //                                            anonymous viewer member admin owner another account
    {"GET /auth/capabilities", "+ + + + + +"},
    {"GET /auth/me", "+ + + + + +"},
    {"POST /auth/credentials/sign-in", "+ + + + + +"},
    {"POST /auth/credentials/sign-up", "+ + + + + +"},
    {"POST /auth/credentials/request-password-reset", "+ + + + + +"},
    {"POST /auth/credentials/reset-password", "+ + + + + +"},
    {"GET /auth/sso/login", "+ + + + + +"},
    {"GET /auth/sso/callback", "+ + + + + +"},
    {"GET /openapi.json", "+ + + + + +"},
    {"GET /auth/sessions", "1 + + + + +"},
    {"DELETE /auth/sessions", "1 + + + + +"},
    {"DELETE /auth/sessions/:id", "1 + + + + +"},
    {"POST /auth/logout", "+ + + + + +"},
    {"POST /auth/refresh", "+ + + + + +"},
    {"GET /auth/permission-patterns", "1 + + + + +"},
    {"GET /auth/roles/:roleId/permissions", "1 3 3 3 + 3"},
    {"GET /auth/roles", "1 3 3 + + 3"},
    {"PUT /auth/users/:id/roles/:role", "1 3 3 + + 3"},
    {"DELETE /auth/users/:id/roles/:role", "1 3 3 + + 3"},
    {"GET /auth/acl/:type/:id", "1 3 3 3 + 3"},
    {"PUT /auth/acl/:type/:id", "1 3 3 3 + 3"},
    {"DELETE /auth/acl/:type/:id", "1 3 3 3 + 3"},
    {"GET /audit", "1 3 3 3 + 3"},
    {"GET /audit/export", "1 3 3 3 + 3"},
    {"GET /audit/:id", "1 3 3 3 + 3"},
    {"GET /agents", "1 + + + + 3"},
    {"POST /agents", "1 3 3 + + 3"},
    {"GET /agents/:id", "1 + + + + 3"},
    {"PATCH /agents/:id", "1 3 3 + + 3"},
    {"DELETE /agents/:id", "1 3 3 + + 3"},
    {"POST /agents/:id/generate", "1 3 + + + 3"},
    {"GET /workflows", "1 + + + + 3"},
    {"POST /workflows/:id/start", "1 3 + + + 3"},
};

/** The pattern with every parameter filled in. */
std::string path_of(std::string pattern) {
  for (auto colon = pattern.find("/:"); colon != std::string::npos; colon = pattern.find("/:")) {
    const auto end = pattern.find('/', colon + 1);
    pattern.replace(colon, (end == std::string::npos ? pattern.size() : end) - colon, "/x1");
  }
  return "/api" + pattern;
}

/** A server with every part that has routes, and the demo's as a host's own. */
std::unique_ptr<access_world> full_world() {
  auto made = std::make_unique<access_world>();
  made->start();
  REQUIRE(demo::add_demo_routes(*made->server, made->config.clock));
  // What the other account has is its own; none of it is what the paths of the matrix name.
  must(made->acl->grant(grant_for("u-other", "agents", "theirs", {"*"})));
  return made;
}

/** What the guard said. A handler's own refusals have other codes, or come after it let the request through. */
char outcome_of(const http_response& response) {
  const auto body = parse_json(response.body);
  const std::string* code = body ? body->find_string("code") : nullptr;
  if (code != nullptr && *code == "ERR_LATCHKEY_UNAUTHENTICATED") return '1';
  if (code != nullptr && *code == "ERR_LATCHKEY_FORBIDDEN") return '3';
  return '+';
}

TEST_CASE("[RB-16] every route has a row for every kind of caller, and every row a route", "[matrix][RB-16]") {
  std::map<std::string, int> declared;
  const auto full = full_world();
  for (const route* entry : full->server->routes()) ++declared[entry->method + " " + entry->pattern];
  for (const auto& [name, count] : declared) {
    INFO(name << " has to be declared in the table of this test");
    CHECK(count == 1);
    CHECK(table.contains(name));
  }
  for (const auto& [name, row] : table) {
    INFO(name << " is declared in the table of this test and is no route");
    CHECK(declared.contains(name));
    CHECK(row.size() == 2 * std::size(people) - 1);
  }
}

TEST_CASE("[RB-16] [RB-17] every route answers every kind of caller as declared", "[matrix][RB-16][RB-17]") {
  std::size_t cells = 0;
  const auto names = full_world();
  for (const route* entry : names->server->routes()) {
    const auto row = table.find(entry->method + " " + entry->pattern);
    if (row == table.end()) continue;  // named by the test above
    text_list patterns = entry->aliases;
    patterns.push_back(entry->pattern);
    for (const auto& pattern : patterns) {
      const auto w = full_world();
      for (std::size_t i = 0; i < std::size(people); ++i) {
        INFO(entry->method << " " << pattern << " as " << people[i]);
        const auto before = w->audit->events.size();
        const char outcome = outcome_of(w->call(entry->method, path_of(pattern), people[i]));
        CHECK(outcome == row->second[2 * i]);
        if (outcome != '+') {
          REQUIRE(w->audit->events.size() == before + 1);
          CHECK(w->audit->events.back().outcome == audit_outcome::denied);
        }
        ++cells;
      }
    }
  }
  CHECK(cells >= table.size() * std::size(people));
}

TEST_CASE("[RB-18] a session, a role and a license come from the server alone, on every route", "[matrix][RB-18]") {
  const auto names = full_world();
  for (const route* entry : names->server->routes()) {
    const auto row = table.find(entry->method + " " + entry->pattern);
    if (row == table.end() || row->second.front() != '1') continue;
    const auto w = full_world();
    INFO(entry->method << " " << entry->pattern);
    auto request =
        world::request(entry->method, path_of(entry->pattern) + "?role=owner&isEELicense=true&apiKey=u-owner");
    for (const char* name : {"X-User-Id", "X-Role", "X-Mastra-Dev-Playground", "X-EE-License", "X-Forwarded-User"}) {
      request.headers.emplace_back(name, "u-owner");
    }
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = R"({"userId":"u-owner","roles":["owner"],"isEELicense":true,"isMastraCloudAuth":true})";
    CHECK(outcome_of(w->send(std::move(request))) == '1');
  }
}

}  // namespace
}  // namespace latchkey::native::testing
