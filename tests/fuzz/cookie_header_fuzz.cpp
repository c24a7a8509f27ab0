// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"
#include "latchkey/cookie.h"
#include "latchkey/cookie_jar.h"

namespace {

using namespace latchkey;

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte != 9 && (byte < 32 || byte == 127);
  });
}

// The header as the page on sessions describes it, step by step.
std::vector<cookie_pair> read_simply(std::string_view header, std::size_t& pieces) {
  std::vector<cookie_pair> pairs;
  pieces = 0;
  while (!header.empty()) {
    const std::string_view piece = trim(fuzz::take_field(header, ';'));
    if (piece.empty()) continue;
    ++pieces;
    const std::size_t equals = piece.find('=');
    if (equals == std::string_view::npos || has_control(piece)) continue;
    const std::string_view name = trim(piece.substr(0, equals));
    if (!name.empty()) pairs.emplace_back(name, trim(piece.substr(equals + 1)));
  }
  return pairs;
}

void check_finding(std::string_view header, const std::vector<cookie_pair>& pairs, std::string_view name) {
  std::vector<std::string_view> expected;
  for (const auto& [found, value] : pairs) {
    if (found == name && expected.size() < session_cookie_max_candidates) expected.push_back(value);
  }
  fuzz::require(find_cookies(header, name) == expected, "finding gives the values that parsing gives, in order");
  const auto first = find_cookie(header, name);
  fuzz::require(first.has_value() == !expected.empty(), "a cookie is found when it is there");
  if (first) fuzz::require(*first == expected.front(), "the first of a repeated name wins");
}

void check_writing(std::string_view name, std::string_view value) {
  const auto line = to_set_cookie(name, value, {});
  if (!line) return;
  const auto received = parse_set_cookie(*line, 0);
  fuzz::require(received && received->name == name && received->value == value,
                "a cookie that can be set is received as it was sent");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view header = fuzz::to_text(data, size);
  std::size_t pieces = 0;
  const auto expected = read_simply(header, pieces);
  const auto pairs = parse_cookies(header);
  fuzz::require(pairs.has_value() == (size <= cookie_header_max_bytes && pieces <= cookie_header_max_pairs),
                "a header is refused for its size or its pieces and for nothing else");
  if (!pairs) {
    fuzz::require(pairs.error().code == errc::cookie_header_too_large, "a header is refused as too large");
    for (const auto& pair : expected)
      fuzz::require(!find_cookie(header, pair.first), "a refused header has no cookies");
    return 0;
  }
  fuzz::require(*pairs == expected, "the header is read as it is described");

  std::string written;
  for (const auto& [name, value] : *pairs) {
    if (!written.empty()) written += "; ";
    written.append(name).append("=").append(value);
  }
  fuzz::require(parse_cookies(written) == pairs, "what was read is written and read again");

  const std::size_t looked_at = std::min<std::size_t>(pairs->size(), 3);
  for (std::size_t i = 0; i < looked_at; ++i) {
    check_finding(header, *pairs, (*pairs)[i].first);
    check_writing((*pairs)[i].first, (*pairs)[i].second);
  }
  check_finding(header, *pairs, header.substr(0, size / 2));
  return 0;
}
