// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/http/trace_context.h"

#include <algorithm>

namespace latchkey::native {
namespace {

constexpr std::size_t version_end = 2;
constexpr std::size_t trace_begin = 3;
constexpr std::size_t trace_size = 32;
constexpr std::size_t parent_begin = trace_begin + trace_size + 1;
constexpr std::size_t parent_size = 16;
constexpr std::size_t flags_begin = parent_begin + parent_size + 1;
constexpr std::size_t version_00_size = flags_begin + 2;

bool is_hex(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

int hex_value(char c) noexcept { return c <= '9' ? c - '0' : c - 'a' + 10; }

bool is_id(std::string_view text) noexcept {
  return is_hex(text) && std::any_of(text.begin(), text.end(), [](char c) { return c != '0'; });
}

}  // namespace

std::optional<trace_context> parse_traceparent(std::string_view text) noexcept {
  if (text.size() < version_00_size) return std::nullopt;
  const std::string_view version = text.substr(0, version_end);
  if (!is_hex(version) || version == "ff") return std::nullopt;
  if (version == "00" ? text.size() != version_00_size
                      : text.size() > version_00_size && text[version_00_size] != '-') {
    return std::nullopt;
  }
  for (const std::size_t dash : {version_end, parent_begin - 1, flags_begin - 1}) {
    if (text[dash] != '-') return std::nullopt;
  }
  const std::string_view flags = text.substr(flags_begin, 2);
  const std::string_view trace_id = text.substr(trace_begin, trace_size);
  const std::string_view parent_id = text.substr(parent_begin, parent_size);
  if (!is_id(trace_id) || !is_id(parent_id) || !is_hex(flags)) return std::nullopt;
  return trace_context{trace_id, parent_id, hex_value(flags[1]) % 2 == 1};
}

}  // namespace latchkey::native
