// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/sessions/session_sealer.h"

#include <set>

#include "latchkey/base64url.h"
#include "latchkey/native/crypto/random.h"
#include "support.h"

using namespace latchkey;
using namespace latchkey::native;
using namespace latchkey::testing;

namespace {

const std::string secret = "k3Jx9-Vq2LmN7_pRtYwZ8sUaBcDfGhKe5oQiXv1n4M0";
const std::string other_secret = "Zt6Wq-1oLp8Xc_Vb3Nm5KjHgFdSaQwErTyUiOpAsDf2";
const std::string cookie_name = "__Host-mastra_session";

session_sealer make_sealer(std::vector<std::string> secrets) { return session_sealer(must(key_ring::make(secrets))); }

latchkey::session make_session() {
  latchkey::session value;
  value.id = "AAECAwQFBgcICQoLDA0ODxAREhM";
  value.user_id = "user-1";
  value.created_at_ms = 1'800'000'000'000;
  value.expires_at_ms = 1'800'086'400'000;
  value.metadata = json_object{{"device", "laptop"}};
  return value;
}

}  // namespace

TEST_CASE("[SS-04] what is sealed opens again, and no two seals are alike") {
  const auto sealer = make_sealer({secret});
  std::set<std::string> texts;
  for (int i = 0; i < 100; ++i) {
    const std::string text = must(sealer.seal(make_session(), session_purpose, cookie_name));
    texts.insert(text);
    CHECK(sealer.open(text, session_purpose, cookie_name) == make_session());
    CHECK(text.find('=') == std::string::npos);
  }
  CHECK(texts.size() == 100);
}

TEST_CASE("[SS-06] refuses a token with any bit flipped") {
  const auto sealer = make_sealer({secret});
  const std::string text = must(sealer.seal(make_session(), session_purpose, cookie_name));
  auto bytes = must(from_base64url(text));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    const auto mask = static_cast<std::uint8_t>(1U << (bit % 8));
    bytes[bit / 8] ^= mask;
    INFO("bit " << bit);
    CHECK_FALSE(sealer.open(to_base64url(bytes), session_purpose, cookie_name).has_value());
    bytes[bit / 8] ^= mask;
  }
  CHECK(sealer.open(to_base64url(bytes), session_purpose, cookie_name).has_value());
}

TEST_CASE("[SS-06] refuses a token with any character replaced, added or cut off") {
  const auto sealer = make_sealer({secret});
  const std::string text = must(sealer.seal(make_session(), session_purpose, cookie_name));
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const char c : {'A', 'B', '_', '=', '+', ' ', '\0'}) {
      if (text[at] == c) continue;
      std::string changed = text;
      changed[at] = c;
      CHECK_FALSE(sealer.open(changed, session_purpose, cookie_name).has_value());
    }
    CHECK_FALSE(sealer.open(text.substr(0, at), session_purpose, cookie_name).has_value());
    CHECK_FALSE(sealer.open(text.substr(at + 1), session_purpose, cookie_name).has_value());
  }
  for (const char* tail : {"=", "==", "A", " ", "\n", ".x"}) {
    CHECK_FALSE(sealer.open(text + tail, session_purpose, cookie_name).has_value());
  }
  CHECK_FALSE(sealer.open("", session_purpose, cookie_name).has_value());
  CHECK_FALSE(sealer.open(std::string(100'000, 'A'), session_purpose, cookie_name).has_value());
}

TEST_CASE("[SS-05] a token opens under its own purpose and cookie name alone") {
  const auto sealer = make_sealer({secret});
  const std::string login = must(sealer.seal(make_session(), "login", cookie_name));
  CHECK_FALSE(sealer.open(login, session_purpose, cookie_name).has_value());
  CHECK(sealer.open(login, "login", cookie_name).has_value());
  const std::string text = must(sealer.seal(make_session(), session_purpose, cookie_name));
  for (const char* name : {"mastra_session", "__Secure-mastra_session", "__host-mastra_session", ""}) {
    CHECK_FALSE(sealer.open(text, session_purpose, name).has_value());
  }
}

TEST_CASE("[SS-08] seals with the newest key, opens with any, and forgets a removed one") {
  const auto before = make_sealer({secret});
  const auto rotated = make_sealer({other_secret, secret});
  const auto after = make_sealer({other_secret});
  const std::string old_text = must(before.seal(make_session(), session_purpose, cookie_name));
  const std::string new_text = must(rotated.seal(make_session(), session_purpose, cookie_name));
  CHECK(rotated.open(old_text, session_purpose, cookie_name).has_value());
  CHECK(rotated.open(new_text, session_purpose, cookie_name).has_value());
  CHECK(after.open(new_text, session_purpose, cookie_name).has_value());
  CHECK_FALSE(after.open(old_text, session_purpose, cookie_name).has_value());
  CHECK_FALSE(before.open(new_text, session_purpose, cookie_name).has_value());
}

TEST_CASE("[SS-07] a failing random source gives no token") {
  const auto sealer = make_sealer({secret});
  (void)must(sealer.seal(make_session(), session_purpose, cookie_name));
  set_random_source_for_testing([](std::span<std::uint8_t>) { return false; });
  const auto sealed = sealer.seal(make_session(), session_purpose, cookie_name);
  set_random_source_for_testing(nullptr);
  REQUIRE_FALSE(sealed.has_value());
  CHECK(sealed.error().code == errc::crypto_failed);
}

TEST_CASE("[SS-18] authentic content that is no session is no session") {
  const auto sealer = make_sealer({secret});
  for (const char* json : {"null", "[]", "{}", R"({"id":"a"})", "{\"id\":\"a\",\"id\":\"a\"}", "not json",
                           R"({"id":"a","userId":"b","createdAt":"x","expiresAt":"y"})"}) {
    const std::string text = must(sealer.seal_payload(json, session_purpose, cookie_name));
    CHECK_FALSE(sealer.open(text, session_purpose, cookie_name).has_value());
    CHECK(sealer.open_payload(text, session_purpose, cookie_name) == std::string(json));
  }
}

TEST_CASE("a payload of any bytes is sealed up to what a cookie carries") {
  const auto sealer = make_sealer({secret});
  const std::string binary("\0\xff\n;", 4);
  CHECK(sealer.open_payload(must(sealer.seal_payload(binary, "login", "t")), "login", "t") == binary);
  const std::string largest(2'951, 'x');
  const std::string text = must(sealer.seal_payload(largest, "login", "t"));
  CHECK(text.size() <= session_token_max_text_bytes);
  CHECK(sealer.open_payload(text, "login", "t") == largest);
  CHECK(sealer.seal_payload(largest + "x", "login", "t").error().code == errc::cookie_too_large);
  CHECK_FALSE(sealer.seal_payload("", "login", "t").has_value());
}

TEST_CASE("[SS-17] a session over its limits is not sealed") {
  const auto sealer = make_sealer({secret});
  auto value = make_session();
  value.metadata = json_object{{"note", std::string(1'024, 'x')}};
  CHECK(sealer.seal(value, session_purpose, cookie_name).error().code == errc::session_invalid);
}
