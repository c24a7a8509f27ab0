// SPDX-License-Identifier: Apache-2.0
#include "latchkey/permission.h"

#include <algorithm>
#include <array>

#include "latchkey/utf8.h"
#include "permission_parts.h"

namespace latchkey {
namespace {

constexpr std::array<bool, 256> make_word_bytes() {
  std::array<bool, 256> allowed{};
  for (char c = 'a'; c <= 'z'; ++c) allowed[static_cast<unsigned char>(c)] = true;
  for (char c = 'A'; c <= 'Z'; ++c) allowed[static_cast<unsigned char>(c)] = true;
  for (char c = '0'; c <= '9'; ++c) allowed[static_cast<unsigned char>(c)] = true;
  for (const char c : {'.', '_', '-'}) allowed[static_cast<unsigned char>(c)] = true;
  return allowed;
}

constexpr std::array<bool, 256> word_bytes = make_word_bytes();

// One byte that may stand in a resource as it is; all else is decided by the character that it belongs to.
bool is_plain(char c) noexcept { return c > ' ' && c < '\x7F' && c != '*'; }

bool is_resource(std::string_view text) noexcept {
  if (is_wildcard(text)) return true;
  if (text.empty() || text.size() > permission_max_resource_bytes) return false;
  while (!text.empty()) {
    if (is_plain(text[0])) {
      text.remove_prefix(1);
      continue;
    }
    const auto character = first_utf8_character(text);
    if (!character) return false;
    const char32_t c = character->code_point;
    if (c == U'*' || is_control(c) || is_white_space(c)) return false;
    text.remove_prefix(character->length);
  }
  return true;
}

}  // namespace

bool is_permission_word(std::string_view text) noexcept {
  if (is_wildcard(text)) return true;
  return !text.empty() && text.size() <= permission_max_word_bytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return word_bytes[static_cast<unsigned char>(c)]; });
}

bool is_permission(const parsed_permission& parts) noexcept {
  return is_permission_word(parts.name_space) && (parts.parts < 2 || is_permission_word(parts.action)) &&
         (parts.parts < 3 || is_resource(parts.resource));
}

std::string permission_excerpt(std::string_view text) {
  std::size_t length = std::min(text.size(), permission_max_resource_bytes);
  const auto continues = [&](std::size_t at) { return (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80; };
  while (length > 0 && length < text.size() && continues(length)) --length;
  return std::string(text.substr(0, length));
}

result<parsed_permission> parse_permission(std::string_view text) {
  parsed_permission parsed;
  if (parse_permission_parts(text, parsed)) return parsed;
  return fail(errc::permission_invalid,
              "A permission is namespace:action or namespace:action:resource; a part may be * as a whole.",
              permission_excerpt(text));
}

bool is_valid_permission(std::string_view text) noexcept {
  parsed_permission parsed;
  return parse_permission_parts(text, parsed);
}

namespace_aliases mastra_namespace_aliases() {
  return {{"stored",
           {"stored-agents", "stored-mcp-clients", "stored-prompt-blocks", "stored-scorers", "stored-skills",
            "stored-workflows", "stored-workspaces"}}};
}

}  // namespace latchkey
