// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/sessions/key_ring.h"

#include <atomic>
#include <thread>

#include "latchkey/native/crypto/hash.h"
#include "latchkey/native/sessions/session_sealer.h"
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
    CHECK(checked.error().message.ends_with("Make one with `latchkey key generate`."));
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
  CHECK(ring->warnings().front().find("`latchkey key generate`") != std::string::npos);
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

TEST_CASE("[SS-08] replaced secrets count at once for all who share the ring", "[keys][SS-08]") {
  const std::string first = strong;
  const std::string second(strong.rbegin(), strong.rend());
  const auto ring = must(key_ring::make(std::vector{first}));
  const session_sealer here(ring);
  const session_sealer there(ring);
  const std::string old_text = must(here.seal_payload("payload", "session", "c"));
  const auto old_keys = must(ring->keys_for("session"));
  const auto old_id = old_keys.front().id;

  CHECK(must(ring->replace(std::vector{second, first})).empty());
  CHECK(there.open_payload(old_text, "session", "c") == "payload");
  const std::string new_text = must(there.seal_payload("payload", "session", "c"));
  CHECK(session_sealer(must(key_ring::make(std::vector{second}))).open_payload(new_text, "session", "c") == "payload");
  CHECK(ring->size() == 2);
  // A purpose that nobody had asked for before has the new keys as well.
  CHECK(must(ring->keys_for("login")).size() == 2);

  must(ring->replace(std::vector{second}));
  CHECK_FALSE(here.open_payload(old_text, "session", "c").has_value());
  CHECK(here.open_payload(new_text, "session", "c") == "payload");
  CHECK(old_keys.front().id == old_id);  // what was handed out stays readable
}

TEST_CASE("[SS-08] secrets that are refused change nothing", "[keys][SS-08]") {
  const auto ring = must(key_ring::make(std::vector{strong}));
  const session_sealer sealer(ring);
  const std::string text = must(sealer.seal_payload("payload", "session", "c"));
  CHECK(ring->replace(std::vector<std::string>{}).error().code == errc::configuration_invalid);
  CHECK(ring->replace(std::vector<std::string>{"changeme"}).error().code == errc::secret_weak);
  CHECK(sealer.open_payload(text, "session", "c") == "payload");
}

TEST_CASE("[SS-08] secrets are replaced while others seal and open", "[keys][SS-08]") {
  const std::string second(strong.rbegin(), strong.rend());
  const auto ring = must(key_ring::make(std::vector{strong}));
  std::atomic<bool> is_over = false;
  std::atomic<int> lost = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const session_sealer sealer(ring);
      while (!is_over) {
        const auto text = sealer.seal_payload("payload", "session", "c");
        if (!text || sealer.open_payload(*text, "session", "c") != "payload") ++lost;
      }
    });
  }
  for (int i = 0; i < 50; ++i) {
    must(ring->replace(i % 2 == 0 ? std::vector{second, strong} : std::vector{strong, second}));
  }
  is_over = true;
  for (auto& thread : threads) thread.join();
  CHECK(lost == 0);
}
