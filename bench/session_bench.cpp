// SPDX-License-Identifier: Apache-2.0
// Sealing and opening a session of about 200 bytes, beside the cipher alone with a key at hand.
#include <benchmark/benchmark.h>

#include <array>
#include <string>
#include <vector>

#include "latchkey/native/crypto/aead.h"
#include "latchkey/native/sessions/session_sealer.h"

namespace {

using latchkey::native::key_ring;
using latchkey::native::session_sealer;

constexpr std::string_view cookie_name = "__Host-mastra_session";

latchkey::session make_session() {
  latchkey::session session;
  session.id = std::string(27, 'i');
  session.user_id = std::string(32, 'u');
  session.created_at_ms = 1'795'264'188'890;
  session.expires_at_ms = session.created_at_ms + 86'400'000;
  session.metadata = latchkey::json_object{{"device", "a browser on a desk"}};
  return session;
}

session_sealer make_sealer() {
  const std::vector<std::string> secrets = {"Jq3c8Yw1Lr0Zt6Nv5Xb2Mk9Pd4Sg7HfAeUoIiCxTy"};
  return session_sealer(*key_ring::make(secrets));
}

void seal(benchmark::State& state) {
  const session_sealer sealer = make_sealer();
  const latchkey::session session = make_session();
  for (auto _ : state) benchmark::DoNotOptimize(sealer.seal(session, "session", cookie_name));
}
BENCHMARK(seal);

void open(benchmark::State& state) {
  const session_sealer sealer = make_sealer();
  const std::string token = *sealer.seal(make_session(), "session", cookie_name);
  for (auto _ : state) benchmark::DoNotOptimize(sealer.open(token, "session", cookie_name));
}
BENCHMARK(open);

// The limits: AES-256-GCM over the same number of bytes with a key at hand, nothing around it.
struct cipher_parts {
  std::array<std::uint8_t, 32> key{};
  std::array<std::uint8_t, 12> iv{};
  std::vector<std::uint8_t> plaintext = std::vector<std::uint8_t>(latchkey::to_session_json(make_session())->size());
  std::vector<std::uint8_t> ciphertext = std::vector<std::uint8_t>(plaintext.size());
  std::array<std::uint8_t, 16> tag{};
};

void cipher(benchmark::State& state) {
  cipher_parts parts;
  for (auto _ : state) {
    ++parts.iv[0];
    benchmark::DoNotOptimize(
        latchkey::native::aes256gcm_seal(parts.key, parts.iv, {}, parts.plaintext, parts.ciphertext, parts.tag));
  }
}
BENCHMARK(cipher);

void decipher(benchmark::State& state) {
  cipher_parts parts;
  (void)latchkey::native::aes256gcm_seal(parts.key, parts.iv, {}, parts.plaintext, parts.ciphertext, parts.tag);
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        latchkey::native::aes256gcm_open(parts.key, parts.iv, {}, parts.ciphertext, parts.tag, parts.plaintext));
  }
}
BENCHMARK(decipher);

}  // namespace
