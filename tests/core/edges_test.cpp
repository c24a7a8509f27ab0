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

}  // namespace latchkey
