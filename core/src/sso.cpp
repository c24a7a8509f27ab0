// SPDX-License-Identifier: Apache-2.0
#include "latchkey/sso.h"

#include "latchkey/utf8.h"

namespace latchkey {
namespace {

bool is_safe(std::string_view path) noexcept {
  if (path.empty() || path.size() > return_path_max_bytes || path[0] != '/') return false;
  // `//host` names another origin, and browsers read `\` as `/`.
  if (path.size() > 1 && path[1] == '/') return false;
  while (!path.empty()) {
    const auto character = first_utf8_character(path);
    if (!character) return false;
    // Browsers remove tab, CR and LF before they resolve, which would turn `/<tab>/host` into `//host`.
    if (is_control(character->code_point) || character->code_point == U'\\') return false;
    path.remove_prefix(character->length);
  }
  return true;
}

}  // namespace

std::string safe_return_path(std::string_view text) { return is_safe(text) ? std::string(text) : "/"; }

}  // namespace latchkey
