// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_HTTP_LOGIN_COOKIES_H_
#define LATCHKEY_NATIVE_HTTP_LOGIN_COOKIES_H_

/**
 * Logins that wait for their callback, each sealed in a cookie of the browser that began it (SO-01): HttpOnly, this host
 * alone, 10 minutes. A cookie of its own for each lets two tabs sign in at once (SO-05); beyond five the oldest goes.
 */

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "latchkey/cookie.h"
#include "latchkey/native/http/message.h"
#include "latchkey/native/http/session_cookie.h"
#include "latchkey/native/sessions/session_sealer.h"
#include "latchkey/sso.h"

namespace latchkey::native {

/** The purpose under which logins are sealed: none ever opens as a session (SS-05). */
inline constexpr std::string_view login_purpose = "login";

/** The logins that a request carries. */
struct carried_logins {
  std::vector<login_transaction> logins = {};
  /** Their cookies' names, in the same order. */
  std::vector<std::string> names = {};
  /** Names of login cookies that hold nothing any more: expired, forged, or sealed with a key that is gone. */
  std::vector<std::string> dead_names = {};
};

/** Thread-safe; keeps no state of its own. */
class login_cookies {
 public:
  login_cookies(session_cookie_settings settings, std::shared_ptr<const key_ring> keys);

  /** The logins of a request, at most as many as its Cookie header has pairs. */
  [[nodiscard]] carried_logins find(const http_request& request, std::int64_t now_ms) const;
  /**
   * Set-Cookie lines for a login that begins: its own, and those that clear what is dead or one too many. A return path
   * too long for a cookie becomes `/` in `login`.
   */
  [[nodiscard]] result<std::vector<std::string>> begin(login_transaction& login, const http_request& request) const;
  /** The line that clears one of them. */
  [[nodiscard]] result<std::string> clear(const std::string& name) const;

 private:
  [[nodiscard]] result<std::string> line_for(const login_transaction& login) const;
  [[nodiscard]] cookie_attributes attributes() const;

  session_cookie_settings settings_;
  std::string prefix_;
  session_sealer sealer_;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_HTTP_LOGIN_COOKIES_H_
