// SPDX-License-Identifier: Apache-2.0
// The public corpora through core's codecs: JSON that has to be read or refused, and strings that break things, through
// every text field and back.
#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "catch.h"
#include "latchkey/acl.h"
#include "latchkey/capabilities.h"
#include "latchkey/cookie.h"
#include "latchkey/cookie_jar.h"
#include "latchkey/json_mapping.h"
#include "latchkey/license.h"
#include "latchkey/role.h"
#include "latchkey/route_permission.h"
#include "latchkey/session.h"
#include "latchkey/sso.h"
#include "latchkey/utf8.h"
#include "test_data.h"

namespace latchkey {
namespace {

std::map<std::string, std::string> read_json_suite() {
  const std::string folder = testing::corpora_folder();
  std::map<std::string, std::string> files;
  if (folder.empty()) return files;
  for (const auto& entry : std::filesystem::directory_iterator(folder + "/jsontestsuite/test_parsing")) {
    files.emplace(entry.path().filename().string(), testing::read_file(entry.path().string()));
  }
  return files;
}

// Empty where the corpora are not.
std::vector<std::string> naughty_strings() {
  const std::string folder = testing::corpora_folder();
  if (folder.empty()) return {};
  const auto parsed = parse_json(testing::read_file(folder + "/naughty-strings/blns.json"));
  REQUIRE(parsed.has_value());
  auto strings = to_string_list(*parsed, "blns");
  REQUIRE(strings.has_value());
  CHECK(strings->size() == 515);
  return std::move(*strings);
}

// What a client reads from what a server has written.
json_value sent(const json_value& value) {
  auto read = parse_json(to_json_text(value));
  REQUIRE(read.has_value());
  return std::move(*read);
}

bool is_cookie_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c > 0x20 && c < 0x7F && std::string_view("\",;\\").find(c) == std::string_view::npos;
  });
}

}  // namespace

TEST_CASE("JSONTestSuite: what is JSON is read, and what isn't is refused") {
  int accepted = 0;
  int refused = 0;
  int duplicates = 0;
  const auto files = read_json_suite();
  for (const auto& [name, text] : files) {
    INFO(name);
    const auto parsed = parse_json(text);
    if (!parsed) CHECK(parsed.error().code == errc::json_invalid);
    // What is read is written and read again without a change.
    if (parsed) CHECK(sent(*parsed) == *parsed);
    // RFC 8259 lets a parser refuse these two, and this one does: whose value counts would be anybody's guess.
    if (name.substr(0, 19) == "y_object_duplicated") {
      CHECK_FALSE(parsed.has_value());
      CHECK(parsed.error().message == "An object has the same key twice.");
      ++duplicates;
    } else if (name[0] == 'y') {
      CHECK(parsed.has_value());
      ++accepted;
    } else if (name[0] == 'n') {
      CHECK_FALSE(parsed.has_value());
      ++refused;
    }
  }
  if (!files.empty()) {
    CHECK(accepted + duplicates == 95);
    CHECK(duplicates == 2);
    CHECK(refused == 188);
  }
}

TEST_CASE("JSONTestSuite: where a parser may choose, it chooses the same every time") {
  // Beyond 64 bits, or nearer to 0 than a double comes: kept as they are written. A number that no double holds, half a
  // character, bytes that aren't UTF-8 and 500 levels are refused. A byte order mark is passed over, as RFC 8259 allows.
  const std::set<std::string> read = {"i_number_double_huge_neg_exp.json",   "i_number_real_underflow.json",
                                      "i_number_too_big_neg_int.json",       "i_number_too_big_pos_int.json",
                                      "i_number_very_big_negative_int.json", "i_structure_UTF-8_BOM_empty_object.json"};
  int seen = 0;
  for (const auto& [name, text] : read_json_suite()) {
    if (name[0] != 'i') continue;
    ++seen;
    INFO(name);
    const auto parsed = parse_json(text);
    CHECK(parsed.has_value() == (read.count(name) == 1));
    if (!parsed) continue;
    const std::size_t start = text.substr(0, 3) == "\xEF\xBB\xBF" ? 3 : 0;
    CHECK(to_json_text(*parsed) == text.substr(start, text.find_last_not_of('\n') + 1 - start));
  }
  CHECK((seen == 0 || seen == 35));
}

TEST_CASE("naughty strings are JSON strings and keys like any other") {
  for (const std::string& text : naughty_strings()) {
    INFO(text);
    CHECK(is_well_formed_utf8(text));
    const json_object object{{text, text}};
    const json_value back = sent(object);
    REQUIRE(back.find_string(text) != nullptr);
    CHECK(*back.find_string(text) == text);
  }
}

