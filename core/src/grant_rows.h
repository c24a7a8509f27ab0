// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_GRANT_ROWS_H_
#define LATCHKEY_GRANT_ROWS_H_

// What the rows of a grant set's tables are found by: the same for those who fill them and those who look them up.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "latchkey/permission.h"
#include "permission_parts.h"
#include "text_hash.h"

namespace latchkey {

// From the first byte of one part to the last of a later one of the same text.
inline std::string_view span_of(std::string_view first, std::string_view last) noexcept {
  return {first.data(), static_cast<std::size_t>(last.data() + last.size() - first.data())};
}

inline parsed_permission grant_set::parsed(const compiled_grant& grant) const noexcept {
  const char* text = texts_.data() + grant.offset;
  parsed_permission parts{grant.parts, {text, grant.space_length}, {}, {}};
  if (grant.parts > 1) parts.action = {text + grant.space_length + 1, grant.action_length};
  if (grant.parts > 2) parts.resource = {parts.action.data() + grant.action_length + 1, grant.resource_length};
  return parts;
}

inline grant_set::row_key grant_set::key_of(shape kind, const parsed_permission& parts) noexcept {
  switch (kind) {
    case exact: {
      if (parts.parts == 1) return {parts.name_space, {}};
      const bool names_resource = parts.parts == 3 && !is_wildcard(parts.resource);
      return {span_of(parts.name_space, names_resource ? parts.resource : parts.action), {}};
    }
    case any_action_resource:
      return {parts.name_space, parts.resource};
    case any_space_resource:
      return {span_of(parts.action, parts.resource), {}};
    case any_both_resource:
      return {parts.resource, {}};
    case any_action:
      return {parts.name_space, {}};
    case any_space:
    case shape_count:
      break;
  }
  return {parts.action, {}};
}

inline std::uint64_t grant_set::hash_of(const row_key& key) noexcept {
  const std::uint64_t hash = hash_text(key.text);
  return key.resource.empty() ? hash : mix(hash ^ hash_text(key.resource));
}

inline bool grant_set::holds(const row& held, const row_key& key) const noexcept {
  const char* text = texts_.data() + held.offset;
  if (!is_same({text, held.length}, key.text)) return false;
  if (key.resource.empty()) return true;
  text += held.length + std::string_view(":*:").size();
  return is_same({text, held.resource_length}, key.resource);
}

}  // namespace latchkey

#endif  // LATCHKEY_GRANT_ROWS_H_
