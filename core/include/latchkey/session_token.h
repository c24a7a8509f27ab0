// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_SESSION_TOKEN_H_
#define LATCHKEY_SESSION_TOKEN_H_

/**
 * The envelope of the sealed cookie, version 1: base64url(version ‖ key id ‖ salt ‖ IV ‖ ciphertext ‖ tag). Core owns
 * the format and what is authenticated beside it; the cipher (AES-256-GCM, NIST SP 800-38D) is the host's.
 */

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "latchkey/result.h"

namespace latchkey {

inline constexpr std::uint8_t session_token_version = 1;
inline constexpr std::size_t session_token_key_id_bytes = 4;
inline constexpr std::size_t session_token_salt_bytes = 16;
inline constexpr std::size_t session_token_iv_bytes = 12;
inline constexpr std::size_t session_token_tag_bytes = 16;
/** What a cookie can carry: 4,096 bytes less a name. */
inline constexpr std::size_t session_token_max_text_bytes = 4000;

struct session_token {
  std::uint8_t version = session_token_version;
  std::array<std::uint8_t, session_token_key_id_bytes> key_id{};
  std::array<std::uint8_t, session_token_salt_bytes> salt{};
  std::array<std::uint8_t, session_token_iv_bytes> iv{};
  std::vector<std::uint8_t> ciphertext = {};
  std::array<std::uint8_t, session_token_tag_bytes> tag{};

  friend bool operator==(const session_token&, const session_token&) = default;
};

/** Takes a cookie's value apart: canonical base64url, version 1, a ciphertext of at least one byte. Else
 * `session_invalid`. */
[[nodiscard]] result<session_token> parse_session_token(std::string_view text);

/** The cookie's value. */
[[nodiscard]] std::string to_token_text(const session_token& token);

/**
 * The additional authenticated data: version ‖ key id ‖ purpose ‖ cookie name. It ties a token to its use, so a login
 * transaction never opens as a session, nor one cookie under another name.
 */
[[nodiscard]] std::vector<std::uint8_t> session_token_aad(
    std::uint8_t version, std::span<const std::uint8_t, session_token_key_id_bytes> key_id, std::string_view purpose,
    std::string_view cookie_name);

}  // namespace latchkey

#endif  // LATCHKEY_SESSION_TOKEN_H_
