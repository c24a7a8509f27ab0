// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/sqlite_provider.h"

#include <iostream>
#include <sstream>

#include "latchkey/native/http/auth_server.h"
#include "support.h"

namespace latchkey::native {
namespace {

using latchkey::testing::must;
using latchkey::testing::open_memory;

const std::vector<std::string> secrets = {"kD3v9sQx7LmZ2pRt8WyB4nHc6JfG1aUe0iOqXwVz"};
const std::string passphrase = "tribal lamp gravel oath";

/** A server over `make_sqlite_provider`, and what a browser would send to it. */
struct sqlite_world {
  auth_server_config config;
  sqlite_provider_options options;
  std::shared_ptr<database> store = open_memory();
  sqlite_provider made;
  std::unique_ptr<auth_server> server;

  sqlite_world() {
    config.license.exempt = true;
    config.public_url = "http://127.0.0.1";
    config.cookie.secure = false;
    options.cookie = config.cookie;
    options.credentials.hashing.log2_n = 4;
    options.credentials.allows_quick_hashing = true;
  }
  void start() {
    made = must(make_sqlite_provider(store, must(key_ring::make(secrets)), options));
    server = must(auth_server::create(made.provider, config));
  }
  http_response send(const std::string& method, const std::string& path, const std::string& cookie,
                     const std::string& body = {}) const {
    http_request request{.method = method, .path = path, .body = body, .remote_address = "127.0.0.1"};
    request.headers.emplace_back("Host", "127.0.0.1");
    if (!cookie.empty()) request.headers.emplace_back("Cookie", cookie);
    if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
    return server->handle(request);
  }
  /** Signs up; `name=value` of the cookie that came with it. */
  std::string sign_up(const std::string& email) const {
    const auto answer = send("POST", "/api/auth/credentials/sign-up", "",
                             to_json_text({{"email", email}, {"password", passphrase}, {"name", "x"}}));
    REQUIRE(answer.status == 200);
    for (const auto& [name, value] : answer.headers) {
      if (name == "Set-Cookie") return value.substr(0, value.find(';'));
    }
    return {};
  }
  std::string id_of(const std::string& email) const {
    return must(made.parts.accounts->find_by_email(email))->person.id;
  }
  bool is_signed_in(const std::string& cookie) const { return send("GET", "/api/auth/me", cookie).body != "null"; }
};

}  // namespace

TEST_CASE("one call makes a provider with accounts, roles, grants, sessions and an audit log", "[sqlite_provider]") {
  sqlite_world world;
  world.start();
  const std::string ada = world.sign_up("ada@example.com");
  CHECK(world.is_signed_in(ada));
  must(world.made.parts.roles->assign_role(world.id_of("ada@example.com"), "owner"));
  CHECK(world.send("GET", "/api/auth/roles", ada).status == 200);
  CHECK(world.send("GET", "/api/auth/acl/reports/1", ada).status == 200);
  const auto events = world.send("GET", "/api/audit", ada);
  CHECK(events.status == 200);
  CHECK(events.body.find("auth.sign_up") != std::string::npos);
}

TEST_CASE("what one part changes, the others know", "[sqlite_provider]") {
  sqlite_world world;
  std::vector<std::string> called;
  world.options.roles.forget_role = [&called](std::string_view role) -> result<void> {
    called.push_back("role " + std::string(role));
    return {};
  };
  world.options.credentials.end_sessions = [&called](std::string_view) -> result<void> {
    called.emplace_back("sessions");
    return {};
  };
  world.start();
  const std::string ada = world.sign_up("ada@example.com");

  // Nobody is owner yet, so a code makes one; afterwards none does.
  const auto sign_up_owner = [&world](const char* email) {
    const std::string code = must(world.made.credentials->begin_setup());
    return world.made.credentials->sign_up_owner(email, passphrase, "x", code).has_value();
  };
  CHECK(sign_up_owner("bob@example.com"));
  CHECK_FALSE(sign_up_owner("eve@example.com"));

  // A role that is deleted leaves no grant behind for another of its name.
  must(world.made.parts.roles->define_role({"auditor", "Auditor", {"audit:read"}, {}}));
  const acl_resource report{"reports", "1"};
  must(world.made.parts.acl->grant(
      {.subject = {.type = acl_subject_type::role, .id = "auditor"}, .resource = report, .actions = {"read"}}));
  CHECK(must(world.made.parts.acl->grants_on(report)).size() == 1);
  must(world.made.parts.roles->delete_role("auditor"));
  CHECK(must(world.made.parts.acl->grants_on(report)).empty());

  // Who is disabled is signed out.
  CHECK(world.is_signed_in(ada));
  must(world.made.credentials->set_disabled(world.id_of("ada@example.com"), true));
  must(world.made.credentials->set_disabled(world.id_of("ada@example.com"), false));
  CHECK_FALSE(world.is_signed_in(ada));
  CHECK(called == std::vector<std::string>{"role auditor", "sessions"});
}

TEST_CASE("without an ACL no license for it is asked", "[sqlite_provider]") {
  sqlite_world world;
  world.options.has_acl = false;
  world.start();
  CHECK(world.made.provider.acl == nullptr);
  CHECK(world.send("GET", "/api/auth/acl/reports/1", "").status == 404);
}

TEST_CASE("a missing database or missing keys are refused", "[sqlite_provider]") {
  const auto without_database = make_sqlite_provider(nullptr, must(key_ring::make(secrets)));
  REQUIRE_FALSE(without_database.has_value());
  CHECK(without_database.error().code == errc::configuration_invalid);
  const auto without_keys = make_sqlite_provider(open_memory(), nullptr);
  REQUIRE_FALSE(without_keys.has_value());
  CHECK(without_keys.error().code == errc::configuration_invalid);
}

TEST_CASE("[SS-05] a server whose cookie has another name than its sessions are sealed for is refused",
          "[sqlite_provider][SS-05]") {
  sqlite_world world;
  world.options.cookie = {};
  world.made = must(make_sqlite_provider(world.store, must(key_ring::make(secrets)), world.options));
  const auto refused = auth_server::create(world.made.provider, world.config);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::configuration_invalid);
  CHECK(refused.error().field == "cookie");
  CHECK(refused.error().message.find("\"__Host-mastra_session\"") != std::string::npos);
  CHECK(refused.error().message.find("\"mastra_session\"") != std::string::npos);
}

TEST_CASE("failures are a line on standard error unless they are asked for, and silence is an empty function",
          "[sqlite_provider]") {
  std::ostringstream heard;
  struct restore {
    std::streambuf* own = std::cerr.rdbuf();
    ~restore() { std::cerr.rdbuf(own); }
  } const restored;
  std::cerr.rdbuf(heard.rdbuf());
  const bool is_silent = GENERATE(false, true);
  sqlite_world world;
  if (is_silent) world.config.report = {};
  world.start();
  must(world.server->add_route(
      {.method = "GET",
       .pattern = "/broken",
       .guard = route_guard::open(),
       .handler = [](auto&) -> http_result<http_response> { throw std::runtime_error("no\nline of its own"); }}));
  CHECK(world.send("GET", "/api/broken", "").status == 500);
  if (is_silent) {
    CHECK(heard.str().empty());
  } else {
    CHECK(heard.str().find("latchkey: error request=") == 0);
    CHECK(heard.str().find(" GET /api/broken: no?line of its own\n") != std::string::npos);
  }
}

}  // namespace latchkey::native
