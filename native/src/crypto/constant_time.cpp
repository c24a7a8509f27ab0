// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/crypto/constant_time.h"

#include <openssl/crypto.h>

#include "latchkey/native/crypto/secret_bytes.h"

namespace latchkey::native {

bool is_equal_constant_time(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool is_equal_constant_time(std::string_view a, std::string_view b) noexcept {
  return is_equal_constant_time(as_bytes(a), as_bytes(b));
}

}  // namespace latchkey::native
