// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_CRYPTO_AEAD_H_
#define LATCHKEY_NATIVE_CRYPTO_AEAD_H_

/**
 * AES-256-GCM (NIST SP 800-38D) with the only sizes that Latchkey uses: a 96-bit IV and a 128-bit tag. The sizes are
 * types, so a shorter tag, which OpenSSL would accept when told, can't be asked for (SS-06). Contexts live per thread
 * and the cipher is fetched once.
 */

#include <cstddef>
#include <cstdint>
#include <span>

#include "latchkey/result.h"

namespace latchkey::native {

inline constexpr std::size_t aes256gcm_key_bytes = 32;
inline constexpr std::size_t aes256gcm_iv_bytes = 12;
inline constexpr std::size_t aes256gcm_tag_bytes = 16;

/**
 * Encrypts `plaintext` into `ciphertext`, which must be as long, and writes the tag. The same key and IV must never
 * seal twice. `crypto_failed` leaves nothing usable in the outputs.
 */
[[nodiscard]] result<void> aes256gcm_seal(std::span<const std::uint8_t, aes256gcm_key_bytes> key,
                                          std::span<const std::uint8_t, aes256gcm_iv_bytes> iv,
                                          std::span<const std::uint8_t> additional_data,
                                          std::span<const std::uint8_t> plaintext, std::span<std::uint8_t> ciphertext,
                                          std::span<std::uint8_t, aes256gcm_tag_bytes> tag);

/**
 * Decrypts into `plaintext`, which must be as long as `ciphertext`. False for everything that is not authentic, and for
 * a failing library too: there is one outcome, and then `plaintext` is wiped.
 */
[[nodiscard]] bool aes256gcm_open(std::span<const std::uint8_t, aes256gcm_key_bytes> key,
                                  std::span<const std::uint8_t, aes256gcm_iv_bytes> iv,
                                  std::span<const std::uint8_t> additional_data,
                                  std::span<const std::uint8_t> ciphertext,
                                  std::span<const std::uint8_t, aes256gcm_tag_bytes> tag,
                                  std::span<std::uint8_t> plaintext) noexcept;

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_CRYPTO_AEAD_H_
