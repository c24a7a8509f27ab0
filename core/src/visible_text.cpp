// SPDX-License-Identifier: Apache-2.0
#include "latchkey/visible_text.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "latchkey/utf8.h"

namespace latchkey {
namespace {

void append_utf16_escape(std::string& line, std::uint32_t unit) {
  constexpr std::string_view digits = "0123456789abcdef";
  line += "\\u";
  for (const int shift : {12, 8, 4, 0}) line += digits[(unit >> shift) & 15];
}

void append_utf16_escapes(std::string& line, char32_t c) {
  if (c <= 0xFFFF) return append_utf16_escape(line, c);
  append_utf16_escape(line, 0xD800 + ((c - 0x10000) >> 10));
  append_utf16_escape(line, 0xDC00 + ((c - 0x10000) & 0x3FF));
}

}  // namespace

bool is_misleading(char32_t code_point) noexcept {
  struct range {
    char32_t first;
    char32_t last;
  };
  // Bidi_Control and Default_Ignorable_Code_Point of Unicode, the blank of Braille, and interlinear annotation.
  constexpr std::array<range, 17> ranges{{{0x00AD, 0x00AD},
                                          {0x034F, 0x034F},
                                          {0x061C, 0x061C},
                                          {0x115F, 0x1160},
                                          {0x17B4, 0x17B5},
                                          {0x180B, 0x180F},
                                          {0x200B, 0x200F},
                                          {0x2028, 0x202E},
                                          {0x2060, 0x206F},
                                          {0x2800, 0x2800},
                                          {0x3164, 0x3164},
                                          {0xFE00, 0xFE0F},
                                          {0xFEFF, 0xFEFF},
                                          {0xFFA0, 0xFFA0},
                                          {0xFFF0, 0xFFFB},
                                          {0x1D173, 0x1D17A},
                                          {0xE0000, 0xE0FFF}}};
  return is_control(code_point) || std::any_of(ranges.begin(), ranges.end(), [code_point](const range& each) {
           return code_point >= each.first && code_point <= each.last;
         });
}

std::string to_plain_text(std::string_view text, std::string_view kept) {
  std::string plain;
  plain.reserve(text.size());
  while (!text.empty()) {
    const auto character = first_utf8_character(text);
    const std::size_t length = character ? character->length : 1;
    const bool is_kept = length == 1 && kept.find(text.front()) != std::string_view::npos;
    if (is_kept || (character && !is_misleading(character->code_point))) {
      plain += text.substr(0, length);
    } else {
      plain += '?';
    }
    text.remove_prefix(length);
  }
  return plain;
}

std::string to_visible_json(std::string_view json) {
  std::string visible;
  visible.reserve(json.size() + 1);
  while (!json.empty()) {
    const auto character = first_utf8_character(json).value_or(utf8_character{0xFFFD, 1});
    if (is_misleading(character.code_point)) {
      append_utf16_escapes(visible, character.code_point);
    } else {
      visible += json.substr(0, character.length);
    }
    json.remove_prefix(character.length);
  }
  return visible;
}

}  // namespace latchkey
