// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_CRYPTO_SCRYPT_H_
#define LATCHKEY_NATIVE_CRYPTO_SCRYPT_H_

/** scrypt (RFC 7914): a password hash that costs memory as well as time. One call needs 128·N·r bytes. */

#include <cstdint>
#include <span>

#include "latchkey/result.h"

namespace latchkey::native {

/** The most memory that one hash may need unless a caller says otherwise; what asks for more is refused beforehand. */
inline constexpr std::uint64_t scrypt_max_memory_bytes = std::uint64_t{256} * 1024 * 1024;

struct scrypt_cost {
  /** A power of two above 1. */
  std::uint64_t n = std::uint64_t{1} << 17;
  std::uint64_t r = 8;
  std::uint64_t p = 1;

  friend bool operator==(const scrypt_cost&, const scrypt_cost&) = default;
};

/** Fills `out`. Every byte of the password counts, NUL included. `crypto_failed` for a cost out of range. */
[[nodiscard]] result<void> scrypt(std::span<const std::uint8_t> password, std::span<const std::uint8_t> salt,
                                  const scrypt_cost& cost, std::span<std::uint8_t> out,
                                  std::uint64_t max_memory_bytes = scrypt_max_memory_bytes);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_CRYPTO_SCRYPT_H_
