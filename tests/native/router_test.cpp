// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/http/router.h"

#include "core/catch.h"

namespace latchkey::native {
namespace {

http_result<http_response> nothing(request_context&) { return http_response{}; }

route simple(std::string method, std::string pattern, route_guard guard = route_guard::open()) {
  return {std::move(method), std::move(pattern), std::move(guard), nothing};
}

std::string target_of(const router& table, std::string_view method, std::string_view path) {
  const auto match = table.find(method, path);
  return match.target ? match.target->pattern : match.allowed.empty() ? "404" : "405 " + match.allowed;
}

TEST_CASE("[AU-08] a literal segment wins over a parameter in either order of registration") {
  for (const bool literal_first : {true, false}) {
    router table;
    REQUIRE(table.add(simple("GET", literal_first ? "/audit/export" : "/audit/:id")));
    REQUIRE(table.add(simple("GET", literal_first ? "/audit/:id" : "/audit/export")));
    REQUIRE(table.add(simple("GET", "/audit/:id/proof")));
    CHECK(target_of(table, "GET", "/audit/export") == "/audit/export");
    CHECK(target_of(table, "GET", "/audit/e1") == "/audit/:id");
    CHECK(target_of(table, "GET", "/audit/export/proof") == "/audit/:id/proof");
  }
}

TEST_CASE("parameters are given in order and by name") {
  router table;
  REQUIRE(table.add(simple("PUT", "/auth/users/:id/roles/:role")));
  const auto match = table.find("PUT", "/auth/users/u-1/roles/admin");
  REQUIRE(match.parameters.size() == 2);
  CHECK(match.parameters[0] == std::pair<std::string_view, std::string_view>("id", "u-1"));
  CHECK(match.parameters[1] == std::pair<std::string_view, std::string_view>("role", "admin"));
}

TEST_CASE("[HT-04] a parameter is 1 to 256 unreserved characters and never a dot segment") {
  router table;
  REQUIRE(table.add(simple("GET", "/agents/:id")));
  CHECK(target_of(table, "GET", "/agents/A-z0.9_~") == "/agents/:id");
  CHECK(target_of(table, "GET", "/agents/" + std::string(256, 'a')) == "/agents/:id");
  CHECK(target_of(table, "GET", "/agents/" + std::string(257, 'a')) == "404");
  for (const char* path : {"/agents/",    "/agents/.",   "/agents/..",   "/agents/a%2fb", "/agents/%41",
                           "/agents/a;b", "/agents/a b", "/agents/a@b",  "/agents/a:b",   "/agents/\xc3\xa4",
                           "//agents/a",  "/agents//a",  "/agents/a/",   "agents/a",      "",
                           "/",           "/Agents/a",   "/agents/a\\b", "/./agents/a",   "/x/../agents/a"}) {
    INFO(path);
    CHECK(target_of(table, "GET", path) == "404");
  }
}

TEST_CASE("[HT-09] HEAD finds GET, and a wrong method names the right ones") {
  router table;
  REQUIRE(table.add(simple("GET", "/agents")));
  REQUIRE(table.add(simple("POST", "/agents")));
  REQUIRE(table.add(simple("POST", "/agents/:id/generate")));
  CHECK(target_of(table, "HEAD", "/agents") == "/agents");
  CHECK(target_of(table, "DELETE", "/agents") == "405 GET, HEAD, POST, OPTIONS");
  CHECK(target_of(table, "HEAD", "/agents/a/generate") == "405 POST, OPTIONS");
  CHECK(target_of(table, "get", "/agents") == "405 GET, HEAD, POST, OPTIONS");
  CHECK(target_of(table, "TRACE", "/agents") == "405 GET, HEAD, POST, OPTIONS");
}

TEST_CASE("[HT-13] aliases lead to one and the same object") {
  router table;
  route added = simple("POST", "/auth/credentials/sign-in");
  added.aliases = {"/auth/login"};
  REQUIRE(table.add(std::move(added)));
  CHECK(table.find("POST", "/auth/login").target == table.find("POST", "/auth/credentials/sign-in").target);
}

TEST_CASE("[RB-12] [RB-16] a route that declares nothing derivable is refused") {
  router table;
  const auto code = [&table](route added) {
    const auto result = table.add(std::move(added));
    return result ? std::string("added") : std::string(to_string(result.error().code));
  };
  CHECK(code(simple("GET", "/:id", route_guard::derived())) == "ERR_LATCHKEY_ROUTE_UNDECLARED");
  CHECK(code(simple("GET", "/agents", route_guard::any_of({}))) == "ERR_LATCHKEY_ROUTE_UNDECLARED");
  CHECK(code(simple("GET", "/agents", route_guard::permission(""))) == "ERR_LATCHKEY_PERMISSION_INVALID");
  CHECK(code(simple("GET", "/agents", route_guard::any_of({"agents:read", "agents:re*"}))) ==
        "ERR_LATCHKEY_PERMISSION_INVALID");
  CHECK(code({"GET", "/agents", route_guard::open(), nullptr}) == "ERR_LATCHKEY_CONFIGURATION_INVALID");
  CHECK(code(simple("ALL", "/agents")) == "ERR_LATCHKEY_CONFIGURATION_INVALID");
  CHECK(code(simple("get", "/agents")) == "ERR_LATCHKEY_CONFIGURATION_INVALID");
  CHECK(code(simple("HEAD", "/agents")) == "ERR_LATCHKEY_CONFIGURATION_INVALID");
  CHECK(table.routes().empty());
  CHECK(code(simple("GET", "/agents")) == "added");
  CHECK(code(simple("GET", "/agents")) == "ERR_LATCHKEY_CONFIGURATION_INVALID");
  CHECK(code(simple("GET", "/agents/:id")) == "added");
  CHECK(code(simple("GET", "/agents/:agentId")) == "ERR_LATCHKEY_CONFIGURATION_INVALID");
  route aliased = simple("GET", "/bots");
  aliased.aliases = {"/agents"};
  CHECK(code(std::move(aliased)) == "ERR_LATCHKEY_CONFIGURATION_INVALID");
  CHECK(target_of(table, "GET", "/bots") == "404");
}

TEST_CASE("a pattern that could never match as written is refused") {
  router table;
  for (const char* pattern : {"", "/", "agents", "/agents/", "//agents", "/agents/:", "/agents/./x", "/agents/..",
                              "/a b", "/a%20b", "/agents/*", "/agents/:a:b", "/ä"}) {
    INFO(pattern);
    const auto added = table.add(simple("GET", pattern));
    REQUIRE_FALSE(added.has_value());
    CHECK(added.error().code == errc::configuration_invalid);
  }
}

TEST_CASE("an undeclared guard is the derived permission") {
  router table;
  REQUIRE(table.add({"POST", "/agents/:id/generate", {}, nothing}));
  CHECK(table.routes().front()->guard == route_guard::permission("agents:execute"));
}

}  // namespace
}  // namespace latchkey::native
