// SPDX-License-Identifier: Apache-2.0
#include "latchkey/cookie.h"

#include <algorithm>
#include <array>
#include <bit>

#include "ascii.h"
#include "byte_mask.h"
#include "latchkey/utf8.h"

namespace latchkey {
namespace {

// RFC 6265 §4.1.1: a token of RFC 2616.
constexpr bool is_token_byte(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  constexpr std::string_view separators = "()<>@,;:\\\"/[]?={}";
  return byte > 0x20 && byte < 0x7F && separators.find(c) == std::string_view::npos;
}

// RFC 6265 §4.1.1: cookie-octet.
constexpr bool is_value_byte(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte < 0x7F && c != '"' && c != ',' && c != ';' && c != '\\';
}

constexpr std::size_t block_bytes = 4 * byte_mask_width;

// A bit for each byte of a block that is a semicolon, the first byte's lowest. A call of memchr for each piece costs more
// than all the rest.
std::uint64_t semicolons_in(const char* block) noexcept {
  const auto mask = [block](std::size_t at) { return std::uint64_t{equal_mask(block + at, ';')} << at; };
  return mask(0) | mask(byte_mask_width) | mask(2 * byte_mask_width) | mask(3 * byte_mask_width);
}

// Those of the block that begins at `at`, which may be the last and incomplete.
std::uint64_t semicolons_from(std::string_view header, std::size_t at) noexcept {
  if (header.size() - at >= block_bytes) return semicolons_in(header.data() + at);
  std::array<char, block_bytes> padded{};
  header.copy(padded.data(), block_bytes, at);
  return semicolons_in(padded.data());
}

// The one reading of the header, in a single pass (only space and tab are trimmed: more would let one name pass for
// another): hands every piece to `on_piece`, without the blanks before it, and says false when the header is over a
// limit; whatever was handed out is void then. Control characters are looked for by the callers, in the pieces that they
// want, because looking at every byte costs more than all the rest.
template <class OnPiece>
bool for_each_piece(std::string_view header, OnPiece on_piece) {
  if (header.size() > cookie_header_max_bytes) return false;
  std::size_t pieces = 0;
  std::size_t begin = 0;
  const auto take_piece_until = [&](std::size_t end) {
    // Empty pieces are none; there may be thousands of them.
    while (begin < end && (header[begin] == ';' || is_blank(header[begin]))) ++begin;
    const std::size_t length = end - begin;
    if (length > 0 && ++pieces <= cookie_header_max_pairs) on_piece(header.substr(begin, length));
    begin = end + 1;
  };
  for (std::size_t at = 0; at < header.size(); at += block_bytes) {
    const std::uint64_t semicolons = semicolons_from(header, at);
    // The first of several in a row ends a piece; the others stand before the next one.
    for (std::uint64_t ends = semicolons & ~(semicolons << 1); ends != 0; ends &= ends - 1) {
      take_piece_until(at + static_cast<std::size_t>(std::countr_zero(ends)));
    }
    if (pieces > cookie_header_max_pairs) return false;
  }
  take_piece_until(header.size());
  return pieces <= cookie_header_max_pairs;
}

// Name and value of a piece; nothing when it has no `=` or an empty name.
std::optional<cookie_pair> split_piece(std::string_view piece) noexcept {
  const std::size_t equals = piece.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const std::string_view name = trim_blanks(piece.substr(0, equals));
  if (name.empty()) return std::nullopt;
  return cookie_pair{name, trim_blanks(piece.substr(equals + 1))};
}

// What most pieces lack, at the cost of one byte.
bool may_have_name(std::string_view piece, std::string_view name) noexcept {
  return !name.empty() && piece.front() == name.front();
}

// The value of a piece that has this name.
std::optional<std::string_view> value_of(std::string_view piece, std::string_view name) noexcept {
  const auto pair = split_piece(piece);
  if (!pair || pair->first != name || has_control_byte(piece)) return std::nullopt;
  return pair->second;
}

result<void> check_name(std::string_view name) {
  if (name.empty() || !std::all_of(name.begin(), name.end(), is_token_byte)) {
    return fail(errc::cookie_invalid, "A cookie's name is a token of RFC 6265: visible ASCII without separators.",
                "name");
  }
  return {};
}

result<void> check_attribute(std::string_view text, std::string_view field) {
  const bool has_bad_byte =
      std::any_of(text.begin(), text.end(), [](char c) { return c == ';' || c == '\t' || is_control_byte(c); });
  // Browsers would trim blanks at the ends: the attribute that arrives would be another one, or none.
  if (has_bad_byte || trim_blanks(text) != text || text.size() > cookie_attribute_max_bytes) {
    return fail(errc::cookie_invalid,
                "A cookie's attribute holds no ;, no control character, no blank at its ends, and 1,024 bytes at most.",
                std::string(field));
  }
  return {};
}

// RFC 6265bis §4.1.3: browsers drop a prefixed cookie that lacks what its prefix promises; they compare without case.
result<void> check_prefix(std::string_view name, const cookie_attributes& attributes) {
  const bool host = starts_with_ignoring_case(name, "__host-");
  const bool secure = starts_with_ignoring_case(name, "__secure-");
  if ((host || secure) && !attributes.secure) {
    return fail(errc::cookie_invalid, "A cookie with the prefix __Host- or __Secure- has to be Secure.", "secure");
  }
  if (host && (attributes.path != "/" || !attributes.domain.empty())) {
    return fail(errc::cookie_invalid, "A cookie with the prefix __Host- has the path / and no domain.",
                attributes.domain.empty() ? "path" : "domain");
  }
  return {};
}

result<void> check_attributes(std::string_view name, const cookie_attributes& attributes) {
  if (auto path = check_attribute(attributes.path, "path"); !path) return path;
  if (auto domain = check_attribute(attributes.domain, "domain"); !domain) return domain;
  if (attributes.path.empty() || attributes.path.front() != '/') {
    return fail(errc::cookie_invalid, "A cookie's path begins with /.", "path");
  }
  if (attributes.same_site_policy == same_site::none && !attributes.secure) {
    return fail(errc::cookie_invalid, "A cookie with SameSite=None has to be Secure.", "sameSite");
  }
  const std::int64_t age = attributes.max_age_seconds.value_or(0);
  if (age < 0 || age > cookie_max_age_seconds) {
    return fail(errc::cookie_invalid, "A cookie's Max-Age is between 0 and 34,560,000 seconds (400 days).", "maxAge");
  }
  return check_prefix(name, attributes);
}

std::string_view to_text(same_site policy) noexcept {
  switch (policy) {
    case same_site::strict:
      return "Strict";
    case same_site::none:
      return "None";
    case same_site::lax:
      break;
  }
  return "Lax";
}

std::string write_cookie(std::string_view name, std::string_view value, const cookie_attributes& attributes) {
  std::string line;
  line.reserve(name.size() + value.size() + attributes.path.size() + attributes.domain.size() + 80);
  line.append(name).append("=").append(value);
  if (attributes.http_only) line += "; HttpOnly";
  line.append("; SameSite=").append(to_text(attributes.same_site_policy));
  line.append("; Path=").append(attributes.path);
  if (!attributes.domain.empty()) line.append("; Domain=").append(attributes.domain);
  if (attributes.max_age_seconds) line.append("; Max-Age=").append(std::to_string(*attributes.max_age_seconds));
  if (attributes.secure) line += "; Secure";
  return line;
}

}  // namespace

result<std::vector<cookie_pair>> parse_cookies(std::string_view header) {
  std::vector<cookie_pair> pairs;
  const bool within_limits = for_each_piece(header, [&](std::string_view piece) {
    const auto pair = split_piece(piece);
    if (pair && !has_control_byte(piece)) pairs.push_back(*pair);
  });
  if (within_limits) return pairs;
  return fail(errc::cookie_header_too_large, "A Cookie header has at most 16 KiB and 100 cookies.", "cookie");
}

bool fits_cookie_limits(std::string_view header) noexcept {
  return for_each_piece(header, [](std::string_view) {});
}

std::vector<std::string_view> find_cookies(std::string_view header, std::string_view name, std::size_t limit) {
  std::vector<std::string_view> values;
  const bool within_limits = for_each_piece(header, [&](std::string_view piece) {
    if (values.size() == limit || !may_have_name(piece, name)) return;
    if (const auto value = value_of(piece, name)) values.push_back(*value);
  });
  if (!within_limits) values.clear();
  return values;
}

std::optional<std::string_view> find_cookie(std::string_view header, std::string_view name) noexcept {
  std::optional<std::string_view> first;
  const bool within_limits = for_each_piece(header, [&](std::string_view piece) {
    if (!first && may_have_name(piece, name)) first = value_of(piece, name);
  });
  return within_limits ? first : std::nullopt;
}

result<std::string> to_set_cookie(std::string_view name, std::string_view value, const cookie_attributes& attributes) {
  if (auto checked = check_name(name); !checked) return fail(std::move(checked));
  if (!std::all_of(value.begin(), value.end(), is_value_byte)) {
    return fail(errc::cookie_invalid,
                "A cookie's value is visible ASCII without quotes, comma, semicolon or backslash.", "value");
  }
  if (auto checked = check_attributes(name, attributes); !checked) return fail(std::move(checked));
  if (name.size() + value.size() > cookie_max_bytes) {
    return fail(errc::cookie_too_large, "A cookie's name and value have 4,096 bytes at most together.", "value");
  }
  return write_cookie(name, value, attributes);
}

result<std::string> to_clearing_cookie(std::string_view name, const cookie_attributes& attributes) {
  cookie_attributes cleared = attributes;
  cleared.max_age_seconds = 0;
  auto line = to_set_cookie(name, "", cleared);
  // Expires as well, for clients that know no Max-Age.
  if (line) *line += "; Expires=Thu, 01 Jan 1970 00:00:00 GMT";
  return line;
}

std::string session_cookie_name(std::string_view base, bool secure, bool has_domain) {
  const std::string_view prefix = !secure ? "" : has_domain ? "__Secure-" : "__Host-";
  return std::string(prefix).append(base);
}

}  // namespace latchkey
