// SPDX-License-Identifier: Apache-2.0
#include "sessions/successor_seal.h"

#include <algorithm>
#include <array>

#include "latchkey/native/crypto/aead.h"
#include "latchkey/native/crypto/hash.h"
#include "latchkey/native/crypto/random.h"
#include "latchkey/native/crypto/secret_bytes.h"

namespace latchkey::native {
namespace {

constexpr std::string_view salt = "latchkey";
constexpr std::string_view purpose = "v1/session/successor";
constexpr std::size_t envelope_bytes = aes256gcm_iv_bytes + aes256gcm_tag_bytes;

result<void> derive_key(std::string_view id, secret_bytes<aes256gcm_key_bytes>& key) {
  return hkdf_sha256(as_bytes(id), as_bytes(salt), as_bytes(purpose), key.span());
}

}  // namespace

result<std::string> seal_successor(std::string_view old_id, std::string_view successor_id) {
  secret_bytes<aes256gcm_key_bytes> key;
  if (auto done = derive_key(old_id, key); !done) return fail(std::move(done));
  // Concurrent renewals seal different ids under one key, so the IV has to differ.
  std::array<std::uint8_t, aes256gcm_iv_bytes> iv{};
  if (auto done = random_bytes(iv); !done) return fail(std::move(done));
  std::array<std::uint8_t, aes256gcm_tag_bytes> tag{};
  std::vector<std::uint8_t> ciphertext(successor_id.size());
  auto sealed = aes256gcm_seal(key.span(), iv, {}, as_bytes(successor_id), ciphertext, tag);
  if (!sealed) return fail(std::move(sealed));
  std::string out(iv.begin(), iv.end());
  out.append(tag.begin(), tag.end());
  out.append(ciphertext.begin(), ciphertext.end());
  return out;
}

std::optional<std::string> open_successor(std::string_view old_id, std::string_view sealed) {
  secret_bytes<aes256gcm_key_bytes> key;
  if (sealed.size() < envelope_bytes || !derive_key(old_id, key)) return std::nullopt;
  std::array<std::uint8_t, aes256gcm_iv_bytes> iv{};
  std::array<std::uint8_t, aes256gcm_tag_bytes> tag{};
  std::copy_n(sealed.begin(), iv.size(), iv.begin());
  std::copy_n(sealed.begin() + iv.size(), tag.size(), tag.begin());
  const auto ciphertext = as_bytes(sealed.substr(envelope_bytes));
  std::string id(ciphertext.size(), '\0');
  const std::span<std::uint8_t> out(reinterpret_cast<std::uint8_t*>(id.data()), id.size());
  if (!aes256gcm_open(key.span(), iv, {}, ciphertext, tag, out)) return std::nullopt;
  return id;
}

}  // namespace latchkey::native
