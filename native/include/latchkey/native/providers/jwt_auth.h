// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_PROVIDERS_JWT_AUTH_H_
#define LATCHKEY_NATIVE_PROVIDERS_JWT_AUTH_H_

/**
 * Bearer tokens that an identity provider signed (RFC 7519, 7515, 8725): Auth0, Clerk, Okta and whoever else publishes
 * its keys. Whatever is wrong with a token there is one outcome, nobody; a provider whose keys can't be had is an error.
 */

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "latchkey/json_codec.h"
#include "latchkey/native/clock.h"
#include "latchkey/native/net/http_client.h"
#include "latchkey/native/provider.h"

namespace latchkey::native {

enum class jws_algorithm : std::uint8_t { rs256, es256, ps256, eddsa };

struct jwt_auth_options {
  std::string name = "jwt";
  /** Compared byte by byte with `iss` (SO-06). */
  std::string issuer;
  /** One of them must be in `aud`. May be empty only together with `allow_any_audience`. */
  std::vector<std::string> audiences = {};
  /** For an issuer whose tokens name no audience. A token meant for another service of that issuer then counts here. */
  bool allow_any_audience = false;
  /** Where the issuer publishes its keys: https, or http on a loopback address. */
  std::string jwks_url;
  /** What a key may be used for; a key never serves another algorithm than its own (SO-12). */
  std::vector<jws_algorithm> algorithms = {jws_algorithm::rs256, jws_algorithm::es256, jws_algorithm::ps256,
                                           jws_algorithm::eddsa};
  /** How far the clocks may be apart, at most 60 s. */
  std::chrono::milliseconds clock_skew{60'000};
  http_client http = {};
  clock_function clock = system_clock_ms;
  /** For the age of the keys; never goes backwards. */
  std::function<std::chrono::milliseconds()> monotonic_clock = {};
  /** The person that verified claims describe; empty refuses them. Without it: `user_of_claims`. */
  std::function<std::optional<user>(const json_value& claims)> to_user = {};
  /** Whether that person may use guarded routes. Without it: yes. */
  std::function<bool(const authenticated_user& who, const http_request& request)> authorize = {};
};

/**
 * The id of a person whom an identity provider knows: issuer and subject together (SO-09), because neither an e-mail
 * address nor a subject alone is one person's. `<issuer>#<subject>`.
 */
[[nodiscard]] std::string external_user_id(std::string_view issuer, std::string_view subject);

/**
 * `iss` and `sub` as the id, and `email`, `name` and `picture` (http and https only) where they are texts. Empty when
 * `sub` is absent, empty, over 255 bytes or not printable ASCII, or when both together are over 256 bytes.
 */
[[nodiscard]] std::optional<user> user_of_claims(const json_value& claims);

/**
 * A provider of tokens alone. Per token: three parts of canonical base64url, at most 8 KiB; JSON without repeated keys;
 * an algorithm of the list; no `crit`, `zip` or unencoded payload; `typ` absent, `JWT` or `at+jwt`; `jku`, `jwk`, `x5u`
 * and `x5c` are not looked at (SO-13); a key of that `kid`, or without one at most four keys (SO-14); then signature,
 * `iss`, `aud`, `exp` (required), `nbf`, `iat` and `sub`.
 *
 * Keys are fetched when first needed and again after ten minutes. A token with an unknown key makes for one more fetch
 * a minute at most (SO-15), on which others with a known key don't wait. When the issuer can't be reached the last keys
 * serve for an hour; without any, the answer is `unavailable` and the next try is made after 5 s. A fetch takes at most
 * 5 s, 256 KiB and 64 keys; an entry that is no key for a listed algorithm is skipped.
 *
 * `configuration_invalid` names the option that is missing or out of range.
 */
[[nodiscard]] result<auth_provider> jwt_auth(jwt_auth_options options);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_PROVIDERS_JWT_AUTH_H_