TEST_CASE("naughty strings as a person, a role and a button come back as they were") {
  for (const std::string& text : naughty_strings()) {
    INFO(text);
    capability_facts facts;
    facts.provider.emplace();
    facts.provider->user = facts.provider->rbac = true;
    facts.provider->sso = sso_login{text, text, text, text, text};
    facts.license.exempt = true;
    facts.signed_in = user{text, text, text, text};
    facts.granted = access{{text, "owner"}, {"*", text}};
    facts.roles = {{text, text, {"agents:read"}, {text}}};
    const json_value answer = sent(build_capabilities(facts));
    for (const char* field : {"id", "email", "name", "avatarUrl"}) {
      CHECK(*answer.find("user")->find_string(field) == text);
    }
    const json_value& login = *answer.find("login")->find("sso");
    for (const char* field : {"provider", "text", "url"}) CHECK(*login.find_string(field) == text);
    // Optional, and therefore left out when empty.
    CHECK((login.find_string("icon") == nullptr) == text.empty());
    CHECK(*(*answer.find("access")->find("roles")->as_array())[0].as_string() == text);
    CHECK(*(*answer.find("access")->find("permissions")->as_array())[1].as_string() == text);
    // A grant that makes no sense denies everything, `*` beside it included.
    CHECK((answer.find("availableRoles") != nullptr) == is_valid_permission(text));

    const auto roles = to_role_definitions(sent(json_array{to_json(facts.roles[0])}));
    REQUIRE(roles.has_value());
    CHECK(*roles == facts.roles);
  }
}

TEST_CASE("naughty strings as roles and their mappings are names") {
  for (const std::string& text : naughty_strings()) {
    INFO(text);
    const std::vector<role_definition> roles = {{text, "", {"agents:read"}, {}}};
    CHECK(to_grant_texts(expand_roles({&text, 1}, roles)) == std::vector<std::string>{"agents:read"});
    CHECK(expand_roles({&text, 1}, default_roles()).empty());
    const role_mapping mapping = {{text, {"tools:read"}}};
    CHECK(to_grant_texts(expand_roles({&text, 1}, {}, mapping)) == std::vector<std::string>{"tools:read"});
  }
}

TEST_CASE("naughty strings in a session come back as they were or are refused") {
  int kept = 0;
  const auto strings = naughty_strings();
  for (const std::string& text : strings) {
    INFO(text);
    session one{"id", text, 0, 1000, json_object{{"note", text}}};
    const bool fits = !text.empty() && text.size() <= session_user_id_max_bytes;
    const auto written = to_session_json(one);
    if (!written) {
      CHECK(written.error().code == errc::session_invalid);
      CHECK_FALSE(fits);
      continue;
    }
    const auto read = parse_session_json(*written);
    REQUIRE(read.has_value());
    CHECK(*read == one);
    ++kept;
    one = {text, "user", 0, 1000, {}};
    const auto named = to_session_json(one);
    CHECK(named.has_value() == (text.size() <= session_id_max_bytes));
    if (named) CHECK(*parse_session_json(*named) == one);
  }
  CHECK((strings.empty() || kept > 480));
}

TEST_CASE("naughty strings are exact permissions or none") {
  int valid = 0;
  const auto strings = naughty_strings();
  for (const std::string& text : strings) {
    for (const std::string& permission : {text, "agents:read:" + text, text + ":read", "agents:" + text}) {
      INFO(permission);
      const auto set = grant_set::compile({&permission, 1});
      CHECK(set.has_value() == is_valid_permission(permission));
      CHECK(grant_set::compile({{"*"}}, {})->covers(permission) == set.has_value());
      if (!set) {
        CHECK(set.error().code == errc::grant_invalid);
        const std::string& named = set.error().field;
        CHECK(is_well_formed_utf8(named));
        CHECK(named.size() + 4 > std::min(permission.size(), permission_max_resource_bytes));
        CHECK(permission.substr(0, named.size()) == named);
        CHECK(sent(set.error().message) == json_value(set.error().message));
        continue;
      }
      ++valid;
      CHECK(set->covers(permission));
      CHECK_FALSE(set->covers(permission + "x"));
      CHECK(set->explain(permission).grant == permission);
    }
  }
  CHECK((strings.empty() || valid > 300));
}

