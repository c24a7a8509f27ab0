// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_CRYPTO_SECRET_BYTES_H_
#define LATCHKEY_NATIVE_CRYPTO_SECRET_BYTES_H_

/**
 * Key material that does not outlive its use: overwritten when it goes out of scope (ASVS 11.7, `OPENSSL_cleanse`,
 * which a compiler may not drop). Not copyable, so that no second copy is left behind unnoticed.
 */

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "latchkey/version.h"

namespace latchkey::native {

/** Overwrites memory in a way that is never optimised away. */
void wipe(std::span<std::uint8_t> bytes) noexcept;

/** `Size` secret bytes, zero at first and wiped at the end. */
template <std::size_t Size>
class secret_bytes {
 public:
  secret_bytes() = default;
  secret_bytes(const secret_bytes&) = delete;
  secret_bytes& operator=(const secret_bytes&) = delete;
  /** Moving copies and wipes the source. */
  secret_bytes(secret_bytes&& other) noexcept : bytes_(other.bytes_) { wipe(other.bytes_); }
  secret_bytes& operator=(secret_bytes&& other) noexcept {
    if (this != &other) {
      bytes_ = other.bytes_;
      wipe(other.bytes_);
    }
    return *this;
  }
  ~secret_bytes() { wipe(bytes_); }

  /** The bytes; the span lives as long as this object. */
  [[nodiscard]] std::span<std::uint8_t, Size> span() noexcept { return bytes_; }
  [[nodiscard]] std::span<const std::uint8_t, Size> span() const noexcept { return bytes_; }

 private:
  std::array<std::uint8_t, Size> bytes_{};
};

/** The bytes of a text, without a copy. Lives as long as the text. */
[[nodiscard]] inline std::span<const std::uint8_t> as_bytes(const char* data, std::size_t size) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(data), size};
}
template <class Text>
[[nodiscard]] std::span<const std::uint8_t> as_bytes(const Text& text) noexcept {
  return as_bytes(text.data(), text.size());
}

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_CRYPTO_SECRET_BYTES_H_
