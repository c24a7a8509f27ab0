// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_COOKIE_H_
#define LATCHKEY_COOKIE_H_

/**
 * Cookies as RFC 6265 has them on the server's side: reading the Cookie header, writing Set-Cookie, the name prefixes
 * of RFC 6265bis, and the limits. Values are bytes: nothing is decoded, unquoted or trimmed beyond space and tab.
 */

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "latchkey/result.h"

namespace latchkey {

inline constexpr std::size_t cookie_header_max_bytes = 16 * 1024;
inline constexpr std::size_t cookie_header_max_pairs = 100;
/** Name and value together, as browsers count them. */
inline constexpr std::size_t cookie_max_bytes = 4096;
inline constexpr std::size_t cookie_attribute_max_bytes = 1024;
/** 400 days: what browsers keep at most. */
inline constexpr std::int64_t cookie_max_age_seconds = 34'560'000;
/** How many cookies of the session's name are tried. */
inline constexpr std::size_t session_cookie_max_candidates = 4;

/** A pair of the header. The views point into the header. */
using cookie_pair = std::pair<std::string_view, std::string_view>;

/**
 * The pairs of a Cookie header in order. A piece without `=` or with an empty name is skipped, one with a control
 * character (tab excepted) is dropped alone. `cookie_header_too_large` above 16 KiB or 100 pieces. O(n).
 */
[[nodiscard]] result<std::vector<cookie_pair>> parse_cookies(std::string_view header);

/** Whether `parse_cookies` would take the header. No allocation. O(n). */
[[nodiscard]] bool fits_cookie_limits(std::string_view header) noexcept;

/**
 * The values of the cookies with this exact name, in order, at most `limit`; nothing when the header is over a limit.
 * The views point into the header. O(n).
 */
[[nodiscard]] std::vector<std::string_view> find_cookies(std::string_view header, std::string_view name,
                                                         std::size_t limit = session_cookie_max_candidates);

/** The first of them. No allocation. O(n). */
[[nodiscard]] std::optional<std::string_view> find_cookie(std::string_view header, std::string_view name) noexcept;

enum class same_site : std::uint8_t { lax, strict, none };

/** The attributes of a cookie to be set. The defaults are those of the session cookie. */
struct cookie_attributes {
  /** Seconds; 0 deletes. At most 400 days. Unset: until the browser closes. */
  std::optional<std::int64_t> max_age_seconds = {};
  std::string path = "/";
  /** Empty: the host that sets it, alone. */
  std::string domain = {};
  bool http_only = true;
  bool secure = true;
  same_site same_site_policy = same_site::lax;
};

/**
 * One Set-Cookie value: `name=value; HttpOnly; SameSite=Lax; Path=/; Max-Age=N; Secure`. What does not fit is an error
 * and never dropped silently: `cookie_invalid` for a name that is no token, a value with other than cookie octets, an
 * attribute with `;`, a control character or a blank at an end, a prefix (`__Host-`, `__Secure-`, in any case) without
 * what it demands, SameSite=None without Secure, a Max-Age out of range; `cookie_too_large` above 4,096 bytes.
 */
[[nodiscard]] result<std::string> to_set_cookie(std::string_view name, std::string_view value,
                                                const cookie_attributes& attributes);

/** The header that deletes a cookie set with these attributes: the same, empty, Max-Age=0 and long expired. */
[[nodiscard]] result<std::string> to_clearing_cookie(std::string_view name, const cookie_attributes& attributes);

/**
 * The name that a session cookie has: `__Host-` before `base` when it is Secure and has no Domain, `__Secure-` when it
 * is Secure with a Domain, `base` alone otherwise (plain http on a loopback address).
 */
[[nodiscard]] std::string session_cookie_name(std::string_view base, bool secure, bool has_domain);

}  // namespace latchkey

#endif  // LATCHKEY_COOKIE_H_
