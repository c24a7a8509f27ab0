// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/crypto/hex.h"

#include <string_view>

namespace latchkey::native {

std::string to_hex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text.push_back(digits[byte >> 4]);
    text.push_back(digits[byte & 15]);
  }
  return text;
}

}  // namespace latchkey::native
