// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_HTTP_ORIGIN_CHECK_H_
#define LATCHKEY_NATIVE_HTTP_ORIGIN_CHECK_H_

/**
 * Where a request comes from (RFC 6454, Fetch Metadata). Origins are compared whole and byte-wise, so neither a prefix, a
 * suffix, a sibling host, another scheme nor `null` ever equals one.
 */

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "latchkey/native/http/message.h"
#include "latchkey/result.h"

namespace latchkey::native {

/** The origins that count as ours. */
struct origin_policy {
  /** The server's own origin as clients see it. Empty: taken from scheme and Host of each request. */
  std::string own_origin = {};
  /** Other origins that may call with credentials, exactly as browsers send them. */
  std::vector<std::string> trusted_origins = {};
  /**
   * The server is reached by loopback names only. A Host of any other name is then the mark of DNS rebinding: what a
   * browser sends under it is refused.
   */
  bool loopback_only = false;
};

/**
 * The text in the one form that browsers send: `scheme://host[:port]`, http or https, lower case, no default port, no
 * path. `configuration_invalid` for anything else; the message names the form that was probably meant.
 */
[[nodiscard]] result<std::string> parse_origin(std::string_view text);

/** Whether a Host header (with or without a port) names this machine: `localhost`, `*.localhost`, `127.x.x.x`, `[::1]`. */
[[nodiscard]] bool is_loopback_host(std::string_view host) noexcept;

/** Whether the request's method may change something: any but GET, HEAD and OPTIONS. */
[[nodiscard]] bool is_state_changing(std::string_view method) noexcept;

/** Whether an Origin header's value is exactly one of the trusted entries. */
[[nodiscard]] bool is_trusted_origin(const origin_policy& policy, std::string_view origin) noexcept;

/**
 * Whether the request was sent to a name of ours. Only `loopback_only` knows which those are: a browser that was made to
 * take this machine for another one, by DNS rebinding, gives that one's name.
 */
[[nodiscard]] bool is_host_allowed(const origin_policy& policy, const http_request& request);

/**
 * Whether a state-changing request may go on: `Sec-Fetch-Site` is `same-origin` or `none`, or `Origin` is our own or a
 * trusted one, or there is neither header, which is no browser's request.
 */
[[nodiscard]] bool is_origin_allowed(const origin_policy& policy, const http_request& request);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_HTTP_ORIGIN_CHECK_H_
