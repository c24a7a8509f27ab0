// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SERVER_HTTP_HOST_H_
#define LATCHKEY_NATIVE_SERVER_HTTP_HOST_H_

/**
 * The HTTP/1.1 server that comes with Latchkey: one thread for all sockets, bounded pools for handlers that wait or
 * compute. Messages are read strictly (RFC 9112): whatever two parsers could read differently is answered with 400 and the
 * connection closed. Boost stays behind this header.
 */

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "latchkey/native/http/message.h"
#include "latchkey/native/http/request_limits.h"
#include "latchkey/native/http/router.h"
#include "latchkey/result.h"

namespace latchkey::native {

class auth_server;

/** What the host has turned away since it last told so. */
struct shed_load {
  /** Connections closed at once because `max_connections` were open. */
  std::size_t connections = 0;
  /** Connections closed at once because their client had its share. */
  std::size_t connections_over_share = 0;
  /** Requests answered with 503 or 429 because a queue, or a client's part of one, was full. */
  std::size_t requests = 0;
};

struct http_host_options {
  /** A name or an address; every address of the name is listened on. */
  std::string host = "127.0.0.1";
  /** 0 takes a free one. */
  std::uint16_t port = 4111;
  request_limits limits = {};
  /** From the first byte of a request to the end of its headers. */
  std::chrono::milliseconds header_timeout{5'000};
  /** From the end of the headers to the end of the body. */
  std::chrono::milliseconds body_timeout{10'000};
  /** Between requests, and before the first one. */
  std::chrono::milliseconds idle_timeout{60'000};
  /** For an answer to be taken by the client. */
  std::chrono::milliseconds write_timeout{30'000};
  /** After `stop`: how long requests in flight may take. */
  std::chrono::milliseconds drain_timeout{9'000};
  /** Threads for handlers that wait; 0: as many as processors, at least 2, at most 8. */
  std::size_t blocking_threads = 0;
  /** Threads for handlers that burn processor and memory. */
  std::size_t heavy_threads = 2;
  /** Requests that may wait for a thread of each pool; what comes beyond gets 503. */
  std::size_t queue_length = 256;
  std::size_t heavy_queue_length = 16;
  /** How much of the heavy work, running or waiting, one client may have; what comes beyond gets 429. */
  std::size_t heavy_per_client = 6;
  /** Connections at once; what comes beyond is closed. */
  std::size_t max_connections = 10'000;
  /**
   * Connections at once of one client (`http_host_handler::share_of`); what comes beyond is closed. 0: a quarter of
   * `max_connections`, at least 64.
   */
  std::size_t connections_per_client = 0;
  /** Whether SIGINT and SIGTERM do what `stop` does. */
  bool stop_on_signals = false;
  /** Called on a thread for handlers that wait, at SIGHUP: to read configuration again. Must not throw. May be empty. */
  std::function<void()> on_hangup = {};
  /**
   * Called on the socket thread when connections or requests were turned away: at the first one, then once an interval with
   * their number while it goes on, and when `run` ends with what is left. Must not wait; what it throws is dropped. May be
   * empty.
   */
  std::function<void(const shed_load&)> on_shed = {};
  std::chrono::milliseconds shed_interval{60'000};
};

/**
 * What answers the requests. All are called from several threads; an exception becomes a 500. All but `handle` may be empty;
 * `of` sets all of them.
 */
struct http_host_handler {
  std::function<http_response(const http_request&)> handle = {};
  /** Where `handle` is to run for this request; `blocking` when empty. Called on the socket thread. */
  std::function<route_work(const http_request&)> work_of = {};
  /**
   * The answer to a request that `work_of` calls blocking, when it needs no waiting; empty otherwise. Called on the socket
   * thread.
   */
  std::function<std::optional<http_response>(const http_request&)> answer_at_once = {};
  /** Who counts as one client for `heavy_per_client`; the peer's address when empty. Called on the socket thread. */
  std::function<std::string(const http_request&)> client_of = {};
  /**
   * The answer to a request that the host itself refuses: malformed, over a limit, or without room. `received` is what was
   * read of it, which may be nothing; of a head that is refused, method, path and Origin as far as its lines are whole. Called
   * on the socket thread. When empty, the API's JSON with the headers of every answer, but for those that need a
   * configuration (HSTS, CORS).
   */
  std::function<http_response(errc code, const http_request& received)> refuse = {};
  /** Adds headers to every answer before it is sent, refusals of the host included: CORS, for one. */
  std::function<void(const http_request& request, http_response& response)> complete = {};
  /**
   * Makes an absolute-form target (`http://host/path`, RFC 9112 §3.2.2) its path, or tells how to refuse it. When empty, one
   * that names the host of the Host header is this server's. Called on the socket thread.
   */
  std::function<std::optional<errc>(http_request& request)> resolve_target = {};
  /**
   * Whose share of the connections a peer takes; an empty text has no share and no bound but `max_connections`, as for a proxy
   * in front. The network of the address when this is empty. Called on the socket thread.
   */
  std::function<std::string(const std::string& peer_address)> share_of = {};

  /**
   * Everything that `server` offers to a host, which must outlive the host: every request is its to answer. Replace `handle`
   * to add pages of one's own, and leave the rest.
   */
  [[nodiscard]] static http_host_handler of(const auth_server& server);
};

class http_host {
 public:
  /** Opens the sockets, so that a connection made after this is answered. `configuration_invalid` names the address. */
  [[nodiscard]] static result<std::unique_ptr<http_host>> listen(http_host_options options, http_host_handler handler);
  /** The same with `http_host_handler::of(server)` and the limits of `server`, which must outlive the host. */
  [[nodiscard]] static result<std::unique_ptr<http_host>> listen(http_host_options options, const auth_server& server);
  ~http_host();

  /** The port that is listened on. */
  [[nodiscard]] std::uint16_t port() const noexcept;

  /** Serves on the calling thread until stopped and drained. Once only. */
  void run();

  /** Stops accepting, lets requests in flight finish, then lets `run` return. From any thread, any number of times. */
  void stop();

 private:
  class implementation;
  explicit http_host(std::unique_ptr<implementation> impl);
  std::unique_ptr<implementation> impl_;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SERVER_HTTP_HOST_H_
