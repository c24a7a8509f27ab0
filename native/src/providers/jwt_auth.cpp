// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/providers/jwt_auth.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "latchkey/session.h"
#include "providers/jwks_cache.h"
#include "providers/jws.h"

namespace latchkey::native {
namespace {

constexpr std::size_t max_candidates = 4;
constexpr std::size_t subject_max_bytes = 255;
constexpr std::size_t shown_max_bytes = 1024;
constexpr std::chrono::milliseconds max_skew{60'000};
// Seconds up to the year 5138: beyond, milliseconds would still fit, but nobody means it.
constexpr double max_seconds = 1e11;

bool is_subject(std::string_view text) {
  return !text.empty() && text.size() <= subject_max_bytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

enum class claim_time { absent, present, invalid };

/** A NumericDate (RFC 7519 §2) in milliseconds; fractions are allowed there. */
claim_time read_time(const json_value& claims, std::string_view name, std::int64_t& ms) {
  const json_value* value = claims.find(name);
  if (value == nullptr) return claim_time::absent;
  double seconds = 0;
  if (const std::int64_t* integer = value->as_integer()) {
    seconds = static_cast<double>(*integer);
  } else if (const json_number* number = value->as_number()) {
    const std::string& text = number->text();
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return claim_time::invalid;
  } else {
    return claim_time::invalid;
  }
  if (!std::isfinite(seconds) || std::abs(seconds) > max_seconds) return claim_time::invalid;
  ms = static_cast<std::int64_t>(seconds * 1000);
  return claim_time::present;
}

bool names_audience(const json_value& claims, const jwt_auth_options& options) {
  const json_value* named = claims.find("aud");
  if (named == nullptr) return options.allow_any_audience;
  std::vector<std::string> list;
  if (const std::string* one = named->as_string()) {
    list.push_back(*one);
  } else {
    auto several = to_string_list(*named, "aud");
    if (!several) return false;
    list = std::move(*several);
  }
  if (options.audiences.empty()) return options.allow_any_audience;
  return std::any_of(list.begin(), list.end(), [&options](const auto& audience) {
    return std::find(options.audiences.begin(), options.audiences.end(), audience) != options.audiences.end();
  });
}

bool is_in_time(const json_value& claims, std::int64_t now_ms, std::int64_t skew_ms) {
  std::int64_t expires = 0;
  std::int64_t begins = 0;
  std::int64_t issued = 0;
  if (read_time(claims, "exp", expires) != claim_time::present || now_ms >= expires + skew_ms) return false;
  const auto not_before = read_time(claims, "nbf", begins);
  const auto issued_at = read_time(claims, "iat", issued);
  if (not_before == claim_time::invalid || issued_at == claim_time::invalid) return false;
  return (not_before == claim_time::absent || begins <= now_ms + skew_ms) &&
         (issued_at == claim_time::absent || issued <= now_ms + skew_ms);
}

/** Whether one of the first candidates among these keys has signed the token. */
bool is_signed_by_one(const signed_token& token, const std::vector<verification_key>& keys, bool& has_candidates) {
  std::size_t tried = 0;
  for (const auto& key : keys) {
    if (key.algorithm != token.algorithm || (token.kid && key.kid != *token.kid)) continue;
    has_candidates = true;
    if (++tried > max_candidates) return false;
    if (is_signed_with(key, token.signing_input, token.signature)) return true;
  }
  return false;
}

class jwt_authenticator final : public token_authenticator {
 public:
  explicit jwt_authenticator(jwt_auth_options options)
      : options_(std::move(options)),
        keys_(options_.jwks_url, options_.algorithms, options_.http, options_.monotonic_clock) {}

  result<std::optional<authenticated_user>> authenticate_token(std::string_view text, const http_request&) override {
    const auto token = parse_signed_token(text);
    // What can be refused without a key costs the issuer no fetch.
    if (!token || !is_acceptable(*token)) return std::nullopt;
    const auto verified = is_genuine(*token);
    if (!verified) return tl::unexpected<error>(verified.error());
    if (!*verified) return std::nullopt;
    auto person = options_.to_user ? options_.to_user(token->claims) : user_of_claims(token->claims);
    if (!person || person->id.empty()) return std::nullopt;
    return authenticated_user{std::move(*person), options_.name, {}};
  }

  result<bool> authorize_user(const authenticated_user& who, const http_request& request) override {
    if (options_.authorize) return options_.authorize(who, request);
    return who.provider.empty() || who.provider == options_.name;
  }

 private:
  [[nodiscard]] bool is_acceptable(const signed_token& token) const {
    // Logout tokens and their like are signed by the same issuer and must not sign anybody in (RFC 8725 §3.11).
    if (!token.type.empty() && token.type != "jwt" && token.type != "at+jwt") return false;
    if (std::find(options_.algorithms.begin(), options_.algorithms.end(), token.algorithm) ==
        options_.algorithms.end()) {
      return false;
    }
    const std::string* issuer = token.claims.find_string("iss");
    const std::string* subject = token.claims.find_string("sub");
    return issuer && *issuer == options_.issuer && subject && is_subject(*subject) &&
           names_audience(token.claims, options_) &&
           is_in_time(token.claims, options_.clock(), options_.clock_skew.count());
  }

  [[nodiscard]] result<bool> is_genuine(const signed_token& token) {
    auto keys = keys_.keys();
    if (!keys) return fail(std::move(keys));
    bool has_candidates = false;
    if (is_signed_by_one(token, **keys, has_candidates)) return true;
    // A known key that has not signed it makes it a forgery. Without a `kid` any key is meant, also a newer one.
    if (has_candidates && token.kid) return false;
    const key_list newer = keys_.keys_after(*keys);
    return newer != *keys && is_signed_by_one(token, *newer, has_candidates);
  }

  jwt_auth_options options_;
  jwks_cache keys_;
};

tl::unexpected<error> misconfigured(std::string message, std::string field) {
  return fail(errc::configuration_invalid, std::move(message), std::move(field));
}

result<void> check(const jwt_auth_options& options) {
  if (options.name.empty()) return misconfigured("A provider needs a name.", "name");
  if (options.issuer.empty() || options.issuer.find('#') != std::string::npos) {
    return misconfigured("Name the issuer exactly as its tokens do in iss; it has no fragment.", "issuer");
  }
  if (options.audiences.empty() && !options.allow_any_audience) {
    return misconfigured("Name the audience that this server's tokens have in aud.", "audiences");
  }
  const std::string_view url = options.jwks_url;
  if (!url.starts_with("https://") && !url.starts_with("http://")) {
    return misconfigured("Name the address of the issuer's keys: it begins with https://.", "jwks_url");
  }
  if (options.algorithms.empty()) return misconfigured("No algorithm is allowed.", "algorithms");
  if (options.clock_skew < std::chrono::milliseconds(0) || options.clock_skew > max_skew) {
    return misconfigured("Clocks may be 0 to 60 s apart.", "clock_skew");
  }
  if (!options.http) return misconfigured("An HTTP client is needed for the issuer's keys.", "http");
  if (!options.clock) return misconfigured("The clock is missing.", "clock");
  return {};
}

}  // namespace

std::string external_user_id(std::string_view issuer, std::string_view subject) {
  return std::string(issuer) + "#" + std::string(subject);
}

std::optional<user> user_of_claims(const json_value& claims) {
  const std::string* issuer = claims.find_string("iss");
  const std::string* subject = claims.find_string("sub");
  // With a `#` in the issuer two pairs could make one id; no issuer's URL has a fragment.
  if (!issuer || issuer->empty() || issuer->find('#') != std::string::npos || !subject || !is_subject(*subject))
    return std::nullopt;
  user person;
  person.id = external_user_id(*issuer, *subject);
  if (person.id.size() > session_user_id_max_bytes) return std::nullopt;
  const auto shown = [&claims](std::string_view name) -> std::optional<std::string> {
    const std::string* text = claims.find_string(name);
    if (text == nullptr || text->empty() || text->size() > shown_max_bytes) return std::nullopt;
    return *text;
  };
  person.email = shown("email");
  person.name = shown("name");
  const auto picture = shown("picture");
  if (picture && (picture->starts_with("https://") || picture->starts_with("http://"))) person.avatar_url = picture;
  return person;
}

result<auth_provider> jwt_auth(jwt_auth_options options) {
  if (auto checked = check(options); !checked) return fail(std::move(checked));
  if (!options.monotonic_clock) {
    options.monotonic_clock = [] {
      return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
    };
  }
  auth_provider made;
  made.name = options.name;
  made.tokens = std::make_shared<jwt_authenticator>(std::move(options));
  return made;
}

}  // namespace latchkey::native
