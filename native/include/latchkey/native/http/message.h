// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_HTTP_MESSAGE_H_
#define LATCHKEY_NATIVE_HTTP_MESSAGE_H_

/**
 * A request and a response as plain values, without a socket: an adapter copies the message of its HTTP library into an
 * `http_request`, calls `auth_server::handle`, and sends the `http_response`. `latchkey/adapters/beast.h` and
 * `latchkey/adapters/httplib.h` are adapters for two libraries. An adapter of one's own has to:
 *
 * - give method, path and query as they were sent, percent-encoding included. A library that decodes paths would let
 *   `/api/note%73` reach the route `/notes`;
 * - give every header line of the client, each as an entry of its own, and no entry that the client did not send (libraries
 *   add some, such as REMOTE_ADDR). A header whose repetition decides something is refused, so joined lines hide an attack;
 * - read the whole body before it calls `handle`, or pass the refusal: a request whose headers announce a body
 *   (`Content-Length` other than 0, `Transfer-Encoding`) and which has none in `body` is refused with 415 or 400. Libraries
 *   that parse forms leave the body empty. After it has decoded `Transfer-Encoding: chunked`, an adapter leaves that header
 *   out;
 * - read no more than `auth_server::limits` allows, and let `auth_server::refusal` word every answer to a request that the
 *   library can't read: too large, malformed, an unknown method;
 * - give the address of the peer (`remote_address`, without the port), and whether its connection is encrypted (`is_https`);
 * - send status, headers and `content()` as they are: each header a line of its own, never joined (two `Set-Cookie` lines stay
 *   two); no answer cut into the ranges of a `Range` header, none compressed. The adapter writes `Content-Length` and
 *   `Connection` itself; only the answer to HEAD has a `Content-Length` already, that of the body which is left out;
 * - leave unread input to no further request: after a refusal it closes the connection;
 * - call `handle` on threads that may wait: it asks the database. `auth_server::work_of` tells which requests are quick, and
 *   which burn processor and memory.
 */

#include <cstdint>
#include <functional>
#include <memory>
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
  /** The path as sent, before `?`; never decoded. An absolute-form target (RFC 9112 §3.2.2) may stand here whole. */
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
  /** 200 to 599; `auth_server` answers 500 instead of any other. */
  int status = 200;
  header_list headers = {};
  std::string body = {};
  /**
   * When set, the body instead of `body`: bytes that many answers share, such as a file. They are sent from where they
   * are, so that an answer that waits for its client costs no copy. They never change.
   */
  std::shared_ptr<const std::string> shared_body = {};
  /**
   * Set: the body comes from here in parts, its length is not known, and `body` is empty. Only a host that says so
   * (`auth_server_config::streams_bodies`) is given one. Must not outlive the server.
   */
  body_stream stream = {};

  /** The body's bytes, wherever they are. Lives as long as the response and is not changed. */
  [[nodiscard]] std::string_view content() const noexcept { return shared_body ? *shared_body : body; }
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
