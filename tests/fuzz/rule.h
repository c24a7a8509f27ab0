// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_TESTS_FUZZ_RULE_H_
#define LATCHKEY_TESTS_FUZZ_RULE_H_

/** The grammar and the one rule as the page on permissions says them, without any of the matcher's structure. */

#include <array>

#include "fuzz.h"
#include "latchkey/permission.h"
#include "latchkey/utf8.h"

namespace latchkey::fuzz {

/** The parts between colons; the third takes all that is left. */
struct plain_permission {
  int count = 0;
  std::array<std::string_view, 3> parts;
};

inline plain_permission split(std::string_view text) {
  plain_permission plain;
  while (plain.count < 2) {
    const std::size_t colon = text.find(':');
    plain.parts[static_cast<std::size_t>(plain.count++)] = text.substr(0, colon);
    if (colon == std::string_view::npos) return plain;
    text.remove_prefix(colon + 1);
  }
  plain.parts[static_cast<std::size_t>(plain.count++)] = text;
  return plain;
}

inline bool is_word(std::string_view part) {
  constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  return part == "*" || (!part.empty() && part.size() <= permission_max_word_bytes &&
                         part.find_first_not_of(allowed) == std::string_view::npos);
}

inline bool is_resource_part(std::string_view part) {
  if (part == "*") return true;
  if (part.empty() || part.size() > permission_max_resource_bytes || part.find('*') != std::string_view::npos)
    return false;
  while (!part.empty()) {
    const auto character = first_utf8_character(part);
    if (!character || is_control(character->code_point) || is_white_space(character->code_point)) return false;
    part.remove_prefix(character->length);
  }
  return true;
}

inline bool is_permission(std::string_view text) {
  const plain_permission plain = split(text);
  return is_word(plain.parts[0]) && (plain.count < 2 || is_word(plain.parts[1])) &&
         (plain.count < 3 || is_resource_part(plain.parts[2]));
}

/** Whether one grant covers one required permission. */
inline bool covers_by_rule(std::string_view grant_text, std::string_view required_text) {
  if (!is_permission(grant_text) || !is_permission(required_text)) return false;
  if (grant_text == "*") return true;
  const plain_permission grant = split(grant_text);
  const plain_permission required = split(required_text);
  if (grant.count == 1 || required.count == 1) return grant_text == required_text;
  if (grant.count > required.count) return false;
  for (std::size_t i = 0; i < static_cast<std::size_t>(grant.count); ++i) {
    if (grant.parts[i] != "*" && grant.parts[i] != required.parts[i]) return false;
  }
  return true;
}

}  // namespace latchkey::fuzz

#endif  // LATCHKEY_TESTS_FUZZ_RULE_H_
