// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_HTTP_MESSAGE_H_
#define LATCHKEY_NATIVE_HTTP_MESSAGE_H_

/**
 * A request and a response as plain values, without a socket: any C++ server copies its own into these, calls the
 * router, and copies the answer back.
 */

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "latchkey/json_codec.h"
#include "latchkey/result.h"

namespace latchkey::native {

using header_list = std::vector<std::pair<std::string, std::string>>;

/** What the host received. */
struct http_request {
  /** As sent, such as `GET`. */
  std::string method = {};
  /** The path as sent, before `?`; never decoded. */
  std::string path = {};
  /** What stands behind the first `?`, as sent. */
  std::string query = {};
  header_list headers = {};
  std::string body = {};
  /** The peer's address, without its port. */
  std::string remote_address = {};
  /**
   * Whether the client's connection to the host is encrypted: answers then carry Strict-Transport-Security, and without a
   * `public_url` the own origin begins with https. Behind a proxy that ends TLS leave it false and set `public_url`.
   */
  bool is_https = false;

  /** The first header with this name (ASCII case ignored); empty when there is none. Lives as long as the request. */
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
  [[nodiscard]] bool has_header(std::string_view name) const noexcept;
  /** Whether there is more than one of them. */
  [[nodiscard]] bool has_repeated_header(std::string_view name) const noexcept;
};

/**
 * Gives the next part of a body, and an empty text at its end. Called by one thread at a time, and may wait. After an error
 * the body can't be completed, and it is not called again. Copies share their place in the body.
 */
using body_stream = std::function<result<std::string>()>;

/** What the host sends. Every header is a line of its own, Set-Cookie included. */
struct http_response {
  int status = 200;
  header_list headers = {};
  std::string body = {};
  /**
   * Set: the body comes from here in parts, its length is not known, and `body` is empty. Only a host that says so
   * (`auth_server_config::streams_bodies`) is given one. Must not outlive the server.
   */
  body_stream stream = {};

  void add_header(std::string name, std::string value) { headers.emplace_back(std::move(name), std::move(value)); }
  /** Replaces every header of that name. */
  void set_header(std::string_view name, std::string value);
  [[nodiscard]] bool has_header(std::string_view name) const noexcept;
};

/** Reads a body that comes in parts whole, for a host that sends it in one piece. The error of its stream. */
[[nodiscard]] result<void> collect_body(http_response& response);

/** `Content-Type: application/json; charset=utf-8` and the text of `body`. */
[[nodiscard]] http_response json_response(int status, const json_value& body);

/** The query's parameters, percent-decoded; a repeated name, bad encoding or bytes that are not UTF-8 give nothing. */
[[nodiscard]] std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_HTTP_MESSAGE_H_
