// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/crypto/scrypt.h"

#include <openssl/evp.h>

#include <algorithm>
#include <bit>

#include "crypto/openssl_failure.h"
#include "latchkey/native/crypto/secret_bytes.h"

namespace latchkey::native {
namespace {

// Products are checked factor by factor: a cost read from a store must not wrap around the limit.
bool is_affordable(const scrypt_cost& cost, std::uint64_t max_memory_bytes) noexcept {
  const std::uint64_t largest_factor = std::min(max_memory_bytes, std::uint64_t{1} << 32) / 128;
  if (cost.n < 2 || !std::has_single_bit(cost.n) || cost.n > largest_factor) return false;
  if (cost.r < 1 || cost.r > largest_factor || cost.p < 1 || cost.p > 64) return false;
  return cost.n * cost.r <= largest_factor && cost.p * cost.r <= largest_factor;
}

}  // namespace

result<void> scrypt(std::span<const std::uint8_t> password, std::span<const std::uint8_t> salt, const scrypt_cost& cost,
                    std::span<std::uint8_t> out, std::uint64_t max_memory_bytes) {
  if (!is_affordable(cost, max_memory_bytes)) return fail(errc::crypto_failed, "This scrypt cost is out of range.");
  // OpenSSL counts the blocks of every lane on top of the table of N.
  const std::uint64_t memory = 128 * cost.r * (cost.n + cost.p + 2) + 4096;
  const int done = EVP_PBE_scrypt(reinterpret_cast<const char*>(password.data()), password.size(), salt.data(),
                                  salt.size(), cost.n, cost.r, cost.p, memory, out.data(), out.size());
  if (done == 1) return {};
  wipe(out);
  return openssl_failure("The password could not be hashed.");
}

}  // namespace latchkey::native
