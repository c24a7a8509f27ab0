// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/http/request_limits.h"

#include <algorithm>

#include "http/text.h"
#include "latchkey/cookie.h"

namespace latchkey::native {
namespace {

constexpr std::string_view single_headers[] = {"Host", "Authorization", "Content-Type", "Origin", "Sec-Fetch-Site"};
constexpr std::string_view cookie_separator = "; ";

/** All Cookie lines as one. */
std::string joined_cookies(const http_request& request) {
  std::string joined;
  for (const auto& [name, value] : request.headers) {
    if (value.empty() || !equals_ignoring_case(name, "Cookie")) continue;
    if (!joined.empty()) joined += cookie_separator;
    joined += value;
  }
  return joined;
}

bool is_visible_ascii(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

bool is_well_formed(const http_request& request) {
  if (!is_token(request.method) || request.path.empty() || request.path.front() != '/') return false;
  if (!is_visible_ascii(request.path) || !is_visible_ascii(request.query)) return false;
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name) || has_control_byte(value)) return false;
  }
  return std::none_of(std::begin(single_headers), std::end(single_headers),
                      [&request](std::string_view name) { return request.has_repeated_header(name); });
}

bool are_headers_too_large(const http_request& request, const request_limits& limits) {
  if (request.headers.size() > limits.header_count) return true;
  std::size_t bytes = 0;
  for (const auto& [name, value] : request.headers) bytes += name.size() + value.size() + 4;
  if (bytes > limits.header_bytes) return true;
  return !(request.has_repeated_header("Cookie") ? fits_cookie_limits(joined_cookies(request))
                                                 : fits_cookie_limits(request.header("Cookie")));
}

}  // namespace

std::optional<errc> check_limits(const http_request& request, const request_limits& limits) {
  const std::size_t query_bytes = request.query.empty() ? 0 : request.query.size() + 1;
  if (request.path.size() + query_bytes > limits.uri_bytes) return errc::uri_too_long;
  if (are_headers_too_large(request, limits)) return errc::headers_too_large;
  if (request.body.size() > limits.body_bytes) return errc::body_too_large;
  if (!is_well_formed(request)) return errc::request_invalid;
  return std::nullopt;
}

void join_cookie_lines(http_request& request) {
  if (!request.has_repeated_header("Cookie")) return;
  std::string joined = joined_cookies(request);
  std::erase_if(request.headers, [](const auto& entry) { return equals_ignoring_case(entry.first, "Cookie"); });
  request.headers.emplace_back("Cookie", std::move(joined));
}

}  // namespace latchkey::native
