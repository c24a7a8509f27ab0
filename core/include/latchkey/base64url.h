// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_BASE64URL_H_
#define LATCHKEY_BASE64URL_H_

/** base64url of RFC 4648 §5 in the one form that Latchkey writes and reads: unpadded and canonical. */

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "latchkey/result.h"

namespace latchkey {

/** Unpadded base64url. O(n). */
[[nodiscard]] std::string to_base64url(std::span<const std::uint8_t> bytes);

/**
 * Reads what `to_base64url` writes and nothing else: padding, white space, `+`, `/`, a length of 4n+1 and non-zero
 * trailing bits are `base64url_invalid`, so every byte string has exactly one text.
 */
[[nodiscard]] result<std::vector<std::uint8_t>> from_base64url(std::string_view text);

}  // namespace latchkey

#endif  // LATCHKEY_BASE64URL_H_
