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
  char* to = text.data();
  const auto put = [&to](std::uint32_t group, unsigned shift) { *to++ = alphabet[(group >> shift) & 0x3F]; };
  std::size_t at = 0;
  for (; bytes.size() - at >= 3; at += 3) {
    const std::uint32_t group = std::uint32_t{bytes[at]} << 16 | std::uint32_t{bytes[at + 1]} << 8 | bytes[at + 2];
    put(group, 18);
    put(group, 12);
    put(group, 6);
    put(group, 0);
  }
  const std::size_t left = bytes.size() - at;
  if (left == 0) return text;
  const std::uint32_t group = std::uint32_t{bytes[at]} << 16 | (left == 2 ? std::uint32_t{bytes[at + 1]} << 8 : 0);
  put(group, 18);
  put(group, 12);
  if (left == 2) put(group, 6);
  return text;
}

result<std::vector<std::uint8_t>> from_base64url(std::string_view text) {
  if (text.size() % 4 == 1) return fail(errc::base64url_invalid, "The text's length is not one that base64url has.");
  std::vector<std::uint8_t> bytes(text.size() * 6 / 8);
  // Looked at once for all characters: their digits are below 64, `no_digit` is not.
  std::uint32_t seen = 0;
  std::size_t at = 0;
  const auto take = [&] {
    const std::uint32_t digit = digits[static_cast<unsigned char>(text[at++])];
    seen |= digit;
    return digit;
  };
  std::uint8_t* to = bytes.data();
  while (text.size() - at >= 4) {
    std::uint32_t group = take() << 18;
    group |= take() << 12;
    group |= take() << 6;
    group |= take();
    *to++ = static_cast<std::uint8_t>(group >> 16);
    *to++ = static_cast<std::uint8_t>(group >> 8);
    *to++ = static_cast<std::uint8_t>(group);
  }
  std::uint32_t rest = 0;  // the bits of the last two or three characters, at the top of 24
  if (const std::size_t left = text.size() - at; left > 0) {
    rest = take() << 18;
    rest |= take() << 12;
    if (left == 3) rest |= take() << 6;
    *to++ = static_cast<std::uint8_t>(rest >> 16);
    rest = rest << 8 & 0xFFFFFF;
    if (left == 3) {
      *to++ = static_cast<std::uint8_t>(rest >> 16);
      rest = rest << 8 & 0xFFFFFF;
    }
  }
  if (seen >= 64) return fail(errc::base64url_invalid, "The text holds a character that base64url has not.");
  // Left-over bits that aren't zero would give one byte string several texts, and a changed token would still open.
  if (rest != 0) return fail(errc::base64url_invalid, "The text's last character is not the canonical one.");
  return bytes;
}

}  // namespace latchkey