TEST_CASE("naughty strings in a cookie come back as they were or are refused") {
  int kept = 0;
  const auto strings = naughty_strings();
  for (const std::string& text : strings) {
    INFO(text);
    const auto line = to_set_cookie("name", text, {});
    CHECK(line.has_value() == is_cookie_value(text));
    if (!line) {
      CHECK(line.error().code == errc::cookie_invalid);
    } else {
      const auto received = parse_set_cookie(*line, 0);
      REQUIRE(received.has_value());
      CHECK(received->value == text);
      const std::string header = "name=" + text;
      REQUIRE(find_cookie(header, "name").has_value());
      CHECK(*find_cookie(header, "name") == text);
      ++kept;
    }
    // In a header that somebody else wrote: read alone or not at all, and the neighbours stay.
    const std::string header = "before=1; " + text + "=" + text + "; after=2";
    CHECK(find_cookie(header, "before") == "1");
    CHECK(find_cookie(header, "after") == "2");
    cookie_attributes attributes;
    attributes.path = "/" + text;
    if (const auto written = to_set_cookie("name", "value", attributes)) {
      CHECK(parse_set_cookie(*written, 0)->path == attributes.path);
    }
  }
  CHECK((strings.empty() || kept > 100));
}

TEST_CASE("http-state: every list of cookies that is sent is read back in order") {
  const std::string folder = testing::corpora_folder();
  if (folder.empty()) return;
  const auto cases = parse_json(testing::read_file(folder + "/http-state/parser.json"));
  REQUIRE(cases.has_value());
  int lists = 0;
  for (const json_value& one : *cases->as_array()) {
    const json_array& sent_cookies = *one.find("sent")->as_array();
    if (sent_cookies.empty()) continue;
    INFO(to_json_text(one));
    std::string header;
    std::vector<cookie_pair> expected;
    for (const json_value& each : sent_cookies) {
      expected.emplace_back(*each.find_string("name"), *each.find_string("value"));
      header.append(header.empty() ? "" : "; ").append(expected.back().first).append("=");
      header.append(expected.back().second);
    }
    const auto pairs = parse_cookies(header);
    REQUIRE(pairs.has_value());
    CHECK(*pairs == expected);
    for (const cookie_pair& asked : expected) {
      const auto first = std::find_if(expected.begin(), expected.end(),
                                      [&](const cookie_pair& pair) { return pair.first == asked.first; });
      CHECK(find_cookie(header, asked.first) == first->second);
    }
    ++lists;
  }
  CHECK(lists == 135);
}

TEST_CASE("naughty strings in an ACL grant speak of themselves alone") {
  const grant_set none;
  for (const std::string& text : naughty_strings()) {
    INFO(text);
    const acl_grant grant{{acl_subject_type::user, text}, {"agents", text}, {"read"}, 0, text};
    const std::span<const acl_grant> grants{&grant, 1};
    const std::string other = text + "x";
    const acl_caller caller{text, {}, none};
    const bool is_permission = is_valid_permission("agents:read:" + text) && text != "*";
    CHECK(can_access(acl_mode::extend, caller, grants, {"agents", text}, "read") ==
          is_valid_permission("agents:read:" + text));
    CHECK_FALSE(can_access(acl_mode::extend, caller, grants, {"agents", other}, "read"));
    CHECK_FALSE(can_access(acl_mode::extend, {other, {}, none}, grants, {"agents", text}, "read"));
    CHECK_FALSE(can_access(acl_mode::extend, caller, grants, {text, text}, "read"));
    if (is_permission) {
      CHECK(list_accessible(acl_mode::extend, caller, grants, "agents", "read").ids == std::vector<std::string>{text});
    }
  }
}

TEST_CASE("naughty strings as licenses, routes and return paths have an answer") {
  for (const std::string& text : naughty_strings()) {
    INFO(text);
    const license_info license = check_license(text);
    CHECK(license.valid != license.reason.has_value());
    CHECK(*sent(to_json(license)).find("valid")->as_bool() == license.valid);
    CHECK_FALSE(check_license("license-license-license-license\x01" + text).valid);
    const std::string path = safe_return_path(text);
    CHECK((path == text || path == "/"));
    const auto permission = derive_route_permission("GET", "/" + text);
    if (permission) CHECK(is_valid_permission(*permission));
  }
}

TEST_CASE("naughty strings in an error's message and field come back as they were") {
  for (const std::string& text : naughty_strings()) {
    INFO(text);
    const auto refused = to_namespace_aliases(json_object{{text, 1}});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == errc::json_shape);
    CHECK(refused.error().field == text);
    CHECK(*sent(json_object{{"field", refused.error().field}}).find_string("field") == text);
  }
}

}  // namespace latchkey
