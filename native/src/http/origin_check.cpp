// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/http/origin_check.h"

#include <algorithm>

#include "http/text.h"

namespace latchkey::native {
namespace {

tl::unexpected<error> no_origin(std::string_view text, const std::string& meant = {}) {
  std::string message = "\"" + std::string(text) + "\" is no origin: it must look like https://studio.example.com";
  if (!meant.empty()) message += "; write " + meant;
  return fail(errc::configuration_invalid, message + ".", std::string(text));
}

bool is_host_name(std::string_view host) noexcept {
  if (host.starts_with('[')) {
    return host.size() > 2 && host.ends_with(']') &&
           std::all_of(host.begin() + 1, host.end() - 1, [](char c) { return hex_digit(c) || c == ':' || c == '.'; });
  }
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_';
  });
}

/** The text behind the host: empty, or `:port`. */
std::string_view port_part(std::string_view authority) noexcept {
  const auto bracket = authority.rfind(']');
  const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  return colon == std::string_view::npos ? std::string_view{} : authority.substr(colon);
}

std::string origin_of(const http_request& request) {
  const std::string_view host = request.header("Host");
  if (host.empty()) return {};
  auto origin = parse_origin((request.is_https ? "https://" : "http://") + to_lower(host));
  return origin ? *origin : std::string{};
}

}  // namespace

result<std::string> parse_origin(std::string_view text) {
  const bool secure = text.starts_with("https://");
  if (!secure && !text.starts_with("http://")) return no_origin(text);
  std::string_view authority = text.substr(secure ? 8 : 7);
  const std::string lower = to_lower(authority);
  if (authority != lower) return no_origin(text, (secure ? "https://" : "http://") + lower);
  if (authority.ends_with('/')) return no_origin(text, std::string(text.substr(0, text.size() - 1)));
  const std::string_view port = port_part(authority);
  const std::string_view host = authority.substr(0, authority.size() - port.size());
  if (!is_host_name(host)) return no_origin(text);
  if (!port.empty()) {
    const std::string_view digits = port.substr(1);
    if (digits.empty() || digits.size() > 5 || digits.front() == '0' ||
        !std::all_of(digits.begin(), digits.end(), is_digit)) {
      return no_origin(text);
    }
    // The Host header of a request may name the default port; browsers leave it out of Origin.
    if (digits == (secure ? "443" : "80")) return std::string(text.substr(0, text.size() - port.size()));
  }
  return std::string(text);
}

bool is_loopback_host(std::string_view host) noexcept {
  host.remove_suffix(port_part(host).size());
  if (host == "[::1]" || equals_ignoring_case(host, "localhost")) return true;
  constexpr std::string_view suffix = ".localhost";
  if (host.size() > suffix.size() && equals_ignoring_case(host.substr(host.size() - suffix.size()), suffix))
    return true;
  // 127.0.0.0/8 in its plain form only; a name such as 127.0.0.1.example.com has letters.
  return host.starts_with("127.") && std::count(host.begin(), host.end(), '.') == 3 &&
         std::all_of(host.begin(), host.end(), [](char c) { return is_digit(c) || c == '.'; });
}

bool is_state_changing(std::string_view method) noexcept {
  return method != "GET" && method != "HEAD" && method != "OPTIONS";
}

bool is_trusted_origin(const origin_policy& policy, std::string_view origin) noexcept {
  return std::find(policy.trusted_origins.begin(), policy.trusted_origins.end(), origin) !=
         policy.trusted_origins.end();
}

bool is_host_allowed(const origin_policy& policy, const http_request& request) {
  const std::string_view host = request.header("Host");
  return !policy.loopback_only || host.empty() || is_loopback_host(host) ||
         is_trusted_origin(policy, request.header("Origin"));
}

bool is_origin_allowed(const origin_policy& policy, const http_request& request) {
  const std::string_view origin = request.header("Origin");
  const std::string_view site = request.header("Sec-Fetch-Site");
  if (!is_host_allowed(policy, request)) return false;
  if (!request.has_header("Origin") && !request.has_header("Sec-Fetch-Site")) return true;
  if (is_trusted_origin(policy, origin)) return true;
  if (site == "same-origin" || site == "none") return true;
  if (origin.empty()) return false;
  return origin == (policy.own_origin.empty() ? origin_of(request) : policy.own_origin);
}

}  // namespace latchkey::native
