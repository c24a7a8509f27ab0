// SPDX-License-Identifier: Apache-2.0
#include "latchkey/base64url.h"

#include <array>

namespace latchkey {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t no_digit = 0xFF;

constexpr std::array<std::uint8_t, 256> make_digits() {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(no_digit);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    digits[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return digits;
}

constexpr std::array<std::uint8_t, 256> digits = make_digits();

}  // namespace

std::string to_base64url(std::span<const std::uint8_t> bytes) {
  std::string text((bytes.size() * 8 + 5) / 6, '\0');
  std::size_t written = 0;
  std::uint32_t buffer = 0;
  unsigned bits = 0;
  for (const std::uint8_t byte : bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      text[written++] = alphabet[(buffer >> bits) & 0x3F];
    }
  }
  if (bits > 0) text[written] = alphabet[(buffer << (6 - bits)) & 0x3F];
  return text;
}

result<std::vector<std::uint8_t>> from_base64url(std::string_view text) {
  if (text.size() % 4 == 1) return fail(errc::base64url_invalid, "The text's length is not one that base64url has.");
  std::vector<std::uint8_t> bytes(text.size() * 6 / 8);
  std::size_t written = 0;
  std::uint32_t buffer = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const std::uint8_t digit = digits[static_cast<unsigned char>(c)];
    if (digit == no_digit) return fail(errc::base64url_invalid, "The text holds a character that base64url has not.");
    buffer = (buffer << 6) | digit;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[written++] = static_cast<std::uint8_t>((buffer >> bits) & 0xFF);
    }
  }
  // Left-over bits that aren't zero would give one byte string several texts, and a changed token would still open.
  if ((buffer & ((1u << bits) - 1)) != 0) {
    return fail(errc::base64url_invalid, "The text's last character is not the canonical one.");
  }
  return bytes;
}

}  // namespace latchkey
