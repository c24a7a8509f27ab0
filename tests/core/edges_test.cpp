// SPDX-License-Identifier: Apache-2.0
// What fuzzing found, and the edges that neither the vectors nor the tests of each part reach.
#include <algorithm>

#include "boundary.h"
#include "catch.h"
#include "latchkey/acl.h"
#include "latchkey/capabilities.h"
#include "latchkey/cookie_jar.h"
#include "latchkey/route_permission.h"
#include "latchkey/session.h"
#include "latchkey/utf8.h"

namespace latchkey {

TEST_CASE("[CK-18] an attribute that browsers would trim is refused") {
  for (const char* blank : {" ", "\t"}) {
    for (const std::string& path : {"/app" + std::string(blank), "/" + std::string(blank)}) {
      cookie_attributes attributes;
      attributes.path = path;
      const auto line = to_set_cookie("a", "b", attributes);
      REQUIRE_FALSE(line.has_value());
      CHECK(line.error().field == "path");
    }
    for (const std::string& domain :
         {blank + std::string("example.com"), std::string("example.com") + blank, std::string(blank)}) {
      cookie_attributes attributes;
      attributes.domain = domain;
      const auto line = to_set_cookie("a", "b", attributes);
      REQUIRE_FALSE(line.has_value());
      CHECK(line.error().field == "domain");
    }
  }
}

TEST_CASE("a host of one label sets cookies for itself alone") {
  cookie_jar jar;
  CHECK(jar.store("a=1; Domain=localhost", {"localhost", "/", true}, 0));
  CHECK(jar.header({"localhost", "/", true}, 0) == "a=1");
  CHECK(jar.header({"sub.localhost", "/", true}, 0).empty());
  // What is the host's alone may have the prefix that promises it.
  CHECK(jar.store("__Host-b=1; Domain=localhost; Path=/; Secure", {"localhost", "/", true}, 0));
}

TEST_CASE("a session whose ids are no text is not written") {
  const session good{"id", "user", 0, 1, {}};
  REQUIRE(to_session_json(good).has_value());
  session bad = good;
  bad.user_id = "\xff";
  REQUIRE_FALSE(to_session_json(bad).has_value());
  CHECK(to_session_json(bad).error().field == "userId");
  bad = good;
  bad.id = "\xed\xa0\x80";
  REQUIRE_FALSE(to_session_json(bad).has_value());
  CHECK(to_session_json(bad).error().field == "id");
}

TEST_CASE("a colon in a route's first segment gives no permission") {
  CHECK_FALSE(derive_route_permission("POST", "/agents:read").has_value());
  CHECK_FALSE(derive_route_permission("GET", "/agents:read/a1").has_value());
  CHECK_FALSE(derive_route_permission("POST", "/stored/agents:read").has_value());
  CHECK(derive_route_permission("POST", "/agents/a1:generate") == "agents:write");
}

}  // namespace latchkey
