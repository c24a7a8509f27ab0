// SPDX-License-Identifier: Apache-2.0
#include <clocale>

#include "catch.h"
#include "latchkey/base64url.h"
#include "latchkey/json_codec.h"
#include "latchkey/utf8.h"

// A machine need not have a locale with a decimal comma, so the parser is told of one. Not in a build with assertions: the
// conversion of the C library, which stays with the point, would contradict it and the parser's own assertion see that.
#if defined(NDEBUG) && !defined(__EMSCRIPTEN__)
#define LATCHKEY_TESTS_SET_A_LOCALE 1
namespace {
const char* decimal_point = ".";
}
extern "C" struct lconv* localeconv() noexcept {
  static char nothing[] = "";
  static char point[2];
  static struct lconv convention;
  convention.thousands_sep = convention.grouping = nothing;
  point[0] = *decimal_point;
  convention.decimal_point = point;
  return &convention;
}
#endif

namespace latchkey {

TEST_CASE("base64url reads back what it writes, for every length") {
  std::vector<std::uint8_t> bytes;
  for (int length = 0; length < 70; ++length) {
    const std::string text = to_base64url(bytes);
    CHECK(text.find_first_of("+/=") == std::string::npos);
    CHECK(from_base64url(text) == bytes);
    bytes.push_back(static_cast<std::uint8_t>(length * 37 + 11));
  }
}

TEST_CASE("base64url knows the examples of RFC 4648") {
  const auto encode = [](std::string_view text) {
    return to_base64url({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  };
  CHECK(encode("") == "");
  CHECK(encode("f") == "Zg");
  CHECK(encode("fo") == "Zm8");
  CHECK(encode("foo") == "Zm9v");
  CHECK(encode("foobar") == "Zm9vYmFy");
  CHECK(encode("\xfb\xff") == "-_8");
}

TEST_CASE("[SS-04] base64url refuses every text but the canonical one") {
  for (const char* text : {"Zg==", "Zg=", "Z", "Zh", "Zm9", "Zm8=", "Zm8 ", " Zm8", "Zm8\n", "Zm+v", "Zm/v", "Zm9vY"}) {
    INFO(text);
    CHECK_FALSE(from_base64url(text).has_value());
  }
  CHECK_FALSE(from_base64url(std::string_view("Zm8\0", 4)).has_value());
}

TEST_CASE("JSON keeps what it reads") {
  for (const char* text :
       {"null", "true", "0", "-9223372036854775808", "9223372036854775807", "18446744073709551615", "1.5", "1e400000",
        "0.1", "\"\"", "\"a\\\"b\\\\\\u0001\\n\"", "[]", "{}", "[1,[2,[3]],{}]", "{\"b\":1,\"a\":{\"c\":null}}"}) {
    INFO(text);
    const auto parsed = parse_json(text);
    if (std::string_view(text) == "1e400000") {
      CHECK_FALSE(parsed.has_value());
      continue;
    }
    REQUIRE(parsed.has_value());
    CHECK(to_json_text(*parsed) == text);
  }
}

TEST_CASE("JSON numbers keep their text, and nothing else becomes a number") {
  for (const char* text : {"0.1", "-0.0", "1.50", "5e-324", "1.7976931348623157E+308", "123456789012345680000", "-0e0",
                           "1e-400", "9007199254740993.0000000001"}) {
    const auto read = parse_json("[" + std::string(text) + "]");
    INFO(text);
    REQUIRE(read.has_value());
    const json_number* number = read->as_array()->front().as_number();
    REQUIRE(number != nullptr);
    CHECK(number->text() == text);
    CHECK(to_json_text(*read) == "[" + std::string(text) + "]");
    CHECK(json_number::from_text(text) == *number);
  }
  CHECK_FALSE(parse_json("1e400").has_value());
  CHECK_FALSE(parse_json("\"\x01\"").has_value());
  for (const char* text :
       {"", "-", "+1", "01", ".5", "1.", "1.e1", "1e", "1e+", "0x1", "1,5", "1 ", " 1", "inf", "nan", "1,\"x\":2"}) {
    INFO(text);
    CHECK_FALSE(json_number::from_text(text).has_value());
  }
}

#if LATCHKEY_TESTS_SET_A_LOCALE
TEST_CASE("JSON numbers are the same in a locale that writes a comma") {
  decimal_point = ",";
  const auto read = parse_json(R"({"a":1.5,"b":[2.25e3,-0.1]})");
  decimal_point = ".";
  REQUIRE(read.has_value());
  CHECK(to_json_text(*read) == R"({"a":1.5,"b":[2.25e3,-0.1]})");
}
#endif

TEST_CASE("[HT-08] JSON refuses duplicate keys, deep nesting and anything behind the document") {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK(parse_json(nested(64)).has_value());
  CHECK_FALSE(parse_json(nested(65)).has_value());
  CHECK_FALSE(parse_json(nested(100'000)).has_value());
  CHECK_FALSE(parse_json(std::string(100'000, '[')).has_value());
  CHECK_FALSE(parse_json(R"({"a":1,"a":2})").has_value());
  CHECK_FALSE(parse_json(R"({"a":1,"\u0061":2})").has_value());
  CHECK_FALSE(parse_json(R"({"x":{"a":1,"b":2,"a":3}})").has_value());
  for (const char* text :
       {"", " ", "1 2", "{}x", "{},", "[1,]", "{\"a\":1,}", "nul", "'a'", "\"\t\"", "\xEF\xBB\xBF{"}) {
    INFO(text);
    CHECK_FALSE(parse_json(text).has_value());
  }
  CHECK_FALSE(parse_json(std::string_view("123\0", 4)).has_value());
  CHECK_FALSE(parse_json(std::string(json_max_bytes + 1, ' ')).has_value());
  CHECK(parse_json(R"({"a":1,"a":2})").error().code == errc::json_invalid);
}

TEST_CASE("JSON reads many keys without going over each pair of them") {
  std::string text = "{";
  for (int i = 0; i < 60'000; ++i) text += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":0";
  CHECK(parse_json(text + "}").has_value());
  CHECK_FALSE(parse_json(text + ",\"7\":0}").has_value());
}

TEST_CASE("JSON is written as UTF-8 whatever it holds") {
  CHECK(to_json_text(json_value("\xff")) == "\"\xEF\xBF\xBD\"");
  CHECK(to_json_text(json_value(std::string("\0\x1f", 2))) == "\"\\u0000\\u001f\"");
  CHECK(to_json_text(json_value("\xE2\x82\xAC")) == "\"\xE2\x82\xAC\"");
}

TEST_CASE("a JSON value of another type answers with nothing") {
  const auto parsed = parse_json(R"({"a":"x","n":1,"t":true})");
  REQUIRE(parsed.has_value());
  CHECK(*parsed->find_string("a") == "x");
  CHECK(parsed->find_string("n") == nullptr);
  CHECK(parsed->find("missing") == nullptr);
  CHECK(parsed->find("a")->find("b") == nullptr);
  CHECK(parsed->is_true("t"));
  CHECK_FALSE(parsed->is_true("n"));
  CHECK(parsed->find("n")->type_name() == "number");
}

TEST_CASE("UTF-8 is told from what only looks like it") {
  CHECK(is_well_formed_utf8(""));
  CHECK(is_well_formed_utf8("a\xC2\xA0\xE2\x82\xAC\xF0\x9F\x98\x80"));
  CHECK(is_well_formed_utf8("\xED\x9F\xBF\xEE\x80\x80\xF4\x8F\xBF\xBF"));
  for (const char* bytes : {"\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF0\x80\x80\xAF",
                            "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\xE2\x28\xA1", "a\xFF"}) {
    CHECK_FALSE(is_well_formed_utf8(bytes));
  }
  CHECK(count_code_points("a\xE2\x82\xAC") == 2);
  CHECK_FALSE(count_code_points("\xff").has_value());
}

}  // namespace latchkey
