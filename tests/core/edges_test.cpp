// SPDX-License-Identifier: Apache-2.0
// What fuzzing found, and the edges that neither the vectors nor the tests of each part reach.
#include "catch.h"
#include "latchkey/cookie_jar.h"
#include "latchkey/permission.h"
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

TEST_CASE("a session over a limit is not written") {
  session value{"id", "user", 0, 1, {}};
  for (const std::size_t length : {std::size_t{0}, session_id_max_bytes + 1}) {
    value.id = std::string(length, 'x');
    REQUIRE_FALSE(to_session_json(value).has_value());
    CHECK(to_session_json(value).error().field == "id");
  }
  value.id = "id";
  for (const std::size_t length : {std::size_t{0}, session_user_id_max_bytes + 1}) {
    value.user_id = std::string(length, 'x');
    REQUIRE_FALSE(to_session_json(value).has_value());
    CHECK(to_session_json(value).error().field == "userId");
  }
  value.user_id = "user";
  value.metadata = "text";
  REQUIRE_FALSE(to_session_json(value).has_value());
  CHECK(to_session_json(value).error().field == "metadata");
}

TEST_CASE("lifetimes that are absurd saturate instead of wrapping") {
  constexpr auto smallest = INT64_MIN;
  CHECK(session_end(smallest, smallest, {-1, -1}) == smallest);
  CHECK(session_end(0, 0, {5, 10}) == 5);
}

TEST_CASE("an alias that makes no permission of a grant fails the set") {
  const std::vector<std::string> one = {"agents:read"};
  const auto set = grant_set::compile(std::span<const std::string>(one), {{"agents", {"no word"}}});
  REQUIRE_FALSE(set.has_value());
  CHECK(set.error().code == errc::argument_invalid);
  CHECK(set.error().field == "aliases");
}

TEST_CASE("a colon in a route's first segment gives no permission") {
  CHECK_FALSE(derive_route_permission("POST", "/agents:read").has_value());
  CHECK_FALSE(derive_route_permission("GET", "/agents:read/a1").has_value());
  CHECK_FALSE(derive_route_permission("POST", "/stored/agents:read").has_value());
  CHECK(derive_route_permission("POST", "/agents/a1:generate") == "agents:write");
}

TEST_CASE("white space and control characters are Unicode's") {
  for (const char32_t c :
       std::u32string_view(U"\t\n\v\f\r \x85\xA0\x1680\x2000\x2005\x200A\x2028\x2029\x202F\x205F\x3000")) {
    INFO(static_cast<std::uint32_t>(c));
    CHECK(is_white_space(c));
  }
  for (const char32_t c : std::u32string_view(U"\x08\x0E\x1F!\x84\xA1\x180E\x1FFF\x200B\x2060\x3001\xFEFF")) {
    INFO(static_cast<std::uint32_t>(c));
    CHECK_FALSE(is_white_space(c));
  }
  CHECK(is_control(U'\x9F'));
  CHECK_FALSE(is_control(U'\xA0'));
}

TEST_CASE("a cookie's date is read only when it is one") {
  CHECK(parse_cookie_date("Thu, 1 Jan 2032 0:0:0 GMT") == 1'956'528'000'000);
  for (const char* month : {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}) {
    CHECK(parse_cookie_date("1 " + std::string(month) + " 2032 00:00:00").has_value());
  }
  CHECK(parse_cookie_date("01 Jan 69 00:00:00") == parse_cookie_date("01 Jan 2069 00:00:00"));
  CHECK(parse_cookie_date("01 Jan 70 00:00:00") == 0);
  for (const char* text :
       {"", "garbage", "01 Jan 2032", "Jan 2032 00:00:00", "01 2032 00:00:00", "01 Jan 00:00:00",
        "01 Jan 2032 24:00:00", "01 Jan 2032 00:60:00", "01 Jan 2032 00:00:60", "32 Jan 2032 00:00:00",
        "00 Jan 2032 00:00:00", "01 Jan 20320 00:00:00", "01 Jan 2032 00:00", "01 Jan 2032 000:00:00",
        "01 Jan 2032 00-00-00", "01 Jan 2032 00:00:000", "31 Apr 2032 00:00:00"}) {
    INFO(text);
    CHECK_FALSE(parse_cookie_date(text).has_value());
  }
}

TEST_CASE("a cookie's path and domain match as RFC 6265 says") {
  CHECK(cookie_path_matches("/a/b", "/a"));
  CHECK(cookie_path_matches("/a/b", "/a/"));
  CHECK(cookie_path_matches("/a", "/a"));
  CHECK_FALSE(cookie_path_matches("/ab", "/a"));
  CHECK_FALSE(cookie_path_matches("/", "/a"));
  CHECK(cookie_path_matches("", ""));
  CHECK(default_cookie_path("") == "/");
  CHECK(default_cookie_path("a") == "/");
  CHECK(default_cookie_path("/a") == "/");
  CHECK(default_cookie_path("/a/b") == "/a");
  CHECK(cookie_domain_matches("a.example.com", "example.com"));
  CHECK_FALSE(cookie_domain_matches("aexample.com", "example.com"));
  CHECK_FALSE(cookie_domain_matches("example.com", "a.example.com"));
  CHECK_FALSE(cookie_domain_matches("::1.2.3.4", "3.4"));
  CHECK_FALSE(cookie_domain_matches("1.2.3.4", "3.4"));
  cookie_jar jar;
  CHECK(jar.store("a=1; Path=/ab", {"example.com", "/", true}, 0));
  CHECK(jar.header({"example.com", "/%61b", true}, 0) == "a=1");
  CHECK(jar.header({"example.com", "/%61%zz", true}, 0).empty());
  CHECK(jar.header({"example.com", "", true}, 0).empty());
}

}  // namespace latchkey
