// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/crypto/secret_bytes.h"

#include <openssl/crypto.h>

namespace latchkey::native {

void wipe(std::span<std::uint8_t> bytes) noexcept { OPENSSL_cleanse(bytes.data(), bytes.size()); }

}  // namespace latchkey::native
