// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_CRYPTO_HEX_H_
#define LATCHKEY_NATIVE_CRYPTO_HEX_H_

#include <cstdint>
#include <span>
#include <string>

#include "latchkey/version.h"

namespace latchkey::native {

/** Two lower-case digits a byte: for what is public, such as digests and key ids. Not constant-time. */
[[nodiscard]] std::string to_hex(std::span<const std::uint8_t> bytes);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_CRYPTO_HEX_H_
