// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_SERVER_RESPONSE_TEXT_H_
#define LATCHKEY_NATIVE_SRC_SERVER_RESPONSE_TEXT_H_

/** A response as HTTP/1.1 writes it. */

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "latchkey/native/http/message.h"

namespace latchkey::native {

/** How one answer is framed. */
struct response_framing {
  bool keep_alive = true;
  /** The answer to HEAD: its Content-Length stands for the body that is not sent. */
  bool is_head = false;
  /** An IMF-fixdate (RFC 9110 §5.6.7). */
  std::string_view date = {};
  /** The body comes in parts, and its length is not known. */
  bool is_in_parts = false;
  /** Whether parts are chunks (HTTP/1.1), or the end of the connection ends them. */
  bool has_chunks = true;
};

/**
 * Status line and headers up to the empty line. Content-Length or Transfer-Encoding, Connection and Date are the server's. Nothing when a
 * header would break the message: a name that is no token, a value with a control character (response splitting).
 */
[[nodiscard]] std::optional<std::string> to_head_text(const http_response& response, const response_framing& framing);

/** Whether a status may have a body at all. */
[[nodiscard]] constexpr bool has_body(int status) noexcept { return status >= 200 && status != 204 && status != 304; }

/** `Sat, 21 Nov 2026 12:29:49 GMT`. */
[[nodiscard]] std::string to_http_date(std::int64_t seconds);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_SERVER_RESPONSE_TEXT_H_
