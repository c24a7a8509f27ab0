// SPDX-License-Identifier: Apache-2.0
#include "server/response_text.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "http/text.h"

namespace latchkey::native {
namespace {

std::string_view reason_of(int status) noexcept {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 302:
      return "Found";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    default:
      return "Status";
  }
}

bool is_servers_own(std::string_view name) noexcept {
  return is_framing_header(name) || equals_ignoring_case(name, "Date");
}

std::string length_of(const http_response& response, bool is_head) {
  if (is_head) {
    for (const auto& [name, value] : response.headers) {
      if (equals_ignoring_case(name, "Content-Length")) return value;
    }
  }
  return std::to_string(response.content().size());
}

}  // namespace

std::optional<std::string> to_head_text(const http_response& response, const response_framing& framing) {
  std::string text;
  text.reserve(512);
  text += "HTTP/1.1 ";
  text += std::to_string(std::clamp(response.status, 200, 599));
  text += ' ';
  text += reason_of(response.status);
  text += "\r\n";
  for (const auto& [name, value] : response.headers) {
    if (!is_safe_header(name, value)) return std::nullopt;
    if (is_servers_own(name)) continue;
    text += name;
    text += ": ";
    text += value;
    text += "\r\n";
  }
  if (framing.is_in_parts) {
    if (framing.has_chunks) text += "Transfer-Encoding: chunked\r\n";
  } else if (has_body(response.status)) {
    text += "Content-Length: " + length_of(response, framing.is_head) + "\r\n";
  }
  text += "Date: ";
  text += framing.date;
  text += framing.keep_alive ? "\r\nConnection: keep-alive\r\n\r\n" : "\r\nConnection: close\r\n\r\n";
  return text;
}

std::string to_http_date(std::int64_t seconds) {
  static constexpr std::array days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t time = seconds;
  std::tm parts{};
  if (gmtime_r(&time, &parts) == nullptr) return "Thu, 01 Jan 1970 00:00:00 GMT";
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                days[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
                months[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900, parts.tm_hour, parts.tm_min,
                parts.tm_sec);
  return text.data();
}

}  // namespace latchkey::native
