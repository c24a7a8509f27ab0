// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_PERMISSION_PARTS_H_
#define LATCHKEY_PERMISSION_PARTS_H_

// The text of a permission taken apart; for the sources of the matcher.

#include <string>
#include <string_view>

#include "latchkey/permission.h"

namespace latchkey {

inline bool is_wildcard(std::string_view part) noexcept { return part.size() == 1 && part[0] == '*'; }

// A namespace or an action: a word, or the wildcard.
bool is_permission_word(std::string_view text) noexcept;

// Takes a text apart at its first two colons and looks no closer. The parts lie in one piece of memory.
inline parsed_permission split_permission(std::string_view text) noexcept {
  const std::size_t space = text.find(':');
  if (space == std::string_view::npos) return {1, text, {}, {}};
  const std::string_view rest = text.substr(space + 1);
  const std::size_t action = rest.find(':');
  if (action == std::string_view::npos) return {2, text.substr(0, space), rest, {}};
  return {3, text.substr(0, space), rest.substr(0, action), rest.substr(action + 1)};
}

// Whether the parts that `split_permission` found make a permission.
bool is_permission(const parsed_permission& parts) noexcept;

inline bool parse_permission_parts(std::string_view text, parsed_permission& out) noexcept {
  out = split_permission(text);
  return is_permission(out);
}

// What an error names of a text that is no permission: its beginning, in whole characters.
std::string permission_excerpt(std::string_view text);

}  // namespace latchkey

#endif  // LATCHKEY_PERMISSION_PARTS_H_
