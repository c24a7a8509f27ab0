// SPDX-License-Identifier: Apache-2.0
#include "latchkey/session.h"

#include <limits>
#include <random>

#include "catch.h"
#include "latchkey/session_token.h"

namespace latchkey {
namespace {

constexpr std::int64_t hour = 3'600'000;
constexpr std::int64_t now = 1'795'264'188'890;

session make_session(std::int64_t created, std::int64_t expires) {
  return {"c2Vzc2lvbi1pZC1vZi0yMC1i", "user-1", created, expires, {}};
}

}  // namespace

TEST_CASE("[SS-09] a session is over at its end, not one millisecond later") {
  const session_lifetimes lifetimes;
  const session one = make_session(now, now + hour);
  CHECK(is_alive(one, now, lifetimes));
  CHECK(is_alive(one, now + hour - 1, lifetimes));
  CHECK_FALSE(is_alive(one, now + hour, lifetimes));
  CHECK_FALSE(is_alive(one, now + hour + 1, lifetimes));
}

TEST_CASE("[SS-10] a session from the future, or longer than allowed, is none") {
  const session_lifetimes lifetimes;
  CHECK(is_alive(make_session(now + 60'000, now + hour), now, lifetimes));
  CHECK_FALSE(is_alive(make_session(now + 60'001, now + hour), now, lifetimes));
  CHECK(is_alive(make_session(now, now + lifetimes.absolute_ms), now, lifetimes));
  CHECK_FALSE(is_alive(make_session(now, now + lifetimes.absolute_ms + 1), now, lifetimes));
  CHECK_FALSE(is_alive(make_session(now, now), now - 1, lifetimes));
  CHECK_FALSE(is_alive(make_session(now, now - 1), now - 2, lifetimes));
}

TEST_CASE("absurd times never wrap a session back to life") {
  const session_lifetimes lifetimes;
  constexpr auto largest = std::numeric_limits<std::int64_t>::max();
  constexpr auto smallest = std::numeric_limits<std::int64_t>::min();
  CHECK_FALSE(is_alive(make_session(largest, largest), now, lifetimes));
  CHECK_FALSE(is_alive(make_session(smallest, largest), now, lifetimes));
  CHECK_FALSE(is_alive(make_session(smallest, smallest), now, lifetimes));
  CHECK(session_end(largest, largest, lifetimes) == largest);
  CHECK_FALSE(is_renewal_due(make_session(largest, largest), smallest, lifetimes));
}

TEST_CASE("[SS-14] a renewal never moves the absolute end") {
  const session_lifetimes lifetimes;
  CHECK(session_end(now, now, lifetimes) == now + 24 * hour);
  CHECK(session_end(now, now + 6 * 24 * hour + hour, lifetimes) == now + 7 * 24 * hour);
  // A clock that is set back gains nothing.
  CHECK(session_end(now, now - 48 * hour, lifetimes) == now - 24 * hour);
}

TEST_CASE("a renewal is due past half of the idle time, while it gains something") {
  const session_lifetimes lifetimes;
  const session one = make_session(now, now + 24 * hour);
  CHECK_FALSE(is_renewal_due(one, now + 12 * hour, lifetimes));
  CHECK(is_renewal_due(one, now + 12 * hour + 1, lifetimes));
  const session last = make_session(now, now + 7 * 24 * hour);
  CHECK_FALSE(is_renewal_due(last, now + 7 * 24 * hour - 1, lifetimes));
}

TEST_CASE("session JSON reads back what it writes") {
  session one = make_session(now, now + hour);
  for (const char* metadata : {"null", "{}", R"({"a":[1,"x",null],"b":1.5})"}) {
    one.metadata = *parse_json(metadata);
    for (const std::optional<std::int64_t> mark : {std::optional<std::int64_t>(),
                                                   {0},
                                                   {7},
                                                   {1'800'000'000'000'001},
                                                   {std::numeric_limits<std::int64_t>::max()}}) {
      one.sign_in_mark = mark;
      const auto text = to_session_json(one);
      REQUIRE(text.has_value());
      const auto again = parse_session_json(*text);
      REQUIRE(again.has_value());
      CHECK(*again == one);
    }
  }
}

TEST_CASE("a mark is a whole number that is not negative") {
  session one = make_session(now, now + hour);
  one.sign_in_mark = 12;
  const std::string text = *to_session_json(one);
  const auto at = text.find("12}");
  REQUIRE(at != std::string::npos);
  for (const char* mark : {"-1", "012", "1.0", "1.5", "1e3", "\"12\"", "null", "", "9223372036854775808", "[12]"}) {
    INFO(mark);
    CHECK_FALSE(parse_session_json(text.substr(0, at) + mark + "}").has_value());
  }
  one.sign_in_mark = -1;
  REQUIRE_FALSE(to_session_json(one).has_value());
  CHECK(to_session_json(one).error().field == "mark");
}

TEST_CASE("[SS-18] session JSON is read alike in the written form and in any other") {
  std::mt19937 random(11);
  const char* const metadata[] = {"null",
                                  "{}",
                                  R"({"a":[1,"x",null],"b":1.5})",
                                  R"({"deep":{"er":[]}})",
                                  R"({"device":"a desk"})",
                                  R"({"a":"1","0":"","b":"x"})",
                                  R"({"1":"","2":"","3":"","4":"","5":"","6":"","7":"","8":"","9":""})"};
  for (int round = 0; round < 20'000; ++round) {
    session one = make_session(now + static_cast<std::int64_t>(random()), now + static_cast<std::int64_t>(random()));
    one.metadata = *parse_json(metadata[random() % std::size(metadata)]);
    if (random() % 2 == 0) one.sign_in_mark = static_cast<std::int64_t>(random() % 100'000);
    if (random() % 8 == 0) one.user_id = "\xC3\xA4 \" \\ \n \x7F";
    std::string text = *to_session_json(one);
    if (random() % 4 != 0) {
      for (auto changes = 1 + random() % 3; changes > 0; --changes) {
        const std::size_t at = random() % text.size();
        const char byte = "\"{}:,\\ 0a\n\x01\xC3"[random() % 12];
        switch (random() % 3) {
          case 0:
            text[at] = byte;
            break;
          case 1:
            text.erase(at, 1);
            break;
          default:
            text.insert(at, 1, byte);
        }
      }
    }
    // A blank in front is JSON too, and not the written form.
    INFO(text);
    const auto direct = parse_session_json(text);
    const auto general = parse_session_json(" " + text);
    REQUIRE(direct.has_value() == general.has_value());
    if (direct) REQUIRE(*direct == *general);
  }
}

TEST_CASE("[SS-18] session JSON is read strictly") {
  const std::string good =
      R"({"id":"i","userId":"u","createdAt":"2026-11-21T12:00:00.000Z","expiresAt":"2026-11-21T13:00:00.000Z"})";
  REQUIRE(parse_session_json(good).has_value());
  for (
      const char* text : {
          "",
          "null",
          "[]",
          "{}",
          R"({"id":"i","userId":"u","createdAt":"2026-11-21T12:00:00.000Z"})",
          R"({"id":"","userId":"u","createdAt":"2026-11-21T12:00:00.000Z","expiresAt":"2026-11-21T13:00:00.000Z"})",
          R"({"id":1,"userId":"u","createdAt":"2026-11-21T12:00:00.000Z","expiresAt":"2026-11-21T13:00:00.000Z"})",
          R"({"id":"i","userId":"u","createdAt":1,"expiresAt":2})",
          R"({"id":"i","id":"j","userId":"u","createdAt":"2026-11-21T12:00:00.000Z","expiresAt":"2026-11-21T13:00:00.000Z"})",
          R"({"id":"i","userId":"u","createdAt":"2026-11-21T12:00:00.000Z","expiresAt":"2026-11-21T13:00:00.000Z","email":"x"})",
          R"({"id":"i","userId":"u","createdAt":"2026-11-21T12:00:00.000Z","expiresAt":"2026-11-21T13:00:00.000Z","metadata":[]})",
      }) {
    INFO(text);
    const auto parsed = parse_session_json(text);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().code == errc::session_invalid);
  }
  CHECK_FALSE(parse_session_json(good + " x").has_value());
}

TEST_CASE("[SS-17] metadata over 1 KiB is refused") {
  session one = make_session(now, now + hour);
  one.metadata = json_object{{"a", std::string(1024 - 8, 'x')}};
  CHECK(to_session_json(one).has_value());
  one.metadata = json_object{{"a", std::string(1024 - 7, 'x')}};
  CHECK_FALSE(to_session_json(one).has_value());
}

TEST_CASE("[SS-17] metadata over 1 KiB is not read either, whatever its form") {
  const std::string head =
      R"({"id":"i","userId":"u","createdAt":"2026-11-21T12:29:48.890Z","expiresAt":"2026-11-22T12:29:48.890Z","metadata":)";
  for (const char* begin : {R"({"a":")", R"({"a":[],"b":")", R"({"a":"\u0020)"}) {
    const std::size_t spent = *parse_json(begin + std::string("\"}")) == json_value(json_object{{"a", " "}})
                                  ? std::string_view(R"({"a":" "})").size()
                                  : std::string_view(begin).size() + 2;
    for (const std::size_t size : {std::size_t{200}, session_metadata_max_bytes, session_metadata_max_bytes + 1}) {
      const std::string text = head + begin + std::string(size - spent, 'x') + "\"}}";
      INFO(text);
      CHECK(parse_session_json(text).has_value() == (size <= session_metadata_max_bytes));
    }
  }
  CHECK_FALSE(parse_session_json(head + "[]}").has_value());
  CHECK_FALSE(parse_session_json(head + "\"x\"}").has_value());
}

TEST_CASE("ISO times are read back for every kind of date") {
  CHECK(to_iso_time(0) == "1970-01-01T00:00:00.000Z");
  CHECK(to_iso_time(now) == "2026-11-21T12:29:48.890Z");
  CHECK(to_iso_time(-1) == "1969-12-31T23:59:59.999Z");
  for (std::int64_t at = -62'167'219'200'000; at < 253'402'300'800'000; at += 86'400'000LL * 37 + 12'345'678) {
    REQUIRE(parse_iso_time(to_iso_time(at)) == at);
  }
  CHECK(parse_iso_time("2024-02-29T00:00:00.000Z").has_value());
  for (const char* text : {"2023-02-29T00:00:00.000Z", "2026-13-01T00:00:00.000Z", "2026-00-01T00:00:00.000Z",
                           "2026-01-00T00:00:00.000Z", "2026-04-31T00:00:00.000Z", "2026-01-01T24:00:00.000Z",
                           "2026-01-01T00:60:00.000Z", "2026-01-01T00:00:60.000Z", "2026-01-01T00:00:00Z",
                           "2026-01-01 00:00:00.000Z", "2026-01-01T00:00:00.000", "2026-01-01T00:00:00.00xZ", ""}) {
    INFO(text);
    CHECK_FALSE(parse_iso_time(text).has_value());
  }
  CHECK(to_iso_time(std::numeric_limits<std::int64_t>::max()) == "9999-12-31T23:59:59.999Z");
  CHECK(to_iso_time(std::numeric_limits<std::int64_t>::min()) == "0000-01-01T00:00:00.000Z");
}

TEST_CASE("[SS-05] the authenticated data tells version, key, purpose and cookie apart") {
  const std::array<std::uint8_t, 4> key_id = {1, 2, 3, 4};
  const auto aad = session_token_aad(1, key_id, "session", "mastra_session");
  CHECK(aad.size() == 1 + 4 + 7 + 14);
  CHECK(aad != session_token_aad(2, key_id, "session", "mastra_session"));
  CHECK(aad != session_token_aad(1, {{1, 2, 3, 5}}, "session", "mastra_session"));
  CHECK(aad != session_token_aad(1, key_id, "sso", "mastra_session"));
  CHECK(aad != session_token_aad(1, key_id, "session", "__Host-mastra_session"));
}

TEST_CASE("a token's text reads back to the token") {
  session_token token;
  token.key_id = {9, 8, 7, 6};
  token.salt.fill(1);
  token.iv.fill(2);
  token.ciphertext = {1, 2, 3};
  token.tag.fill(3);
  const auto again = parse_session_token(to_token_text(token));
  REQUIRE(again.has_value());
  CHECK(*again == token);
}

}  // namespace latchkey
