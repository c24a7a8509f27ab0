// SPDX-License-Identifier: Apache-2.0
#include "reset_page.h"

#include <array>
#include <utility>

#include "latchkey/native/http/operations.h"
#include "latchkey/native/http/origin_check.h"
#include "latchkey/native/http/security_headers.h"
#include "reset_page_files.h"
#include "server_config.h"

namespace latchkey::app {
namespace {

/** An address as its origin and its path; the query goes with neither. */
std::pair<std::string, std::string> split_address(std::string_view address) {
  const auto scheme_end = address.find("://");
  if (scheme_end == std::string_view::npos) return {};
  const auto origin_end = address.find_first_of("/?", scheme_end + 3);
  const auto origin = native::parse_origin(address.substr(0, origin_end));
  if (!origin) return {};
  std::string_view path = origin_end == std::string_view::npos ? std::string_view() : address.substr(origin_end);
  path = path.substr(0, path.find('?'));
  return {*origin, path.empty() ? "/" : std::string(path)};
}

bool is_own_origin(const server_settings& server, const std::string& origin) {
  if (const auto own = native::parse_origin(public_origin(server)); own && *own == origin) return true;
  const bool is_v6 = server.host.find(':') != std::string::npos;
  const auto listened = native::parse_origin("http://" + (is_v6 ? "[" + server.host + "]" : server.host) + ":" +
                                             std::to_string(server.port));
  return listened && *listened == origin;
}

std::string escape_html(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

void fill_in(std::string& html, std::string_view mark, std::string_view value) {
  const std::string escaped = escape_html(value);
  for (auto at = html.find(mark); at != std::string::npos; at = html.find(mark, at + escaped.size())) {
    html.replace(at, mark.size(), escaped);
  }
}

}  // namespace

std::string reset_page_address(const settings& all) {
  return all.mail.reset_page.empty() ? public_origin(all.server) + "/reset-password" : all.mail.reset_page;
}

std::optional<std::string> own_reset_path(const settings& all) {
  if (all.mail.url.empty() || !all.credentials.is_enabled) return std::nullopt;
  auto [origin, path] = split_address(reset_page_address(all));
  if (path.empty() || !is_own_origin(all.server, origin)) return std::nullopt;
  return std::move(path);
}

bool is_taken_path(const server_settings& server, const std::string& path) {
  std::string prefix = server.api_prefix;
  while (prefix.ends_with('/')) prefix.pop_back();
  return native::operations::owns(path) || path == prefix || path.starts_with(prefix + "/");
}

reset_page::reset_page(const settings& all, const std::string& api_prefix) {
  auto path = own_reset_path(all);
  if (!path || is_taken_path(all.server, *path)) return;
  path_ = std::move(*path);
  html_ = std::string(reset_page_html);
  fill_in(html_, "@PAGE@", path_);
  fill_in(html_, "@API@", api_prefix);
  fill_in(html_, "@LEAST@", std::to_string(all.credentials.min_password));
  fill_in(html_, "@HOME@", "/");
}

std::optional<native::http_response> reset_page::find(const native::http_request& request, bool is_https) const {
  const bool is_head = request.method == "HEAD";
  if (path_.empty() || (request.method != "GET" && !is_head)) return std::nullopt;
  const std::array<std::array<std::string_view, 3>, 3> files{
      {{"", html_, "text/html; charset=utf-8"},
       {".css", reset_page_css, "text/css; charset=utf-8"},
       {".js", reset_page_js, "text/javascript; charset=utf-8"}}};
  for (const auto& [ending, bytes, type] : files) {
    if (request.path != path_ + std::string(ending)) continue;
    native::http_response response;
    response.add_header("Content-Type", std::string(type));
    response.add_header("Cache-Control", "no-cache");
    if (is_head) {
      response.add_header("Content-Length", std::to_string(bytes.size()));
    } else {
      response.body = std::string(bytes);
    }
    native::add_page_headers(response, is_https);
    return response;
  }
  return std::nullopt;
}

}  // namespace latchkey::app
