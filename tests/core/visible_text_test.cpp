// SPDX-License-Identifier: Apache-2.0
#include "latchkey/visible_text.h"

#include "latchkey/json_codec.h"
#include "test_data.h"

namespace latchkey {
namespace {

TEST_CASE("[AU-04] plain text has no character that steers a terminal or misleads its reader", "[AU-04]") {
  CHECK(to_plain_text("Mozilla/5.0 (X11; Linux) \u00e9\u4e2d\U0001f600") ==
        "Mozilla/5.0 (X11; Linux) \u00e9\u4e2d\U0001f600");
  for (const char* misleading : {"\n", "\t", "\r", "\x1b", "\x7f", "\u0085", "\u009b", "\u00ad", "\u061c", "\u200b",
                                 "\u200f", "\u2028", "\u2029", "\u202e", "\u2066", "\u2069", "\ufeff", "\U000e0041"}) {
    INFO(misleading);
    CHECK(to_plain_text("a" + std::string(misleading) + "b") == "a?b");
  }
  CHECK(to_plain_text(std::string_view("a\0b", 3)) == "a?b");
  CHECK(to_plain_text("a\nb\tc\x1b", "\n\t") == "a\nb\tc?");
  // CSI as the single byte that some terminals take, and other bytes that are no text.
  CHECK(to_plain_text("a\x9b"
                      "2Jb\xc0\xaf\xed\xa0\x80") == "a?2Jb?????");
}

TEST_CASE("[AU-04] JSON keeps misleading characters as escapes that a parser reads back", "[AU-04]") {
  const json_value value(json_object{{"agent", "\u009b2J\u202e\u2028\U000e0041 \u00e9"}});
  const std::string visible = to_visible_json(to_json_text(value));
  CHECK(visible == "{\"agent\":\"\\u009b2J\\u202e\\u2028\\udb40\\udc41 \u00e9\"}");
  const auto read = parse_json(visible);
  REQUIRE(read.has_value());
  CHECK(to_json_text(*read) == to_json_text(value));
}

}  // namespace
}  // namespace latchkey
