// SPDX-License-Identifier: Apache-2.0
#include "server/request_head.h"

#include <algorithm>

#include "http/text.h"

namespace latchkey::native {
namespace {

constexpr std::size_t content_length_max_digits = 12;

/** What the header lines say about host and framing. */
struct framing {
  int hosts = 0;
  int lengths = 0;
  int encodings = 0;
  bool is_length_valid = true;
  bool is_encoding_valid = true;
};

/** The next line without its CRLF; the rest moves behind it. */
std::string_view take_line(std::string_view& rest) noexcept {
  const auto end = rest.find("\r\n");
  const auto line = rest.substr(0, end);
  rest.remove_prefix(std::min(rest.size(), line.size() + 2));
  return line;
}

bool is_request_line(std::string_view line, bool& is_http_11) noexcept {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return false;
  const auto target = line.substr(first + 1, last - first - 1);
  const auto version = line.substr(last + 1);
  is_http_11 = version == "HTTP/1.1";
  const bool is_visible = std::all_of(target.begin(), target.end(), [](char c) { return c > ' ' && c < 0x7f; });
  return is_token(line.substr(0, first)) && !target.empty() && is_visible && (is_http_11 || version == "HTTP/1.0");
}

bool is_header_line(std::string_view line, framing& found) noexcept {
  // A fold begins with white space and so has no token before its colon; neither has a name with a space behind it.
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return false;
  const auto name = line.substr(0, colon);
  const auto value = trim(line.substr(colon + 1));
  if (has_control_byte(value)) return false;
  if (equals_ignoring_case(name, "Host")) {
    ++found.hosts;
  } else if (equals_ignoring_case(name, "Content-Length")) {
    ++found.lengths;
    found.is_length_valid = !value.empty() && value.size() <= content_length_max_digits &&
                            std::all_of(value.begin(), value.end(), is_digit);
  } else if (equals_ignoring_case(name, "Transfer-Encoding")) {
    ++found.encodings;
    found.is_encoding_valid = equals_ignoring_case(value, "chunked");
  }
  return true;
}

bool is_framing_clear(const framing& found, bool is_http_11) noexcept {
  if (found.hosts > 1 || (is_http_11 && found.hosts == 0)) return false;
  if (found.lengths + found.encodings > 1) return false;
  if (found.encodings == 1 && !is_http_11) return false;
  return found.is_length_valid && found.is_encoding_valid;
}

}  // namespace

head_scan scan_head(std::string_view received) noexcept {
  std::size_t position = 0;
  while (true) {
    const auto feed = received.find('\n', position);
    if (feed == std::string_view::npos) return {};
    if (feed == 0 || received[feed - 1] != '\r') return {head_scan::state::malformed, 0};
    if (feed - 1 == position) return {head_scan::state::complete, feed + 1};
    position = feed + 1;
  }
}

errc incomplete_head_error(std::string_view received, const request_limits& limits) noexcept {
  const auto line = received.substr(0, received.find("\r\n"));
  return line.size() > limits.uri_bytes ? errc::uri_too_long : errc::headers_too_large;
}

std::optional<errc> check_head(std::string_view head, const request_limits& limits) noexcept {
  std::string_view rest = head;
  const auto request_line = take_line(rest);
  bool is_http_11 = false;
  if (!is_request_line(request_line, is_http_11)) return errc::request_invalid;
  const auto target_bytes = request_line.rfind(' ') - request_line.find(' ') - 1;
  if (target_bytes > limits.uri_bytes) return errc::uri_too_long;

  const std::size_t header_bytes = rest.size() - std::min<std::size_t>(rest.size(), 2);
  if (header_bytes > limits.header_bytes) return errc::headers_too_large;
  framing found;
  std::size_t count = 0;
  while (true) {
    const auto line = take_line(rest);
    if (line.empty()) break;
    if (++count > limits.header_count) return errc::headers_too_large;
    if (!is_header_line(line, found)) return errc::request_invalid;
  }
  if (!is_framing_clear(found, is_http_11)) return errc::request_invalid;
  return std::nullopt;
}

void read_refused_head(std::string_view received, const request_limits& limits, http_request& request) {
  // A line that is not complete could say anything yet.
  const auto end = received.rfind("\r\n");
  if (end == std::string_view::npos) return;
  std::string_view rest = received.substr(0, end + 2);
  const auto request_line = take_line(rest);
  bool is_http_11 = false;
  if (!is_request_line(request_line, is_http_11)) return;
  const auto first = request_line.find(' ');
  const auto target = request_line.substr(first + 1, request_line.rfind(' ') - first - 1);
  request.method = std::string(request_line.substr(0, first));
  if (target.size() <= limits.uri_bytes) request.path = std::string(target.substr(0, target.find('?')));
  std::optional<std::string_view> origin;
  framing ignored;
  while (!rest.empty()) {
    const auto line = take_line(rest);
    // The end of the head, or a line that parsers could read differently: nothing behind it counts.
    if (line.empty() || !is_header_line(line, ignored)) break;
    const auto colon = line.find(':');
    if (!equals_ignoring_case(line.substr(0, colon), "Origin")) continue;
    if (origin) return;
    origin = trim(line.substr(colon + 1));
  }
  if (origin) request.headers.emplace_back("Origin", std::string(*origin));
}

}  // namespace latchkey::native
