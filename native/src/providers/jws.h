// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_PROVIDERS_JWS_H_
#define LATCHKEY_NATIVE_SRC_PROVIDERS_JWS_H_

/** A signed token taken apart (RFC 7515 §7.1, RFC 8725). Nothing in it is true before its signature is verified. */

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "latchkey/json_codec.h"
#include "latchkey/native/providers/jwt_auth.h"

namespace latchkey::native {

inline constexpr std::size_t jwt_max_bytes = 8 * 1024;

struct signed_token {
  jws_algorithm algorithm = jws_algorithm::rs256;
  /** Unset when the header names none. */
  std::optional<std::string> kid;
  /** Lower case, without `application/`; empty when the header names none. */
  std::string type;
  json_value claims;
  /** What the signature covers; a view into the token's text. */
  std::string_view signing_input;
  std::vector<std::uint8_t> signature;
};

/**
 * Takes a compact token apart; nothing for anything but three parts of canonical base64url, two of them JSON objects, an
 * algorithm that is verified here, and a header without `crit`, `zip` or `b64`. The result points into `text`.
 */
[[nodiscard]] std::optional<signed_token> parse_signed_token(std::string_view text);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_PROVIDERS_JWS_H_
