// SPDX-License-Identifier: Apache-2.0
// Reading Cookie and writing Set-Cookie, a case for each requirement; the vectors have more texts of each kind.
#include "latchkey/cookie.h"

#include <algorithm>
#include <array>

#include "catch.h"
#include "latchkey/utf8.h"

namespace latchkey {
namespace {

using pair_list = std::vector<cookie_pair>;

pair_list pairs_of(std::string_view header) {
  auto pairs = parse_cookies(header);
  REQUIRE(pairs.has_value());
  return *pairs;
}

/** The error of writing a cookie; nothing when it was written. */
std::optional<errc> refusal_of(std::string_view name, std::string_view value,
                               const cookie_attributes& attributes = {}) {
  const auto line = to_set_cookie(name, value, attributes);
  return line ? std::nullopt : std::optional(line.error().code);
}

}  // namespace

TEST_CASE("[CK-01] only space and tab are trimmed around names and values", "[cookie][CK-01]") {
  CHECK(pairs_of(" \ta\t = \t1 \t;\t b=2 ") == pair_list{{"a", "1"}, {"b", "2"}});
  // A no-break space, as UTF-8: another name, so the first `a` is the one that was meant.
  const std::string header =
      "\xC2\xA0"
      "a=evil; a=good";
  CHECK(pairs_of(header) == pair_list{{"\xC2\xA0"
                                       "a",
                                       "evil"},
                                      {"a", "good"}});
  CHECK(find_cookie(header, "a") == "good");
  CHECK(find_cookies(header, "a") == std::vector<std::string_view>{"good"});
  // What other languages call white space: NEL, em space, line separator, BOM. Vertical tab and form feed are controls.
  for (const std::string blank : {"\xC2\x85", "\xE2\x80\x83", "\xE2\x80\xA8", "\xEF\xBB\xBF"}) {
    CHECK(find_cookie(blank + "a=evil; a=good", "a") == "good");
    CHECK(find_cookie("a" + blank + "=evil; a=good", "a") == "good");
    CHECK(find_cookie("a=" + blank + "1", "a") == blank + "1");
  }
  for (const std::string control : {"\v", "\f", "\r", "\n"}) {
    CHECK(pairs_of(control + "a=evil; a=good") == pair_list{{"a", "good"}});
  }
}

TEST_CASE("semicolons part pieces wherever they stand, alone and in rows, and no other byte does") {
  // Longer than two blocks of the scan, so that every place in a block and its edges come up.
  constexpr std::size_t length = 150;
  for (std::size_t row = 1; row <= 3; ++row) {
    for (std::size_t at = 3; at + row + 3 < length; ++at) {
      std::string header = "a=" + std::string(length - 2, 'x');
      header.replace(at, row, row, ';');
      header.replace(at + row, 3, "b=y");
      CAPTURE(row, at);
      CHECK(pairs_of(header) ==
            pair_list{{"a", std::string(at - 2, 'x')}, {"b", std::string_view(header).substr(at + row + 2)}});
      CHECK(find_cookie(header, "b") == std::string_view(header).substr(at + row + 2));
    }
  }
  for (int byte = 0x21; byte <= 0xFF; ++byte) {
    if (byte == ';' || byte == 0x7F) continue;
    const std::string header = "a=" + std::string(100, static_cast<char>(byte)) + ";b=1";
    CAPTURE(byte);
    CHECK(pairs_of(header).size() == 2);
  }
}

TEST_CASE("a header fits the limits when its cookies can be read") {
  std::string pairs;
  for (int i = 0; i < 100; ++i) pairs += "a=b;;  ;";
  CHECK(fits_cookie_limits(pairs));
  CHECK(parse_cookies(pairs).has_value());
  CHECK_FALSE(fits_cookie_limits(pairs + "c"));
  CHECK_FALSE(parse_cookies(pairs + "c").has_value());
  CHECK(fits_cookie_limits(std::string(cookie_header_max_bytes, ';')));
  CHECK_FALSE(fits_cookie_limits(std::string(cookie_header_max_bytes + 1, ';')));
}

TEST_CASE("[CK-05] a control byte is found at every place of a text of any length, and nothing else is one") {
  for (std::size_t length = 1; length <= 40; ++length) {
    for (std::size_t at = 0; at < length; ++at) {
      for (const int byte : {0x00, 0x1F, 0x7F}) {
        std::string text(length, 'x');
        text[at] = static_cast<char>(byte);
        CAPTURE(length, at, byte);
        CHECK(has_control_byte(text));
      }
    }
  }
  for (int byte = 0; byte <= 0xFF; ++byte) {
    const bool is_control = (byte < 0x20 && byte != '\t') || byte == 0x7F;
    CAPTURE(byte);
    CHECK(has_control_byte(std::string(1, static_cast<char>(byte))) == is_control);
    CHECK(has_control_byte(std::string(50, static_cast<char>(byte))) == is_control);
  }
  CHECK_FALSE(has_control_byte(""));
  CHECK(has_control_byte(std::string(20, '\t') + "\n"));
}

TEST_CASE("[CK-03] a piece without = or without a name is no cookie", "[cookie][CK-03]") {
  CHECK(pairs_of("foo; a=1") == pair_list{{"a", "1"}});
  CHECK(pairs_of("=v; a=1") == pair_list{{"a", "1"}});
  CHECK(pairs_of(" \t=v; a=1") == pair_list{{"a", "1"}});
  // A nameless cookie that a browser sends as its value alone, or behind an =, makes no other cookie.
  for (const char* header : {"=__Host-s=x", "__Host-s", "=", "; ;", ""}) {
    CHECK(pairs_of(header).empty());
    CHECK_FALSE(find_cookie(header, "__Host-s").has_value());
    CHECK_FALSE(find_cookie(header, "").has_value());
  }
}

TEST_CASE("[CK-04] a value keeps its = and its commas", "[cookie][CK-04]") {
  CHECK(pairs_of("a=b=c") == pair_list{{"a", "b=c"}});
  CHECK(pairs_of("a==") == pair_list{{"a", "="}});
  CHECK(pairs_of("a=1,b=2") == pair_list{{"a", "1,b=2"}});
  CHECK_FALSE(find_cookie("a=1,b=2; c=3", "b").has_value());
}

TEST_CASE("[CK-07] nothing is percent-decoded, in names and in values", "[cookie][CK-07]") {
  CHECK(pairs_of("a=%E0%A4%A; b=%41") == pair_list{{"a", "%E0%A4%A"}, {"b", "%41"}});
  CHECK_FALSE(find_cookie("%73=1", "s").has_value());
  CHECK(find_cookie("%73=1; s=2", "s") == "2");
  CHECK(pairs_of("a=1%3B b=2") == pair_list{{"a", "1%3B b=2"}});
  CHECK(to_set_cookie("a", "%41", {}).value_or("").starts_with("a=%41;"));
}

TEST_CASE("[CK-08] quotes stay and never hide a semicolon", "[cookie][CK-08]") {
  CHECK(pairs_of("a=\"1; b=2\"") == pair_list{{"a", "\"1"}, {"b", "2\""}});
  CHECK(pairs_of("a=\"1\"") == pair_list{{"a", "\"1\""}});
  CHECK(pairs_of("a=\"; b=2; c=\\\"; d=4") == pair_list{{"a", "\""}, {"b", "2"}, {"c", "\\\""}, {"d", "4"}});
}

TEST_CASE("[CK-09] a prefixed name is set only with what it promises, however it is spelt", "[cookie][CK-09]") {
  struct variant {
    bool secure;
    const char* path;
    const char* domain;
    bool host_allows;
    bool secure_allows;
  };
  constexpr std::array variants{variant{true, "/", "", true, true}, variant{false, "/", "", false, false},
                                variant{true, "/x", "", false, true}, variant{true, "/", "example.com", false, true}};
  for (const auto& [secure, path, domain, host_allows, secure_allows] : variants) {
    cookie_attributes attributes;
    attributes.secure = secure;
    attributes.path = path;
    attributes.domain = domain;
    for (const char* name : {"__Host-s", "__HOST-s", "__host-s"}) {
      INFO(name << " " << secure << " " << path << " " << domain);
      CHECK(refusal_of(name, "v", attributes) == (host_allows ? std::nullopt : std::optional(errc::cookie_invalid)));
      CHECK(to_clearing_cookie(name, attributes).has_value() == host_allows);
    }
    for (const char* name : {"__Secure-s", "__SECURE-s", "__secure-s"}) {
      INFO(name << " " << secure << " " << path << " " << domain);
      CHECK(refusal_of(name, "v", attributes) == (secure_allows ? std::nullopt : std::optional(errc::cookie_invalid)));
    }
    CHECK_FALSE(refusal_of("__Hosts", "v", attributes).has_value());
  }
}

TEST_CASE("[CK-10] what would add to a Set-Cookie line is refused wherever it stands", "[cookie][CK-10]") {
  const std::array<std::string, 4> injections{"; Domain=evil.example", "\r\nSet-Cookie: x=y", "\n",
                                              std::string(1, '\0')};
  for (const auto& injected : injections) {
    const std::string text = "a" + injected;
    INFO(text);
    CHECK(refusal_of(text, "v") == errc::cookie_invalid);
    CHECK(refusal_of("n", text) == errc::cookie_invalid);
    cookie_attributes attributes;
    attributes.path = "/" + text;
    CHECK(refusal_of("n", "v", attributes) == errc::cookie_invalid);
    attributes = {};
    attributes.domain = text;
    CHECK(refusal_of("n", "v", attributes) == errc::cookie_invalid);
    CHECK_FALSE(to_clearing_cookie("n", attributes).has_value());
  }
  // Of all bytes a name has the token's and a value the cookie octets: 77 and 90 of them (RFC 6265 §4.1.1).
  int names = 0;
  int values = 0;
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text(1, static_cast<char>(byte));
    names += refusal_of(text, "v") ? 0 : 1;
    values += refusal_of("n", text) ? 0 : 1;
  }
  CHECK(names == 77);
  CHECK(values == 90);
}

