// SPDX-License-Identifier: Apache-2.0
#include "latchkey/utf8.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "ascii.h"
#include "byte_mask.h"

namespace latchkey {
namespace {

constexpr bool is_continuation(unsigned char byte) noexcept { return (byte & 0xC0) == 0x80; }

// Length and smallest allowed value of a sequence, by its first byte; length 0 for a byte that begins none.
struct lead {
  std::uint8_t length;
  std::uint8_t payload_mask;
  char32_t smallest;
};

constexpr lead lead_of(unsigned char byte) noexcept {
  if (byte < 0x80) return {1, 0x7F, 0};
  if (byte >= 0xC2 && byte <= 0xDF) return {2, 0x1F, 0x80};
  if (byte >= 0xE0 && byte <= 0xEF) return {3, 0x0F, 0x800};
  if (byte >= 0xF0 && byte <= 0xF4) return {4, 0x07, 0x10000};
  return {0, 0, 0};
}

}  // namespace

std::optional<utf8_character> first_utf8_character(std::string_view text) noexcept {
  if (text.empty()) return std::nullopt;
  const auto first = static_cast<unsigned char>(text[0]);
  const lead shape = lead_of(first);
  if (shape.length == 0 || text.size() < shape.length) return std::nullopt;
  char32_t code_point = first & shape.payload_mask;
  for (std::size_t i = 1; i < shape.length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (!is_continuation(byte)) return std::nullopt;
    code_point = (code_point << 6) | (byte & 0x3Fu);
  }
  const bool is_surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (code_point < shape.smallest || is_surrogate || code_point > 0x10FFFF) return std::nullopt;
  return utf8_character{code_point, shape.length};
}

std::optional<std::size_t> count_code_points(std::string_view text) noexcept {
  std::size_t count = 0;
  while (!text.empty()) {
    const auto character = first_utf8_character(text);
    if (!character) return std::nullopt;
    text.remove_prefix(character->length);
    ++count;
  }
  return count;
}

bool is_well_formed_utf8(std::string_view text) noexcept { return count_code_points(text).has_value(); }

bool has_control_byte(std::string_view text) noexcept {
  // Shorter texts among spaces, so that they are looked at in one go as well.
  std::array<char, byte_mask_width> padded;
  std::string_view looked_at = text;
  if (text.size() < byte_mask_width) {
    padded.fill(' ');
    std::copy(text.begin(), text.end(), padded.begin());
    looked_at = {padded.data(), padded.size()};
  }
  // The last sixteen overlap those before them, which costs less than looking at each of what is left over.
  const std::size_t last = looked_at.size() - byte_mask_width;
  std::uint32_t flagged = control_or_tab_mask(looked_at.data() + last);
  for (std::size_t at = 0; at < last; at += byte_mask_width) flagged |= control_or_tab_mask(looked_at.data() + at);
  // A tab is allowed, and rare enough that all may be looked at again; by a lambda, because a pointer to the function would
  // be called for each byte.
  return flagged != 0 && std::any_of(text.begin(), text.end(), [](char c) { return is_control_byte(c); });
}

bool is_control(char32_t code_point) noexcept {
  return code_point < 0x20 || (code_point >= 0x7F && code_point <= 0x9F);
}

bool is_white_space(char32_t code_point) noexcept {
  if (code_point >= 0x2000 && code_point <= 0x200A) return true;
  switch (code_point) {
    case 0x09:
    case 0x0A:
    case 0x0B:
    case 0x0C:
    case 0x0D:
    case 0x20:
    case 0x85:
    case 0xA0:
    case 0x1680:
    case 0x2028:
    case 0x2029:
    case 0x202F:
    case 0x205F:
    case 0x3000:
      return true;
    default:
      return false;
  }
}

}  // namespace latchkey
