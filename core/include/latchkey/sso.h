// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_SSO_H_
#define LATCHKEY_SSO_H_

/**
 * Signing in at an identity provider: what a login has to remember until the callback, how its address is made, and where
 * the person lands afterwards. Random bytes, SHA-256 and the time come in as parameters; whoever keeps a transaction
 * seals it (session_token.h).
 */

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "latchkey/digest.h"
#include "latchkey/result.h"

namespace latchkey {

inline constexpr std::size_t return_path_max_bytes = 2048;

/**
 * The path itself when it stays on this origin, `/` otherwise. It must begin with one `/` that neither `/` nor `\`
 * follows, hold no control character and no backslash, be well-formed UTF-8 and at most 2 KiB. What passes resolves to
 * the same origin by the WHATWG URL Standard, when it is resolved as a whole; a `pathname` taken from the result may
 * begin with `//`.
 */
[[nodiscard]] std::string safe_return_path(std::string_view text);

/** How long a person may take at the identity provider. */
inline constexpr std::int64_t login_transaction_ms = 600'000;
/** Logins of one browser at once; the host that keeps them lets a further one push out the oldest. */
inline constexpr std::size_t login_transactions_max = 5;

/** Fresh bytes of a cryptographic random source, used for nothing else. */
struct login_randomness {
  std::span<const std::uint8_t, 20> state;
  std::span<const std::uint8_t, 20> nonce;
  std::span<const std::uint8_t, 32> verifier;
};

/** One login on its way. A secret as a whole: sealed in a cookie of the browser that began it, and used once. */
struct login_transaction {
  /** 160 bits in base64url; comes back in the callback (RFC 6749 §4.1.1). */
  std::string state = {};
  /** 160 bits in base64url; comes back in the ID token (OpenID Connect Core §3.1.3.7). */
  std::string nonce = {};
  /** 256 bits in base64url; shows that the same browser redeems the code (RFC 7636). */
  std::string verifier = {};
  /** Which provider was asked. */
  std::string provider = {};
  /** A safe return path. */
  std::string return_path = "/";
  std::int64_t created_at_ms = 0;

  friend bool operator==(const login_transaction&, const login_transaction&) = default;
};

/** A new login. `return_path` may come from anybody: what isn't safe becomes `/`. */
[[nodiscard]] login_transaction begin_login(const login_randomness& random, std::string_view provider,
                                            std::string_view return_path, std::int64_t now_ms);

/** Whether the callback still comes in time: within 10 minutes, and not before its beginning by more than one. */
[[nodiscard]] bool is_alive(const login_transaction& login, std::int64_t now_ms) noexcept;

/**
 * The login that a callback with this state completes: the state is compared in constant time, the provider and the time
 * must fit. Null when there is none, and then nothing may be asked of the provider. Points into `logins`.
 */
[[nodiscard]] const login_transaction* find_login(std::span<const login_transaction> logins, std::string_view state,
                                                  std::string_view provider, std::int64_t now_ms) noexcept;

/** `{state,nonce,verifier,provider,returnPath,createdAt}`: what is sealed. `argument_invalid` for what can't be read back. */
[[nodiscard]] result<std::string> to_login_json(const login_transaction& login);
/** Reads exactly that; anything else is `session_invalid`, without saying why. */
[[nodiscard]] result<login_transaction> parse_login_json(std::string_view text);

/** The S256 code challenge of RFC 7636 §4.2. */
[[nodiscard]] std::string code_challenge(std::string_view verifier, const digest_function& sha256);

/** Where a provider lets people sign in, and as what we ask. */
struct authorization_request {
  /** `https` (or `http` on a loopback name), no fragment; its own query stays. */
  std::string endpoint;
  std::string client_id;
  /** One of the configured addresses, never one that a request names. */
  std::string redirect_uri;
  /** Such as `openid email profile`. */
  std::string scope = {};
  /** Further parameters of the provider. None may repeat one of those above or below, nor one of the endpoint's query. */
  std::vector<std::pair<std::string, std::string>> parameters = {};
};

/**
 * The address to send the browser to: response_type=code, client_id, redirect_uri, scope, state, nonce, code_challenge and
 * code_challenge_method=S256, then the further ones. `configuration_invalid` names the part that can't be used.
 */
[[nodiscard]] result<std::string> to_login_url(const authorization_request& request, const login_transaction& login,
                                               const digest_function& sha256);

}  // namespace latchkey

#endif  // LATCHKEY_SSO_H_
