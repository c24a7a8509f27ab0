// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/audit/event_id.h"

#include <array>
#include <string_view>

#include "latchkey/native/crypto/random.h"

namespace latchkey::native {

result<std::string> make_event_id(std::int64_t now_ms) {
  std::array<std::uint8_t, 16> bytes{};
  if (auto drawn = random_bytes(std::span(bytes).subspan(6)); !drawn) return fail(std::move(drawn));
  auto time = static_cast<std::uint64_t>(now_ms);
  for (std::size_t i = 6; i-- > 0; time >>= 8) bytes[i] = static_cast<std::uint8_t>(time & 0xff);
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x70);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
    text.push_back(digits[bytes[i] >> 4]);
    text.push_back(digits[bytes[i] & 15]);
  }
  return text;
}

}  // namespace latchkey::native
