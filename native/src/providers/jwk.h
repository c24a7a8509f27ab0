// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_PROVIDERS_JWK_H_
#define LATCHKEY_NATIVE_SRC_PROVIDERS_JWK_H_

/** The public keys of an issuer (RFC 7517, 7518, 8037), and what each of them is good for; verification by OpenSSL. */

#include <openssl/evp.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "latchkey/json_codec.h"
#include "latchkey/native/providers/jwt_auth.h"
#include "latchkey/result.h"

namespace latchkey::native {

inline constexpr std::size_t jwk_set_max_bytes = 256 * 1024;
inline constexpr std::size_t jwk_set_max_keys = 64;
inline constexpr std::size_t kid_max_bytes = 256;

/** `RS256`, `ES256`, `PS256`, `EdDSA`. */
[[nodiscard]] std::string_view to_string(jws_algorithm algorithm) noexcept;
/** Exactly these four; nothing for `none`, HMAC and every other text. */
[[nodiscard]] std::optional<jws_algorithm> parse_jws_algorithm(std::string_view text) noexcept;

/** A key with the one algorithm that it verifies. Shared by threads. */
struct verification_key {
  std::string kid;
  jws_algorithm algorithm = jws_algorithm::rs256;
  std::shared_ptr<EVP_PKEY> key;
};

/**
 * One entry of a set; nothing for what is no usable key for a listed algorithm: symmetric or private keys, other curves,
 * RSA below 2,048 or above 8,192 bits, a point off its curve, another `use`. An RSA key that does not name its algorithm
 * is for RS256, or for PS256 where RS256 is not listed; it is never the token that chooses.
 */
[[nodiscard]] std::optional<verification_key> to_verification_key(const json_value& entry,
                                                                  std::span<const jws_algorithm> listed);

/** The usable keys of a set. `response_invalid` for what is no set of at most 64 keys. */
[[nodiscard]] result<std::vector<verification_key>> parse_jwk_set(std::string_view text,
                                                                  std::span<const jws_algorithm> listed);

/** Whether the signature is that key's for this text. False for a signature of another length and for any failure. */
[[nodiscard]] bool is_signed_with(const verification_key& key, std::string_view text,
                                  std::span<const std::uint8_t> signature) noexcept;

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_PROVIDERS_JWK_H_
