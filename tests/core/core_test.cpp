// SPDX-License-Identifier: Apache-2.0
// Cookies, licenses, roles and errors where values beside the vectors matter.
#include <algorithm>
#include <random>
#include <set>

#include "catch.h"
#include "latchkey/capabilities.h"
#include "latchkey/cookie.h"
#include "latchkey/license.h"
#include "latchkey/role.h"

namespace latchkey {

TEST_CASE("every error code has a text of its own") {
  std::set<std::string_view> texts;
  for (const error_code_entry& entry : all_error_codes()) {
    INFO(entry.text);
    CHECK(entry.text.substr(0, 13) == "ERR_LATCHKEY_");
    CHECK(entry.sentence.back() == '.');
    CHECK(texts.insert(entry.text).second);
    CHECK(to_string(entry.code) == entry.text);
  }
}

TEST_CASE("[CK-02] at most four cookies of the session's name are tried, in order") {
  const std::string header = "s=1; s=2; x=y; s=3; s=4; s=5";
  CHECK(find_cookies(header, "s") == std::vector<std::string_view>{"1", "2", "3", "4"});
  CHECK(find_cookies(header, "none").empty());
  CHECK(find_cookies(header, "s", 0).empty());
}

TEST_CASE("[CK-06] finding a name agrees with reading the whole header") {
  std::mt19937 random(7);
  // Few different bytes, so that names meet, and bytes on either side of what is a control character.
  const auto random_text = [&](std::size_t most) {
    std::string text;
    for (auto length = random() % (most + 1); length > 0; --length) text += "ab==;; \t\x1F\x7F\x80\xFF"[random() % 12];
    return text;
  };
  int found = 0;
  for (int round = 0; round < 100'000; ++round) {
    const std::string header = random_text(40);
    const std::string name = round % 2 == 0 ? "a" : random_text(2);
    std::vector<std::string_view> expected;
    const auto pairs = parse_cookies(header);
    REQUIRE(pairs.has_value());
    for (const auto& [other, value] : *pairs) {
      if (other == name) expected.push_back(value);
    }
    INFO(header << " and " << name);
    REQUIRE(find_cookies(header, name, 100) == expected);
    const auto first = find_cookie(header, name);
    REQUIRE(first.has_value() == !expected.empty());
    if (first) REQUIRE(*first == expected.front());
    found += first.has_value() ? 1 : 0;
  }
  CHECK(found > 1'000);
}

TEST_CASE("[CK-05] a control character is found wherever it stands in a cookie") {
  for (std::size_t length = 1; length <= 24; ++length) {
    for (std::size_t at = 0; at < length; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string header = "s=" + std::string(length, 'v');
        header[2 + at] = static_cast<char>(byte);
        if (byte == ';') continue;
        const bool is_control = (byte < 0x20 && byte != '\t') || byte == 0x7F;
        REQUIRE(find_cookie(header, "s").has_value() == !is_control);
      }
    }
  }
}

TEST_CASE("[CK-16] the clearing cookie repeats name, path, domain and Secure") {
  cookie_attributes attributes;
  attributes.max_age_seconds = 3600;
  CHECK(to_clearing_cookie("__Host-s", attributes) ==
        "__Host-s=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0; Secure; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
  attributes.domain = "example.com";
  attributes.path = "/app";
  CHECK(to_clearing_cookie("__Secure-s", attributes) ==
        "__Secure-s=; HttpOnly; SameSite=Lax; Path=/app; Domain=example.com; Max-Age=0; Secure; "
        "Expires=Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST_CASE("[SS-15] the session cookie's name says how it is protected") {
  CHECK(session_cookie_name("mastra_session", true, false) == "__Host-mastra_session");
  CHECK(session_cookie_name("mastra_session", true, true) == "__Secure-mastra_session");
  CHECK(session_cookie_name("mastra_session", false, false) == "mastra_session");
}

TEST_CASE("[CK-12] a cookie bomb costs no more than reading it") {
  std::string bomb;
  for (int i = 0; i < 100'000; ++i) bomb += "a=b;";
  CHECK_FALSE(parse_cookies(bomb).has_value());
  CHECK(find_cookies(bomb, "a").empty());
  CHECK_FALSE(parse_cookies(std::string(1 << 20, 'x')).has_value());
}

TEST_CASE("[CK-18] a cookie that is written is read back") {
  std::string octets;
  for (int c = 0x21; c < 0x7F; ++c) {
    if (c != '"' && c != ',' && c != ';' && c != '\\') octets += static_cast<char>(c);
  }
  const auto line = to_set_cookie("name", octets, {});
  REQUIRE(line.has_value());
  const std::string sent_back = line->substr(0, line->find("; HttpOnly"));
  const auto pairs = parse_cookies(sent_back);
  REQUIRE(pairs.has_value());
  CHECK(pairs->front() == cookie_pair{"name", octets});
}

TEST_CASE("a license answer is kept for sixty seconds") {
  license_cache cache;
  const std::string license(32, 'x');
  CHECK(cache.check(license, 0, 1000).valid);
  CHECK_FALSE(cache.take_warning());
  CHECK_FALSE(cache.check("", 0, 1001).valid);
  CHECK_FALSE(cache.take_warning());
  CHECK_FALSE(cache.check("too short", 0, 1002).valid);
  CHECK(cache.take_warning());
  CHECK_FALSE(cache.take_warning());
  CHECK_FALSE(cache.check("too short", 0, 1002 + license_cache_ms).valid);
  CHECK_FALSE(cache.take_warning());
}

TEST_CASE("a license gates features, and exemption opens them all") {
  license_gate gate;
  CHECK_FALSE(gate.allows(license_feature::rbac, 0));
  gate.license = check_license(std::string(32, 'x'));
  CHECK(gate.allows(license_feature::rbac, 0));
  gate.license.expires_at_ms = 100;
  CHECK(gate.allows(license_feature::rbac, 99));
  CHECK_FALSE(gate.allows(license_feature::rbac, 100));
  gate.exempt = true;
  CHECK(gate.allows(license_feature::rbac, 100));
}

TEST_CASE("RBAC without a license refuses to start") {
  provider_facts facts;
  CHECK(check_licensed(facts, {}, 0).has_value());
  facts.rbac = true;
  const auto checked = check_licensed(facts, {}, 0);
  REQUIRE_FALSE(checked.has_value());
  CHECK(checked.error().code == errc::license_required);
  CHECK(checked.error().message.find("auth_server_config::license") != std::string::npos);
  CHECK(checked.error().field == "rbac");
  CHECK(check_licensed(facts, {.license = check_license(std::string(32, 'x'))}, 0).has_value());
  facts.acl = true;
  license_gate only_rbac{.license = check_license(std::string(32, 'x'))};
  only_rbac.license.features = {};
  only_rbac.license.features.add(license_feature::rbac);
  CHECK(check_licensed(facts, only_rbac, 0).error().field == "acl");
}

TEST_CASE("[RB-13] a long chain of inheritance ends") {
  std::vector<role_definition> chain;
  for (int i = 0; i < 20'000; ++i) {
    chain.push_back({"r" + std::to_string(i), "", {"p" + std::to_string(i)}, {"r" + std::to_string((i + 1) % 20'000)}});
  }
  // Looking a role up is linear, so only the ends of the chain are asked here.
  chain.resize(2'000);
  const std::string first = "r0";
  CHECK(expand_roles({&first, 1}, chain).size() == 2'000);
}

}  // namespace latchkey
