// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_CRYPTO_HASH_H_
#define LATCHKEY_NATIVE_CRYPTO_HASH_H_

/**
 * SHA-256 (FIPS 180-4), HMAC-SHA256 (RFC 2104) and HKDF-SHA256 (RFC 5869) over OpenSSL's digest. The digest is fetched
 * once and each thread keeps its context: OpenSSL 3 otherwise looks the algorithm up on every call. HMAC and HKDF are
 * written out over that context because OpenSSL's own cost several times the hashing for the few bytes of a token.
 */

#include <cstddef>
#include <cstdint>
#include <span>

#include "latchkey/digest.h"
#include "latchkey/result.h"

namespace latchkey::native {

inline constexpr std::size_t sha256_bytes = 32;
inline constexpr std::size_t hkdf_sha256_max_bytes = 255 * sha256_bytes;

/** The digest of `data`. `crypto_failed` only when OpenSSL has no SHA-256 or no memory. O(n). */
[[nodiscard]] result<sha256_digest> sha256(std::span<const std::uint8_t> data);

/** The authentication code of `data` under `key`, which may have any length. Writes it to `out`. */
[[nodiscard]] result<void> hmac_sha256(std::span<const std::uint8_t> key, std::span<const std::uint8_t> data,
                                       std::span<std::uint8_t, sha256_bytes> out);

/** Derives `out.size()` bytes, at most 8,160; more is `crypto_failed`. */
[[nodiscard]] result<void> hkdf_sha256(std::span<const std::uint8_t> secret, std::span<const std::uint8_t> salt,
                                       std::span<const std::uint8_t> info, std::span<std::uint8_t> out);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_CRYPTO_HASH_H_
