// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/http/message.h"

#include <algorithm>

#include "http/text.h"
#include "latchkey/utf8.h"

namespace latchkey::native {
namespace {

std::optional<std::string> decode_percent(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '+') {
      decoded.push_back(' ');
    } else if (c != '%') {
      decoded.push_back(c);
    } else {
      const auto high = i + 1 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
      const auto low = i + 2 < text.size() ? hex_digit(text[i + 2]) : std::nullopt;
      if (!high || !low) return std::nullopt;
      decoded.push_back(static_cast<char>(*high * 16 + *low));
      i += 2;
    }
  }
  if (!is_well_formed_utf8(decoded)) return std::nullopt;
  return decoded;
}

}  // namespace

std::string_view http_request::header(std::string_view name) const noexcept {
  for (const auto& [key, value] : headers) {
    if (equals_ignoring_case(key, name)) return value;
  }
  return {};
}

bool http_request::has_header(std::string_view name) const noexcept {
  return std::any_of(headers.begin(), headers.end(),
                     [name](const auto& entry) { return equals_ignoring_case(entry.first, name); });
}

bool http_request::has_repeated_header(std::string_view name) const noexcept {
  return std::count_if(headers.begin(), headers.end(),
                       [name](const auto& entry) { return equals_ignoring_case(entry.first, name); }) > 1;
}

void http_response::set_header(std::string_view name, std::string value) {
  std::erase_if(headers, [name](const auto& entry) { return equals_ignoring_case(entry.first, name); });
  headers.emplace_back(std::string(name), std::move(value));
}

bool http_response::has_header(std::string_view name) const noexcept {
  return std::any_of(headers.begin(), headers.end(),
                     [name](const auto& entry) { return equals_ignoring_case(entry.first, name); });
}

result<void> collect_body(http_response& response) {
  while (response.stream) {
    auto part = response.stream();
    if (!part) return fail(std::move(part));
    if (part->empty()) response.stream = nullptr;
    response.body += *part;
  }
  return {};
}

http_response json_response(int status, const json_value& body) {
  http_response response;
  response.status = status;
  response.add_header("Content-Type", "application/json; charset=utf-8");
  response.body = to_json_text(body);
  return response;
}

std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> parameters;
  while (!query.empty()) {
    const auto piece = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), piece.size() + 1));
    if (piece.empty()) continue;
    const auto equals = piece.find('=');
    auto name = decode_percent(piece.substr(0, equals));
    auto value = decode_percent(equals == std::string_view::npos ? std::string_view{} : piece.substr(equals + 1));
    if (!name || !value) return std::nullopt;
    const bool repeated =
        std::any_of(parameters.begin(), parameters.end(), [&name](const auto& entry) { return entry.first == *name; });
    if (repeated) return std::nullopt;
    parameters.emplace_back(std::move(*name), std::move(*value));
  }
  return parameters;
}

}  // namespace latchkey::native
