// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_SERVER_REQUEST_HEAD_H_
#define LATCHKEY_NATIVE_SRC_SERVER_REQUEST_HEAD_H_

/**
 * A look at the raw bytes of a request's head before the parser sees them (RFC 9112 §2.2, §5, §6). Parsers forgive: they
 * fold lines, skip bare line feeds and merge lengths. A proxy in front may forgive differently, and that difference is
 * request smuggling, so here every such form is refused.
 */

#include <cstddef>
#include <optional>
#include <string_view>

#include "latchkey/error.h"
#include "latchkey/native/http/message.h"
#include "latchkey/native/http/request_limits.h"

namespace latchkey::native {

/** How far the head of a request has come in. */
struct head_scan {
  enum class state { incomplete, complete, malformed };
  state progress = state::incomplete;
  /** Bytes of the head, the empty line included, when complete. */
  std::size_t size = 0;
};

/** Looks for the end of the head. A line feed without its carriage return is malformed at once. O(n). */
[[nodiscard]] head_scan scan_head(std::string_view received) noexcept;

/** What to answer when the limit was reached before the head was complete. */
[[nodiscard]] errc incomplete_head_error(std::string_view received, const request_limits& limits) noexcept;

/**
 * Checks a complete head: request line, header lines, one Host, framing by at most one well-formed Content-Length or
 * `Transfer-Encoding: chunked`, and the limits. Nothing when it may be parsed.
 */
[[nodiscard]] std::optional<errc> check_head(std::string_view head, const request_limits& limits) noexcept;

/**
 * What can be told of a head that is refused: method and path of a well-formed request line within the limit, and the Origin
 * header when the whole lines received hold exactly one. The rest of `request` stays empty: it decides nothing but the form
 * of the refusal. O(n).
 */
void read_refused_head(std::string_view received, const request_limits& limits, http_request& request);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_SERVER_REQUEST_HEAD_H_
