// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SESSIONS_SESSION_SEALER_H_
#define LATCHKEY_NATIVE_SESSIONS_SESSION_SEALER_H_

/**
 * Makes and opens sealed cookies, version 1: AES-256-GCM under a key of the token's own (HMAC-SHA256 of
 * a fresh salt under the purpose key, SS-03), bound to purpose and cookie name (SS-05). Whatever is wrong with a token,
 * there is one outcome: nothing (SS-06). Times and revocation are not looked at here.
 */

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "latchkey/native/sessions/key_ring.h"
#include "latchkey/session.h"

namespace latchkey::native {

/** The purpose of session cookies. */
inline constexpr std::string_view session_purpose = "session";

class session_sealer {
 public:
  explicit session_sealer(std::shared_ptr<const key_ring> keys) : keys_(std::move(keys)) {}

  /**
   * Seals any text. `crypto_failed` when the random source or the library fails: there is never a token without fresh
   * salt and IV (SS-07). `cookie_too_large` when a cookie couldn't carry it.
   */
  [[nodiscard]] result<std::string> seal_payload(std::string_view payload, std::string_view purpose,
                                                 std::string_view cookie_name) const;
  /** The text that `seal_payload` was given with the same purpose and cookie name; nothing for anything else. */
  [[nodiscard]] std::optional<std::string> open_payload(std::string_view text, std::string_view purpose,
                                                        std::string_view cookie_name) const;

  /** Seals a session's JSON. `session_invalid` when a field is over its limit. */
  [[nodiscard]] result<std::string> seal(const latchkey::session& value, std::string_view purpose,
                                         std::string_view cookie_name) const;
  /** The session in it; nothing when the token, or the JSON in it, is not valid. It may be expired. */
  [[nodiscard]] std::optional<latchkey::session> open(std::string_view text, std::string_view purpose,
                                                      std::string_view cookie_name) const;

 private:
  std::shared_ptr<const key_ring> keys_;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SESSIONS_SESSION_SEALER_H_
