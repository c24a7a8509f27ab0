// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_PROVIDERS_SSO_PROVIDER_H_
#define LATCHKEY_NATIVE_PROVIDERS_SSO_PROVIDER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "latchkey/capabilities.h"
#include "latchkey/native/http/message.h"
#include "latchkey/result.h"
#include "latchkey/session.h"
#include "latchkey/sso.h"

namespace latchkey::native {

/** What the button of a single sign-on shows. */
struct login_button {
  /** The id of the provider, such as `workos`. At most 64 bytes: it is part of a sealed cookie. */
  std::string provider = {};
  std::string text = {};
  /** Left out when empty, as the description is. */
  std::string icon = {};
  std::string description = {};
};

/** A callback whose state was found right: all that a provider needs for redeeming its code. */
struct sso_callback {
  std::string code = {};
  /** The login that this browser began: state, nonce and verifier. */
  login_transaction login = {};
  /** RFC 9207, when the callback named it. */
  std::optional<std::string> iss = {};
  /** The address that the login named; token endpoints compare it. */
  std::string redirect_uri = {};
};

/** What an identity provider issued beside the ID token. Secrets: for the host, never for a browser. */
struct sso_tokens {
  std::string access_token = {};
  std::string refresh_token = {};
  std::string id_token = {};
  /** Milliseconds since 1970; 0 when the provider didn't say. */
  std::int64_t expires_at_ms = 0;
};

struct sso_login_result {
  user person = {};
  std::optional<sso_tokens> tokens = {};
  /** Further Set-Cookie lines for the browser. */
  std::vector<std::string> set_cookies = {};
};

/** A session that ends, for the address at which signing out goes on. The references live for the call. */
struct ending_session {
  std::string_view user_id;
  /** With the metadata that the session began with, such as the identity provider's own session id. */
  const latchkey::session& session;
  std::string_view return_url;
  const http_request& request;
};

/** Signs people in at an identity provider (documented: ISSOProvider). */
class sso_provider {
 public:
  virtual ~sso_provider() = default;
  [[nodiscard]] virtual login_button button() const = 0;
  /** What a callback's `iss` must equal (RFC 9207), compared before the code is redeemed; empty when there is no such. */
  [[nodiscard]] virtual std::optional<std::string> issuer() const { return std::nullopt; }
  /** Where to send the browser for this login. `redirect_uri` is the server's own callback, never taken from a request. */
  [[nodiscard]] virtual result<std::string> login_url(const login_transaction& login,
                                                      std::string_view redirect_uri) = 0;
  /** Redeems the code, once. An error when the provider can't be reached, or what it says does not hold. */
  [[nodiscard]] virtual result<sso_login_result> handle_callback(const sso_callback& callback) = 0;
  /** Where signing out goes on at the provider; empty when it has no such page. */
  [[nodiscard]] virtual result<std::optional<std::string>> logout_url(std::string_view user_id,
                                                                      std::string_view return_url) {
    static_cast<void>(user_id), static_cast<void>(return_url);
    return std::nullopt;
  }
  /**
   * The same for a provider that needs the session or the request, as for an `id_token_hint` (Mastra: getLogoutUrl). This
   * is what a server asks; without an answer of its own it gives `logout_url`.
   */
  [[nodiscard]] virtual result<std::optional<std::string>> end_session_url(const ending_session& ending) {
    return logout_url(ending.user_id, ending.return_url);
  }
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_PROVIDERS_SSO_PROVIDER_H_
