// SPDX-License-Identifier: Apache-2.0
// What crosses the boundary in a shape that is not the documented one: refused, with the member at fault.
#include "boundary.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "asked_before.h"
#include "catch.h"
#include "latchkey/base64url.h"
#include "latchkey/json_codec.h"
#include "latchkey/license.h"

namespace latchkey {
namespace {

// The code and the field of an error; the whole text of any other answer.
std::string refusal(const std::string& answer) {
  const auto parsed = parse_json(answer);
  REQUIRE(parsed.has_value());
  const json_value* error = parsed->find("error");
  if (error == nullptr) return answer;
  const std::string* field = error->find_string("field");
  return *error->find_string("code") + (field == nullptr ? "" : " " + *field);
}

struct wrong_shape {
  const char* json;
  const char* field;
};

}  // namespace

TEST_CASE("facts of another shape are refused by name") {
  for (const wrong_shape& each : {
           wrong_shape{R"([])", "facts"},
           {R"({"provider":true})", "provider"},
           {R"({"provider":{"sso":{}}})", "provider"},
           {R"({"provider":{"sso":{"provider":"p","text":"t","url":"u","icon":1}}})", "icon"},
           {R"({"provider":{"credentials":true}})", "credentials"},
           {R"({"license":{"valid":true,"features":"rbac"}})", "features"},
           {R"({"user":{}})", "id"},
           {R"({"user":{"id":"u","email":null}})", "email"},
           {R"({"access":{"roles":[]}})", "access"},
           {R"({"access":{"roles":[1],"permissions":[]}})", "roles"},
           {R"({"access":{"roles":[],"permissions":"*"}})", "permissions"},
           {R"({"roles":"other"})", "definitions"},
           {R"({"roles":{}})", "definitions"},
           {R"({"roles":[{"id":"a"}]})", "definitions"},
           {R"({"roles":[{"id":"a","permissions":[],"name":1}]})", "name"},
           {R"({"roles":[{"id":"a","permissions":[1]}]})", "permissions"},
           {R"({"roles":[{"id":"a","permissions":[],"inherits":"b"}]})", "inherits"},
       }) {
    INFO(each.json);
    CHECK(refusal(boundary::capabilities(each.json)) == std::string("ERR_LATCHKEY_JSON_SHAPE ") + each.field);
  }
}

TEST_CASE("null is as good as nothing where a fact is optional") {
  const std::string off = R"({"ok":true,"value":{"enabled":false,"login":null}})";
  CHECK(boundary::capabilities("{}") == off);
  CHECK(refusal(boundary::capabilities(R"({"user":{"id":"u","metadata":[]}})")) == "ERR_LATCHKEY_JSON_SHAPE metadata");
  CHECK(boundary::capabilities(
            R"({"provider":null,"license":null,"user":null,"access":null,"roles":null,"exempt":true})") == off);
  CHECK(boundary::capabilities(R"({"provider":{"sso":null,"credentials":null},"license":{"valid":true}})") ==
        R"({"ok":true,"value":{"enabled":true,"login":null}})");
}

TEST_CASE("a licensed feature of a later version enables nothing") {
  CHECK(boundary::capabilities(R"({"provider":{"credentials":{}},"license":{"valid":true,"features":["teleport"]}})") ==
        R"({"ok":true,"value":{"enabled":true,"login":null}})");
  CHECK(boundary::capabilities(
            R"({"provider":{"credentials":{}},"license":{"valid":true,"features":["teleport","user"]}})") ==
        R"({"ok":true,"value":{"enabled":true,"login":{"type":"credentials","signUpEnabled":false}}})");
}

TEST_CASE("grants and roles of another shape are refused by name") {
  for (const wrong_shape& each : {
           wrong_shape{R"({})", "grants"},
           {R"({"grants":[1]})", "grants"},
           {R"({"grants":[{"grant":"a:b","role":1}]})", "role"},
           {R"({"grants":[],"aliases":[]})", "aliases"},
           {R"({"grants":[],"aliases":{"a":"b"}})", "a"},
       }) {
    INFO(each.json);
    CHECK(refusal(boundary::compile_permissions(each.json)) == std::string("ERR_LATCHKEY_JSON_SHAPE ") + each.field);
  }
  for (const wrong_shape& each : {
           wrong_shape{R"({})", "roles"},
           {R"({"roles":[],"definitions":1})", "definitions"},
           {R"({"roles":[],"mapping":"m"})", "mapping"},
       }) {
    INFO(each.json);
    CHECK(refusal(boundary::role_permissions(each.json)) == std::string("ERR_LATCHKEY_JSON_SHAPE ") + each.field);
  }
  CHECK(boundary::live() == 0);
}

TEST_CASE("grants one a line are a set as well, and what can't be is none") {
  const int set = boundary::compile_grants("agents:read\n*:write:ä\nreports");
  REQUIRE(set > 0);
  for (const char* held : {"agents:read", "tools:write:ä", "reports"}) CHECK(boundary::covers(set, held));
  for (const char* missing : {"agents:write", "tools:write", "reports:read", ""})
    CHECK_FALSE(boundary::covers(set, missing));
  boundary::release(set);
  const int empty = boundary::compile_grants("");
  CHECK(empty > 0);
  CHECK_FALSE(boundary::covers(empty, "agents:read"));
  boundary::release(empty);
  for (const char* refused : {"agents:re*", "agents:read\n\nagents:write", "\n", "agents:read\r\n*", "a:b\nc d"}) {
    INFO(refused);
    CHECK(boundary::compile_grants(refused) == 0);
  }
  CHECK(boundary::compile_grants(std::string(5U << 20U, '*')) == 0);
  CHECK(boundary::live() == 0);
}

TEST_CASE("a cookie is told by where its value stands in the header, in bytes") {
  CHECK(boundary::find_cookie("a=1; session=abc; b=2", "session") == (13 << 15 | 3));
  CHECK(boundary::find_cookie("n=\xC3\xA4; session=\xC3\xA9", "session") == (14 << 15 | 2));
  CHECK(boundary::find_cookie("session=", "session") == 8 << 15);
  for (const char* none : {"", "a=1", "xsession=1", "session", "session=a\x01"}) {
    INFO(none);
    CHECK(boundary::find_cookie(none, "session") == -1);
  }
  CHECK(boundary::find_cookie("=1", "") == -1);
}

TEST_CASE("a cookie is found up to the end of the longest header, and in none that is longer") {
  const std::string longest = std::string(16 * 1024 - 3, 'x') + ";a=";
  CHECK(boundary::find_cookie(longest, "a") == 16 * 1024 << 15);
  const std::string whole = "a=" + std::string(16 * 1024 - 2, 'x');
  CHECK(boundary::find_cookie(whole, "a") == (2 << 15 | (16 * 1024 - 2)));
  CHECK(boundary::find_cookie(whole + 'x', "a") == -1);
  CHECK(boundary::find_cookie(whole, whole + "xx") == -1);
}

TEST_CASE("a session token crosses as its fields, and what is none as nothing") {
  const std::vector<std::uint8_t> envelope(1 + 4 + 16 + 12 + 1 + 16, 1);
  const std::string fields = boundary::parse_session_token(to_base64url(envelope));
  CHECK(fields.substr(0, 2) == "1 ");
  CHECK(std::count(fields.begin(), fields.end(), ' ') == 5);
  for (const char* none : {"", "x", "AQ", "a b"}) CHECK(boundary::parse_session_token(none).empty());
}

TEST_CASE("a question counts as asked before from its second time on, for its own set") {
  boundary::asked_before questions;
  for (const std::string_view text :
       {"", "*", "agents:read", "agents:write", "agents:read:a-resource", "agents:read:ä"}) {
    CAPTURE(text);
    CHECK_FALSE(questions.note(1, text));
    CHECK(questions.note(1, text));
    CHECK_FALSE(questions.note(2, text));
    CHECK(questions.note(2, text));
  }
}

TEST_CASE("questions that come once are seldom taken for known ones, however many there are") {
  boundary::asked_before questions;
  int mistaken = 0;
  for (int i = 0; i < 100'000; ++i) mistaken += questions.note(1, "agents:read:item-" + std::to_string(i)) ? 1 : 0;
  CHECK(mistaken < 3'000);
}

TEST_CASE("every type of JSON has a name") {
  CHECK(json_value().type_name() == "null");
  CHECK(json_value(true).type_name() == "boolean");
  CHECK(json_value(1).type_name() == "number");
  CHECK(json_value(json_number::from_text("1.5").value()).type_name() == "number");
  CHECK(json_value("x").type_name() == "string");
  CHECK(json_value(json_array()).type_name() == "array");
  CHECK(json_value(json_object()).type_name() == "object");
}

TEST_CASE("a number that names nothing has a name all the same") {
  CHECK(to_string(static_cast<errc>(10'000)) == "ERR_LATCHKEY_INTERNAL");
  CHECK(to_string(static_cast<license_feature>(200)).empty());
  CHECK_FALSE(to_license_feature("fga").has_value());
}

}  // namespace latchkey
