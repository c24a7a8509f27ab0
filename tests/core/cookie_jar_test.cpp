// SPDX-License-Identifier: Apache-2.0
#include "latchkey/cookie_jar.h"

#include "catch.h"
#include "latchkey/session.h"
#include "test_data.h"

namespace latchkey {
namespace {

// The corpus was made with the clock at this instant.
constexpr std::int64_t corpus_now = 1'325'376'000'000;  // 2012-01-01

// What the corpora call a date: `Mon, 10 Dec 2007 17:02:24 GMT`.
std::optional<std::int64_t> read_expected(const json_value& one) {
  const std::string* text = one.find_string("expected");
  return text == nullptr ? std::nullopt : parse_cookie_date(*text);
}

std::string without_comments(std::string text) {
  while (text.substr(0, 2) == "//") text.erase(0, text.find('\n') + 1);
  return text;
}

std::string expected_header(const json_value& sent) {
  std::string header;
  for (const json_value& each : *sent.as_array()) {
    if (!header.empty()) header += "; ";
    header += *each.find_string("name") + "=" + *each.find_string("value");
  }
  return header;
}

// Host and path of the corpus's URLs: no credentials, no IPv6.
cookie_origin to_origin(std::string_view url) {
  const bool secure = url.substr(0, 8) == "https://";
  url.remove_prefix(secure ? 8 : 7);
  const std::size_t slash = url.find('/');
  const std::string_view path = url.substr(slash);
  return {url.substr(0, std::min(slash, url.find(':'))), path.substr(0, path.find('?')), secure};
}

}  // namespace

TEST_CASE("[CK-15] http-state: the jar stores and sends as the corpus says") {
  const std::string folder = testing::corpora_folder();
  if (folder.empty()) return;
  const auto cases = parse_json(testing::read_file(folder + "/http-state/parser.json"));
  REQUIRE(cases.has_value());
  int passed = 0;
  for (const json_value& one : *cases->as_array()) {
    INFO(to_json_text(one));
    cookie_jar jar;
    const std::string home = "http://home.example.org:8888/cookie-parser?" + *one.find_string("test");
    for (const json_value& line : *one.find("received")->as_array()) {
      jar.store(*line.as_string(), to_origin(home), corpus_now);
    }
    const std::string* given = one.find_string("sent-to");
    std::string target = given == nullptr ? "http://home.example.org:8888/cookie-parser-result" : *given;
    if (target.front() == '/') target = "http://home.example.org:8888" + target;
    const std::string header = jar.header(to_origin(target), corpus_now);
    CHECK(header == expected_header(*one.find("sent")));
    passed += header == expected_header(*one.find("sent")) ? 1 : 0;
  }
  CHECK(passed == 222);
}

TEST_CASE("[CK-14] http-state: dates are read as the corpus says") {
  const std::string folder = testing::corpora_folder();
  if (folder.empty()) return;
  int read = 0;
  for (const char* name : {"dates.json", "bsd-dates.json"}) {
    const auto cases = parse_json(without_comments(testing::read_file(folder + "/http-state/" + name)));
    REQUIRE(cases.has_value());
    for (const json_value& one : *cases->as_array()) {
      INFO(to_json_text(one));
      CHECK(parse_cookie_date(*one.find_string("test")) == read_expected(one));
      ++read;
    }
  }
  CHECK(read == 70);
}

TEST_CASE("a jar keeps a session and lets it go") {
  cookie_jar jar;
  const cookie_origin site{"Studio.Example.com", "/api/auth/login", true};
  CHECK(jar.store("__Host-mastra_session=abc; HttpOnly; SameSite=Lax; Path=/; Max-Age=60; Secure", site, 0));
  CHECK(jar.header({"studio.example.com", "/api/agents", true}, 59'999) == "__Host-mastra_session=abc");
  CHECK(jar.header({"studio.example.com", "/api/agents", false}, 0).empty());
  CHECK(jar.header({"other.example.com", "/api/agents", true}, 0).empty());
  CHECK(jar.header({"studio.example.com", "/", true}, 60'000).empty());
  CHECK(jar.size() == 0);
  CHECK(jar.store("s=1; Path=/; Max-Age=60; Secure", site, 0));
  CHECK(jar.store("s=; Path=/; Max-Age=0; Secure", site, 0));
  CHECK(jar.size() == 0);
}

TEST_CASE("a jar refuses what no site may set") {
  cookie_jar jar;
  const cookie_origin plain{"a.example.com", "/", false};
  const cookie_origin secure{"a.example.com", "/", true};
  CHECK_FALSE(jar.store("a=1; Domain=com", secure, 0));
  CHECK_FALSE(jar.store("a=1; Domain=b.example.com", secure, 0));
  CHECK_FALSE(jar.store("a=1; Domain=xample.com", secure, 0));
  CHECK_FALSE(jar.store("a=1; Secure", plain, 0));
  CHECK_FALSE(jar.store("__Host-a=1; Secure", {"a.example.com", "/x/y", true}, 0));
  CHECK_FALSE(jar.store("__Host-a=1; Secure; Path=/; Domain=example.com", secure, 0));
  CHECK_FALSE(jar.store("__hOsT-a=1; Path=/", secure, 0));
  CHECK_FALSE(jar.store("__Secure-a=1", secure, 0));
  CHECK_FALSE(jar.store("=1", secure, 0));
  CHECK_FALSE(jar.store("a", secure, 0));
  CHECK_FALSE(jar.store("", secure, 0));
  CHECK_FALSE(jar.store("a=1\x01; Path=/", secure, 0));
  CHECK_FALSE(jar.store("a=" + std::string(4096, 'v'), secure, 0));
  CHECK(jar.size() == 0);
  CHECK_FALSE(jar.store("a=1; Domain=2.3.4", {"1.2.3.4", "/", true}, 0));
  CHECK(jar.store("a=1; Domain=1.2.3.4", {"1.2.3.4", "/", true}, 0));
}

TEST_CASE("[WC-03] names of JavaScript's object machinery are names") {
  cookie_jar jar;
  CHECK(jar.store("__proto__=1", {"__proto__.example", "/", true}, 0));
  CHECK(jar.header({"__proto__.example", "/", true}, 0) == "__proto__=1");
}

TEST_CASE("a jar stays bounded") {
  cookie_jar jar;
  for (int host = 0; host < 100; ++host) {
    const std::string name = "h" + std::to_string(host) + ".example";
    for (int i = 0; i < 60; ++i) jar.store("c" + std::to_string(i) + "=v", {name, "/", true}, 0);
  }
  CHECK(jar.size() == cookie_jar_max);
  const std::string kept = jar.header({"h99.example", "/", true}, 0);
  CHECK(kept.find("c9=v") == std::string::npos);
  CHECK(kept.find("c10=v") != std::string::npos);
}

TEST_CASE("[CK-13] Max-Age wins over Expires and never wraps") {
  const auto expires = [](const char* line) { return parse_set_cookie(line, 1'000)->expires_at_ms; };
  CHECK(expires("a=1; Max-Age=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT") == 2'000);
  CHECK(expires("a=1; Expires=Thu, 01 Jan 1970 00:00:05 GMT; Max-Age=x") == 5'000);
  CHECK(expires("a=1; Max-Age=99999999999999999999999999") == 1'000'000'000'000'000 + 1'000);
  CHECK(expires("a=1; Max-Age=-1") < 0);
  CHECK_FALSE(expires("a=1; Max-Age=; Max-Age=+1; Max-Age=1s").has_value());
  CHECK_FALSE(parse_cookie_date("Thu, 30 Feb 2012 00:00:00 GMT").has_value());
  CHECK_FALSE(parse_cookie_date("Thu, 01 Jan 1600 00:00:00 GMT").has_value());
}

TEST_CASE("plain http neither replaces nor shadows a Secure cookie, and pushes none out") {
  const cookie_origin safe{"studio.example.com", "/", true};
  const cookie_origin plain{"studio.example.com", "/", false};
  cookie_jar jar;
  REQUIRE(jar.store("sid=good; Secure; Path=/", safe, 0));
  CHECK_FALSE(jar.store("sid=evil; Path=/", plain, 0));
  CHECK_FALSE(jar.store("sid=evil; Path=/api", plain, 0));
  CHECK_FALSE(jar.store("sid=evil; Path=/; Domain=example.com", plain, 0));
  CHECK_FALSE(jar.store("sid=; Path=/; Max-Age=0", plain, 0));
  CHECK(jar.header(safe, 0) == "sid=good");
  CHECK(jar.store("other=1; Path=/", plain, 0));
  CHECK(jar.store("sid=later; Secure; Path=/", safe, 0));
  for (int i = 0; i < 100; ++i) jar.store("a" + std::to_string(i) + "=1; Path=/", plain, 0);
  CHECK(jar.size() == cookie_jar_max_per_host);
  CHECK(jar.header(safe, 0).starts_with("sid=later; "));
}

TEST_CASE("expired cookies push none out, and a long path fills no jar") {
  const cookie_origin origin{"studio.example.com", "/%61/x", true};
  cookie_jar jar;
  REQUIRE(jar.store("sid=1; Path=/", origin, 0));
  for (int i = 0; i < 100; ++i) jar.store("a" + std::to_string(i) + "=1; Path=/; Max-Age=1", origin, i * 2'000);
  CHECK(jar.header(origin, 1'000'000) == "sid=1");
  REQUIRE(jar.store("long=1; Path=/" + std::string(5'000, 'x'), origin, 0));
  CHECK(jar.header(origin, 0) == "long=1; sid=1");
}

TEST_CASE("a cookie comes back to the address that set it, escapes or not") {
  const cookie_origin origin{"studio.example.com", "/%61/x", true};
  cookie_jar jar;
  REQUIRE(jar.store("a=1", origin, 0));
  REQUIRE(jar.store("b=1; Path=/%61", origin, 0));
  REQUIRE(jar.store("c=1; Path=/a", origin, 0));
  CHECK(jar.header(origin, 0) == "a=1; b=1; c=1");
  CHECK(jar.header({"studio.example.com", "/a/x", true}, 0) == "c=1");
}

}  // namespace latchkey
