// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/sessions/session_sealer.h"

#include <algorithm>

#include "latchkey/native/crypto/hash.h"
#include "latchkey/native/crypto/random.h"

namespace latchkey::native {
namespace {

// The envelope around a payload, in bytes.
constexpr std::size_t envelope_bytes =
    1 + session_token_key_id_bytes + session_token_salt_bytes + session_token_iv_bytes + session_token_tag_bytes;
constexpr std::size_t max_payload_bytes = session_token_max_text_bytes * 3 / 4 - envelope_bytes;

std::optional<std::string> open_with(const purpose_key& key, const session_token& token,
                                     std::span<const std::uint8_t> additional_data) {
  secret_bytes<aes256gcm_key_bytes> token_key;
  if (!hmac_sha256(key.key.span(), token.salt, token_key.span())) return std::nullopt;
  std::string payload(token.ciphertext.size(), '\0');
  const std::span<std::uint8_t> plaintext(reinterpret_cast<std::uint8_t*>(payload.data()), payload.size());
  if (!aes256gcm_open(token_key.span(), token.iv, additional_data, token.ciphertext, token.tag, plaintext)) {
    return std::nullopt;
  }
  return payload;
}

// Salt and IV in one draw from the pool.
result<void> draw_salt_and_iv(session_token& token) {
  secret_bytes<session_token_salt_bytes + session_token_iv_bytes> drawn;
  if (auto done = random_bytes(drawn.span()); !done) return done;
  std::copy_n(drawn.span().begin(), token.salt.size(), token.salt.begin());
  std::copy_n(drawn.span().begin() + session_token_salt_bytes, token.iv.size(), token.iv.begin());
  return {};
}

}  // namespace

result<std::string> session_sealer::seal_payload(std::string_view payload, std::string_view purpose,
                                                 std::string_view cookie_name) const {
  if (payload.empty()) return fail(errc::session_invalid, "There is nothing to seal.");
  if (payload.size() > max_payload_bytes) return fail(errc::cookie_too_large, "This does not fit into a cookie.");
  auto keys = keys_->keys_for(purpose);
  if (!keys) return fail(std::move(keys));
  const purpose_key& newest = keys->front();
  session_token token;
  token.key_id = newest.id;
  if (auto drawn = draw_salt_and_iv(token); !drawn) return fail(std::move(drawn));
  secret_bytes<aes256gcm_key_bytes> token_key;
  if (auto done = hmac_sha256(newest.key.span(), token.salt, token_key.span()); !done) return fail(std::move(done));
  const auto additional_data = session_token_aad(token.version, token.key_id, purpose, cookie_name);
  token.ciphertext.resize(payload.size());
  auto sealed =
      aes256gcm_seal(token_key.span(), token.iv, additional_data, as_bytes(payload), token.ciphertext, token.tag);
  if (!sealed) return fail(std::move(sealed));
  return to_token_text(token);
}

std::optional<std::string> session_sealer::open_payload(std::string_view text, std::string_view purpose,
                                                        std::string_view cookie_name) const {
  const auto token = parse_session_token(text);
  if (!token) return std::nullopt;
  const auto keys = keys_->keys_for(purpose);
  if (!keys) return std::nullopt;
  const auto additional_data = session_token_aad(token->version, token->key_id, purpose, cookie_name);
  // Two secrets may share an id by chance, so the first match is not the last word.
  for (const purpose_key& key : *keys) {
    if (key.id != token->key_id) continue;
    if (auto payload = open_with(key, *token, additional_data)) return payload;
  }
  return std::nullopt;
}

result<std::string> session_sealer::seal(const latchkey::session& value, std::string_view purpose,
                                         std::string_view cookie_name) const {
  auto json = to_session_json(value);
  if (!json) return fail(std::move(json));
  return seal_payload(*json, purpose, cookie_name);
}

std::optional<latchkey::session> session_sealer::open(std::string_view text, std::string_view purpose,
                                                      std::string_view cookie_name) const {
  const auto json = open_payload(text, purpose, cookie_name);
  if (!json) return std::nullopt;
  auto value = parse_session_json(*json);
  if (!value) return std::nullopt;
  return std::move(*value);
}

}  // namespace latchkey::native
