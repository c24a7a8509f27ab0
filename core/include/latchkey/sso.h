// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_SSO_H_
#define LATCHKEY_SSO_H_

/** Where a person lands after signing in. The same filter decides in the server and in the browser. */

#include <cstddef>
#include <string>
#include <string_view>

namespace latchkey {

inline constexpr std::size_t return_path_max_bytes = 2048;

/**
 * The path itself when it stays on this origin, `/` otherwise. It must begin with one `/` that neither `/` nor `\`
 * follows, hold no control character and no backslash, be well-formed UTF-8 and at most 2 KiB. What passes resolves to
 * the same origin by the WHATWG URL Standard.
 */
[[nodiscard]] std::string safe_return_path(std::string_view text);

}  // namespace latchkey

#endif  // LATCHKEY_SSO_H_
