// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_NET_HTTP_CLIENT_H_
#define LATCHKEY_NATIVE_NET_HTTP_CLIENT_H_

/**
 * Calls to other servers, by libcurl. Every call ends: it has a time for connecting, one for the whole, and a size (SO-24,
 * F-07). Certificates are verified with TLS 1.2 or newer (NS-08), redirects are never followed, answers never inflated,
 * nothing is read from a user's netrc or kept in a cookie jar. Plain http reaches loopback alone.
 */

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "latchkey/native/http/message.h"
#include "latchkey/result.h"

namespace latchkey::native {

/** What a call may cost. */
struct http_client_limits {
  std::chrono::milliseconds connect_timeout{5'000};
  /** From the first packet to the last, however slowly they come. */
  std::chrono::milliseconds total_timeout{10'000};
  /** Of the answer's body. Its headers may have 64 KiB. */
  std::size_t max_response_bytes = 1024 * 1024;
};

struct http_client_request {
  /** `GET` or `POST`. */
  std::string method = "GET";
  /** `https`, or `http` to a loopback address; without a user name in it. */
  std::string url;
  /** Sent as they are; a POST brings its own Content-Type. */
  header_list headers = {};
  std::string body = {};
  http_client_limits limits = {};
};

struct http_client_response {
  int status = 0;
  header_list headers = {};
  std::string body = {};

  /** The first header with this name (ASCII case ignored); empty when there is none. Lives as long as the response. */
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
};

/**
 * Makes one call. Any status is a response, 500 and 302 included; an error says that there is none: `argument_invalid`
 * for a method, address or header that is never sent, `network` when the server was not reached in time, showed another
 * certificate or broke off, `response_invalid` for an answer over a limit. Messages name the host and nothing else of
 * the request, which may hold secrets. A host or a test may supply its own, callable from several threads at once.
 */
using http_client = std::function<result<http_client_response>(const http_client_request&)>;

struct http_client_options {
  /** PEM file with the only authorities to trust; empty for those of the system. */
  std::string ca_file = {};
  /** How many idle connections are kept for later calls. */
  std::size_t max_idle_handles = 8;
};

/**
 * The client over libcurl. Shared by its copies, safe from any thread; connections are reused. `crypto_failed` when
 * libcurl can't start or was built without TLS, `configuration_invalid` for an authority file that can't be read.
 */
[[nodiscard]] result<http_client> make_http_client(http_client_options options = {});

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_NET_HTTP_CLIENT_H_
