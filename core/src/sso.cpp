// SPDX-License-Identifier: Apache-2.0
#include "latchkey/sso.h"

#include <algorithm>
#include <array>

#include "ascii.h"
#include "constant_time.h"
#include "json_fields.h"
#include "latchkey/base64url.h"
#include "latchkey/session.h"
#include "latchkey/utf8.h"
#include "saturating.h"

namespace latchkey {
namespace {

constexpr std::size_t state_length = 27;     // 20 bytes
constexpr std::size_t verifier_length = 43;  // 32 bytes
constexpr std::size_t provider_max_bytes = 64;
constexpr std::size_t address_max_bytes = 2048;
constexpr std::size_t login_json_max_bytes = 8 * 1024;

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

bool is_token(std::string_view text, std::size_t length) {
  return text.size() == length && from_base64url(text).has_value();
}

bool is_readable(const login_transaction& login) {
  return is_token(login.state, state_length) && is_token(login.nonce, state_length) &&
         is_token(login.verifier, verifier_length) && login.provider.size() <= provider_max_bytes &&
         is_well_formed_utf8(login.provider) && is_safe(login.return_path) && login.created_at_ms >= 0;
}

// Form encoding of the URL Standard, in its strictest reading: all but the unreserved characters.
std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (is_unreserved_byte(c)) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += {'%', digits[byte >> 4], digits[byte & 15]};
  }
  return encoded;
}

bool is_loopback(std::string_view authority) noexcept {
  for (const std::string_view name : {"localhost", "127.0.0.1", "[::1]"}) {
    if (!authority.starts_with(name)) continue;
    const std::string_view port = authority.substr(name.size());
    if (port.empty()) return true;
    return port.front() == ':' && std::all_of(port.begin() + 1, port.end(), [](char c) { return is_digit(c); });
  }
  return false;
}

// An address that a browser may be sent to: visible ASCII, encrypted unless it stays on this machine, no user name.
bool is_web_address(std::string_view url) noexcept {
  const bool is_visible =
      std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < '\x7f' && c != '\\' && c != '#'; });
  if (!is_visible || url.size() > address_max_bytes) return false;
  const bool is_encrypted = starts_with_ignoring_case(url, "https://");
  if (!is_encrypted && !starts_with_ignoring_case(url, "http://")) return false;
  url.remove_prefix(is_encrypted ? 8 : 7);
  const std::string_view authority = url.substr(0, url.find_first_of("/?"));
  if (authority.empty() || authority.find('@') != std::string_view::npos) return false;
  return is_encrypted || is_loopback(authority);
}

std::string_view query_of(std::string_view url) noexcept {
  const std::size_t mark = url.find('?');
  return mark == std::string_view::npos ? std::string_view() : url.substr(mark + 1);
}

// By the letters of its name; no provider escapes those that we set.
bool has_parameter(std::string_view query, std::string_view name) noexcept {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    if (pair.substr(0, pair.find('=')) == name) return true;
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
  }
  return false;
}

}  // namespace

std::string safe_return_path(std::string_view text) { return is_safe(text) ? std::string(text) : "/"; }

login_transaction begin_login(const login_randomness& random, std::string_view provider, std::string_view return_path,
                              std::int64_t now_ms) {
  return {to_base64url(random.state), to_base64url(random.nonce),    to_base64url(random.verifier),
          std::string(provider),      safe_return_path(return_path), now_ms};
}

bool is_alive(const login_transaction& login, std::int64_t now_ms) noexcept {
  // In this order nothing can overflow: times before 1970 are nobody's.
  if (login.created_at_ms < 0 || now_ms < 0) return false;
  return now_ms - login.created_at_ms < login_transaction_ms && login.created_at_ms - now_ms <= clock_skew_ms;
}

