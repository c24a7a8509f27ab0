// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_PROVIDERS_TOKEN_AUTHENTICATOR_H_
#define LATCHKEY_NATIVE_PROVIDERS_TOKEN_AUTHENTICATOR_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "latchkey/capabilities.h"
#include "latchkey/native/http/message.h"
#include "latchkey/result.h"

namespace latchkey::native {

/** A person and what vouches for them. */
struct authenticated_user {
  user person = {};
  /** The name of the provider that knew their token; empty when a session or `find_current_user` named them. */
  std::string provider = {};
  /** For composite providers: which of its members knew the token, the outermost composite first. */
  std::vector<std::size_t> member_path = {};
  /** Whether the token is the key of a program rather than a person's: the audit log then shows an actor `apikey`. */
  bool is_api_key = false;

  friend bool operator==(const authenticated_user&, const authenticated_user&) = default;
};

/** The tokens in places of a request that only one provider knows of. The views live as long as the request. */
struct carried_tokens {
  /** What the client put into this request, such as the values of further headers. */
  std::vector<std::string_view> explicit_tokens = {};
  /** What a browser adds to every request: cookies. */
  std::vector<std::string_view> ambient_tokens = {};
};

/** Knows tokens (documented: MastraAuthProvider's authenticateToken and authorizeUser). */
class token_authenticator {
 public:
  virtual ~token_authenticator() = default;
  /** Whose token this is; empty for a token that is unknown, expired or forged, without saying which. */
  [[nodiscard]] virtual result<std::optional<authenticated_user>> authenticate_token(std::string_view token,
                                                                                     const http_request& request) = 0;
  /** The tokens beside `Authorization: Bearer`, which the server reads for every provider. At most four are tried. */
  [[nodiscard]] virtual carried_tokens find_tokens(const http_request& request) const {
    static_cast<void>(request);
    return {};
  }
  /**
   * Whether a person may use guarded routes at all: asked on every such request, before permissions, about whoever sent
   * it, by token or by session. False is answered with 403, an error with 503.
   */
  [[nodiscard]] virtual result<bool> authorize_user(const authenticated_user& who, const http_request& request) {
    static_cast<void>(who), static_cast<void>(request);
    return true;
  }
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_PROVIDERS_TOKEN_AUTHENTICATOR_H_
