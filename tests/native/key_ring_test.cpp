// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/sessions/key_ring.h"

#include "latchkey/native/crypto/hash.h"
#include "support.h"

using namespace latchkey;
using namespace latchkey::native;
using namespace latchkey::testing;

namespace {

const std::string strong = "k3Jx9-Vq2LmN7_pRtYwZ8sUaBcDfGhKe5oQiXv1n4M0";

std::vector<std::uint8_t> derive(const std::string& secret, const std::string& info, std::size_t size) {
  std::vector<std::uint8_t> out(size);
  must(hkdf_sha256(as_bytes(secret), as_bytes(std::string_view("latchkey")), as_bytes(info), out));
  return out;
}

}  // namespace

TEST_CASE("[SS-01] weak secrets are refused with the reason") {
  const std::vector<std::pair<std::string, std::string>> table{{"", "has 0 bytes,"},
                                                               {"x", "has 1 byte,"},
                                                               {"short", "has 5 bytes,"},
                                                               {strong.substr(0, 31), "bytes"},
                                                               {std::string(64, 'a'), "repeated"},
                                                               {std::string(32, '\0'), "repeated"},
                                                               {"abababababababababababababababababab", "repeats"},
                                                               {"12345678901234567890123456789012", "repeats"},
                                                               {"changeme-changeme-changeme-2x9f!q", "placeholder"},
                                                               {"CHANGE_ME_please_this_is_a_default", "placeholder"},
                                                               {"your-secret-key-goes-here-0123abcd", "placeholder"},
                                                               {"supersecretsupersecret42supersecre", "placeholder"},
                                                               {"better-auth-secret-123456789-xyzuv", "placeholder"},
                                                               {"aabbaabbccaabbddaabbccddbbaaccddab", "different"},
                                                               {"abcdefghijklmnopqrstuvwxyz012345678", "counts"}};
  for (const auto& [secret, reason] : table) {
    INFO(secret);
    const auto checked = check_secret(secret);
    REQUIRE_FALSE(checked.has_value());
    CHECK(checked.error().code == errc::secret_weak);
    CHECK(checked.error().message.find(reason) != std::string::npos);
    if (secret.size() > 1) CHECK(checked.error().message.find(secret) == std::string::npos);
    CHECK(checked.error().message.ends_with("Make one with `openssl rand -base64 32`."));
    CHECK_FALSE(key_ring::make(std::vector{secret}).has_value());
  }
  CHECK_FALSE(key_ring::make(std::vector<std::string>{}).has_value());
}

TEST_CASE("[SS-01] strong secrets pass, and plain ones under 43 characters with a warning") {
  CHECK(must(check_secret(strong)).empty());
  CHECK_FALSE(must(check_secret(strong.substr(0, 42))).empty());
  CHECK_FALSE(must(check_secret(strong.substr(0, 32))).empty());
  std::string binary = strong.substr(0, 32);
  binary[7] = '\x93';
  CHECK(must(check_secret(binary)).empty());
  const auto ring = must(key_ring::make(std::vector{strong, strong.substr(0, 40)}));
  CHECK(ring->size() == 2);
  REQUIRE(ring->warnings().size() == 1);
  CHECK(ring->warnings().front().find("`openssl rand -base64 32`") != std::string::npos);
  CHECK(ring->warnings().front().find(strong.substr(0, 40)) == std::string::npos);
}

TEST_CASE("[SS-02] keys are derived with the documented labels, one for each purpose") {
  const auto ring = must(key_ring::make(std::vector{strong}));
  const auto session_keys = must(ring->keys_for("session"));
  const auto login_keys = must(ring->keys_for("login"));
  REQUIRE(session_keys.size() == 1);
  const auto key = session_keys.front().key.span();
  CHECK(std::vector<std::uint8_t>(key.begin(), key.end()) == derive(strong, "v1/session/session", 32));
  const auto& id = session_keys.front().id;
  CHECK(std::vector<std::uint8_t>(id.begin(), id.end()) == derive(strong, "v1/key-id", 4));
  CHECK_FALSE(std::equal(key.begin(), key.end(), login_keys.front().key.span().begin()));
  CHECK(session_keys.front().id == login_keys.front().id);
}

TEST_CASE("keys for a purpose are derived once, whichever thread asks first") {
  const auto ring = must(key_ring::make(std::vector{strong}));
  std::vector<const purpose_key*> seen(16);
  run_together(16, [&](int i) {
    for (const char* purpose : {"a", "b", "c"}) {
      seen[static_cast<std::size_t>(i)] = ring->keys_for(purpose).value().data();
    }
  });
  for (const purpose_key* key : seen) CHECK(key == seen.front());
}