const login_transaction* find_login(std::span<const login_transaction> logins, std::string_view state,
                                    std::string_view provider, std::int64_t now_ms) noexcept {
  const login_transaction* found = nullptr;
  // All are looked at, whichever it is.
  for (const login_transaction& login : logins) {
    const bool is_same = equals_in_constant_time(login.state, state) && state.size() == state_length;
    if (is_same && login.provider == provider && is_alive(login, now_ms)) found = &login;
  }
  return found;
}

result<std::string> to_login_json(const login_transaction& login) {
  if (!is_readable(login)) {
    return fail(errc::argument_invalid, "A login transaction is made by begin_login.", "login");
  }
  return to_json_text(json_object{{"state", login.state},
                                  {"nonce", login.nonce},
                                  {"verifier", login.verifier},
                                  {"provider", login.provider},
                                  {"returnPath", login.return_path},
                                  {"createdAt", to_iso_time(login.created_at_ms)}});
}

result<login_transaction> parse_login_json(std::string_view text) {
  const auto invalid = [] { return fail(errc::session_invalid, "The login is not valid."); };
  const auto value = parse_json(text, login_json_max_bytes);
  login_transaction login;
  std::string created;
  const std::array<std::pair<std::string_view, std::string*>, 6> members{{{"state", &login.state},
                                                                          {"nonce", &login.nonce},
                                                                          {"verifier", &login.verifier},
                                                                          {"provider", &login.provider},
                                                                          {"returnPath", &login.return_path},
                                                                          {"createdAt", &created}}};
  if (!value || value->as_object() == nullptr || value->as_object()->size() != members.size()) return invalid();
  for (const auto& [key, target] : members) {
    auto member = to_required_text(*value, key);
    if (!member) return invalid();
    *target = std::move(*member);
  }
  const auto created_at = parse_iso_time(created);
  if (!created_at) return invalid();
  login.created_at_ms = *created_at;
  if (!is_readable(login)) return invalid();
  return login;
}

std::string code_challenge(std::string_view verifier, const digest_function& sha256) {
  return to_base64url(sha256(verifier));
}

result<std::string> to_login_url(const authorization_request& request, const login_transaction& login,
                                 const digest_function& sha256) {
  const auto refuse = [](std::string message, std::string field) {
    return fail(errc::configuration_invalid, std::move(message), std::move(field));
  };
  const std::string_view own_query = query_of(request.endpoint);
  if (!is_web_address(request.endpoint))
    return refuse("An https address of 2 KiB at most, without a fragment, is needed here.", "endpoint");
  if (!is_web_address(request.redirect_uri)) {
    return refuse("An https address of 2 KiB at most, without a fragment, is needed here.", "redirectUri");
  }
  if (request.client_id.empty()) return refuse("A client id is needed here.", "clientId");
  std::vector<std::pair<std::string, std::string>> parameters{
      {"response_type", "code"},
      {"client_id", request.client_id},
      {"redirect_uri", request.redirect_uri},
      {"scope", request.scope},
      {"state", login.state},
      {"nonce", login.nonce},
      {"code_challenge", code_challenge(login.verifier, sha256)},
      {"code_challenge_method", "S256"}};
  for (const auto& [name, value] : parameters) {
    if (has_parameter(own_query, name))
      return refuse("The address has this parameter already: " + name + ".", "endpoint");
  }
  for (const auto& each : request.parameters) {
    if (each.first.empty() || has_parameter(own_query, each.first)) {
      return refuse("A further parameter has a name, and one that the address doesn't have.", each.first);
    }
    const bool is_taken =
        std::any_of(parameters.begin(), parameters.end(), [&](const auto& p) { return p.first == each.first; });
    if (is_taken) return refuse("This parameter is set already.", each.first);
    parameters.push_back(each);
  }
  std::string url = request.endpoint;
  char separator = request.endpoint.find('?') == std::string::npos ? '?' : '&';
  for (const auto& [name, value] : parameters) {
    url += separator + percent_encoded(name) + '=' + percent_encoded(value);
    separator = '&';
  }
  return url;
}

}  // namespace latchkey
