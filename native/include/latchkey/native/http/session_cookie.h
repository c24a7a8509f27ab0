// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_HTTP_SESSION_COOKIE_H_
#define LATCHKEY_NATIVE_HTTP_SESSION_COOKIE_H_

/** The session's cookie: how it is named, set, cleared and found. The grammar and the limits are core's (`cookie.h`). */

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "latchkey/native/http/message.h"
#include "latchkey/result.h"

namespace latchkey::native {

/** What an operator decides about it. */
struct session_cookie_settings {
  std::string base_name = "mastra_session";
  /** Off only for plain http on a loopback address: the cookie then has no prefix, so it is never taken for a safe one. */
  bool secure = true;
  /** Empty: this host alone. With a domain the prefix is `__Secure-`. */
  std::string domain = {};

  /** `__Host-mastra_session` by default. A session provider that binds tokens to the name needs the same one. */
  [[nodiscard]] std::string name() const;
};

/** The Set-Cookie line for a session. `cookie_invalid` and `cookie_too_large` as core says. */
[[nodiscard]] result<std::string> session_cookie_line(const session_cookie_settings& settings, std::string_view value,
                                                      std::int64_t max_age_seconds);

/** The Set-Cookie line that deletes it: same name, path, domain and Secure. */
[[nodiscard]] result<std::string> clearing_cookie_line(const session_cookie_settings& settings);

/** The values that may be the session, at most four, in the order sent. They live as long as the request. */
[[nodiscard]] std::vector<std::string_view> session_cookie_values(const session_cookie_settings& settings,
                                                                  const http_request& request);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_HTTP_SESSION_COOKIE_H_
