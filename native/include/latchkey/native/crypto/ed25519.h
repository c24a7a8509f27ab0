// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_CRYPTO_ED25519_H_
#define LATCHKEY_NATIVE_CRYPTO_ED25519_H_

/** Checking Ed25519 signatures (RFC 8032), by OpenSSL. */

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "latchkey/license.h"

namespace latchkey::native {

using ed25519_public_key = std::array<std::uint8_t, 32>;

/** Whether the signature is that key's for this message. False for a signature of another length, and for any failure. */
[[nodiscard]] bool is_signed_by(const ed25519_public_key& key, std::string_view message,
                                std::span<const std::uint8_t> signature) noexcept;

/** For `license_rules::verify`: accepts what this vendor signed. */
[[nodiscard]] license_verifier make_license_verifier(const ed25519_public_key& vendor);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_CRYPTO_ED25519_H_
