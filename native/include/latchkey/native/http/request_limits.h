// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_HTTP_REQUEST_LIMITS_H_
#define LATCHKEY_NATIVE_HTTP_REQUEST_LIMITS_H_

/**
 * The first gate a request passes, whichever server received it: sizes (RFC 9110 §15.5.14–15, RFC 6585 §5) and the
 * characters of the request line and headers. A header that decides something may come only once, but for Cookie, whose
 * lines are one list (RFC 6265bis §5.7, RFC 9113 §8.2.3: HTTP/2 splits it, and not every proxy joins it again).
 */

#include <cstddef>
#include <optional>

#include "latchkey/error.h"
#include "latchkey/native/http/message.h"

namespace latchkey::native {

struct request_limits {
  /** Path, `?` and query together. */
  std::size_t uri_bytes = 8 * 1024;
  /** Names, values and four bytes of punctuation each. */
  std::size_t header_bytes = 16 * 1024;
  std::size_t header_count = 100;
  std::size_t body_bytes = 64 * 1024;
};

/**
 * `uri_too_long`, `headers_too_large` (also for Cookie lines of more than 100 pairs together), `body_too_large`, or
 * `request_invalid` for control characters, a path that does not begin with `/`, and a repeated Host, Authorization,
 * Content-Type, Origin or Sec-Fetch-Site. Nothing when the request may go on. O(n).
 */
[[nodiscard]] std::optional<errc> check_limits(const http_request& request, const request_limits& limits = {});

/** Makes one Cookie line of several, in their order, joined by `; `. A request with at most one stays as it is. */
void join_cookie_lines(http_request& request);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_HTTP_REQUEST_LIMITS_H_