TEST_CASE("[CK-11] a cookie over 4,096 bytes is a typed error, and so is an attribute over 1,024", "[cookie][CK-11]") {
  for (const std::size_t name_bytes : {std::size_t{1}, std::size_t{100}, std::size_t{4095}, std::size_t{4096}}) {
    const std::string name(name_bytes, 'n');
    CHECK_FALSE(refusal_of(name, std::string(cookie_max_bytes - name_bytes, 'v')).has_value());
    CHECK(refusal_of(name, std::string(cookie_max_bytes - name_bytes + 1, 'v')) == errc::cookie_too_large);
  }
  CHECK(to_string(errc::cookie_too_large) == "ERR_LATCHKEY_COOKIE_TOO_LARGE");
  cookie_attributes attributes;
  attributes.path = "/" + std::string(1023, 'p');
  CHECK_FALSE(refusal_of("n", "v", attributes).has_value());
  attributes.path += "p";
  CHECK(refusal_of("n", "v", attributes) == errc::cookie_invalid);
  attributes = {};
  attributes.domain = std::string(1024, 'd');
  CHECK_FALSE(refusal_of("n", "v", attributes).has_value());
  attributes.domain += "d";
  CHECK(refusal_of("n", "v", attributes) == errc::cookie_invalid);
}

}  // namespace latchkey
