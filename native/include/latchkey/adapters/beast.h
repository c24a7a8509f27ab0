// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_ADAPTERS_BEAST_H_
#define LATCHKEY_ADAPTERS_BEAST_H_

/**
 * Latchkey in a server that is made with Boost.Beast: what copies messages in and out, and `beast_listener`, a small server with
 * a coroutine for each connection on a few threads, every wait with an end. The program finds Boost (1.80 or newer) itself;
 * Latchkey links nothing of it. `latchkey/native/server/http_host.h` is a server that needs no Boost and reads more strictly.
 */

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "latchkey/native/http/auth_server.h"

namespace latchkey::adapters {

/**
 * The request without its body. For a head alone, before the body is read: what stands behind a chunked body must not become
 * headers.
 */
[[nodiscard]] inline native::http_request to_request(const boost::beast::http::request_header<>& head,
                                                     const std::string& remote_address, bool is_https = false) {
  const std::string_view target(head.target().data(), head.target().size());
  native::http_request request;
  request.method = std::string(head.method_string());
  request.path = std::string(target.substr(0, target.find('?')));
  if (const auto mark = target.find('?'); mark != std::string_view::npos) request.query = target.substr(mark + 1);
  for (const auto& field : head) {
    // What is handed on is no longer in chunks.
    if (field.name() == boost::beast::http::field::transfer_encoding) continue;
    request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  request.remote_address = remote_address;
  request.is_https = is_https;
  return request;
}

/** The answer as Beast sends it. */
[[nodiscard]] inline boost::beast::http::response<boost::beast::http::string_body> to_message(
    native::http_response answer, bool is_head, bool keep_alive) {
  namespace http = boost::beast::http;
  http::response<http::string_body> message{http::int_to_status(static_cast<unsigned>(answer.status)), 11};
  for (const auto& [name, value] : answer.headers) message.insert(name, value);  // never joined: a line for each
  message.body() = answer.shared_body ? *answer.shared_body : std::move(answer.body);
  if (!is_head) message.prepare_payload();  // for HEAD the answer says how long the body would be
  message.keep_alive(keep_alive);
  return message;
}

/** How a request that can't be read is refused; nothing when the client is gone. */
[[nodiscard]] inline std::optional<errc> refusal_of(const boost::beast::error_code& failed) {
  namespace http = boost::beast::http;
  if (failed == http::error::body_limit) return errc::body_too_large;
  if (failed == http::error::header_limit) return errc::headers_too_large;
  const bool is_gone = failed == http::error::end_of_stream || failed == http::error::partial_message;
  if (is_gone || failed.category() != http::make_error_code(http::error::bad_chunk).category()) return std::nullopt;
  return errc::request_invalid;
}

/** The parser passes over encodings that it doesn't know, and would take the body for the next request. */
[[nodiscard]] inline bool is_framing_clear(const boost::beast::http::request_header<>& head) {
  namespace http = boost::beast::http;
  const auto encodings = head.count(http::field::transfer_encoding);
  return encodings == 0 || (encodings == 1 && boost::beast::iequals(head[http::field::transfer_encoding], "chunked"));
}

struct beast_options {
  /** The address to listen on. */
  std::string address = "127.0.0.1";
  /** 0 takes a free one. */
  std::uint16_t port = 4111;
  /** They wait for the database, so there may be more than processors. */
  std::size_t threads = 8;
  /** Connections at once; what comes beyond is closed. */
  int max_connections = 1'000;
  /** From the start of a request to the end of its head: also how long a connection may be idle, and how long `stop` waits. */
  std::chrono::seconds head_timeout{5};
  std::chrono::seconds body_timeout{10};
  std::chrono::seconds write_timeout{30};
};

namespace beast_details {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

inline constexpr std::chrono::seconds farewell_timeout{2};
inline constexpr std::chrono::milliseconds accept_pause{50};
inline constexpr auto or_error = asio::as_tuple(asio::use_awaitable);

/** The server's sockets and threads. */
class server_sockets {
 public:
  server_sockets(const native::auth_server& server, beast_options options)
      : server_(server),
        options_(std::move(options)),
        pool_(options_.threads),
        acceptor_(strand_, {asio::ip::make_address(options_.address), options_.port}),
        port_(acceptor_.local_endpoint().port()) {}

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  void run() {
    asio::co_spawn(strand_, accept(), asio::detached);
    pool_.join();
  }

  void stop() {
    asio::post(strand_, [this] {
      is_stopping_ = true;
      acceptor_.close();
    });
  }

 private:
  using request_parser = http::request_parser<http::string_body>;

  asio::awaitable<void> accept() {
    while (!is_stopping_) {
      auto [failed, socket] =
          co_await acceptor_.async_accept(asio::any_io_executor(asio::make_strand(pool_)), or_error);
      if (failed) {
        // Such as too many open files: that passes, and must not be asked for again at once.
        asio::steady_timer pause(strand_, accept_pause);
        co_await pause.async_wait(or_error);
      } else if (open_ < options_.max_connections) {
        ++open_;
        const auto strand = socket.get_executor();
        asio::co_spawn(strand, serve(beast::tcp_stream(std::move(socket))),
                       [this](const std::exception_ptr&) { --open_; });
      }
    }
  }

  asio::awaitable<void> serve(beast::tcp_stream stream) {
    beast::error_code failed;
    const std::string peer = stream.socket().remote_endpoint(failed).address().to_string();
    beast::flat_buffer buffer;
    for (bool keep_alive = true; keep_alive && !failed;) {
      request_parser parser;
      parser.header_limit(static_cast<std::uint32_t>(server_.limits().uri_bytes + server_.limits().header_bytes + 64));
      parser.body_limit(server_.limits().body_bytes);
      native::http_request request;
      failed = co_await read(stream, buffer, parser, request, peer);
      const auto refused = failed ? refusal_of(failed) : std::nullopt;
      if (failed && !refused) break;
      keep_alive = !failed && parser.keep_alive() && !is_stopping_;
      auto message = to_message(refused ? server_.refusal(*refused, request) : server_.handle(request),
                                request.method == "HEAD", keep_alive);
      stream.expires_after(options_.write_timeout);
      std::tie(failed, std::ignore) = co_await http::async_write(stream, message, or_error);
    }
    // A socket that is closed with unread input resets the connection, and the client may lose the answer.
    stream.socket().shutdown(tcp::socket::shutdown_send, failed);
    stream.expires_after(farewell_timeout);
    for (char rest[4096]; !failed;) {
      std::tie(failed, std::ignore) = co_await stream.async_read_some(asio::buffer(rest), or_error);
    }
  }

  /** Fills in the request as far as it comes. */
  asio::awaitable<beast::error_code> read(beast::tcp_stream& stream, beast::flat_buffer& buffer, request_parser& parser,
                                          native::http_request& request, const std::string& peer) {
    stream.expires_after(options_.head_timeout);
    auto [failed, bytes] = co_await http::async_read_header(stream, buffer, parser, or_error);
    // A body that is announced too long fails here, with the head read.
    if (!failed || failed == http::error::body_limit) request = to_request(parser.get(), peer);
    if (!failed && !is_framing_clear(parser.get())) failed = http::error::bad_transfer_encoding;
    if (failed || parser.is_done()) co_return failed;
    stream.expires_after(options_.body_timeout);
    if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      http::response<http::empty_body> go_on{http::status::continue_, 11};
      std::tie(failed, bytes) = co_await http::async_write(stream, go_on, or_error);
    }
    if (!failed) std::tie(failed, bytes) = co_await http::async_read(stream, buffer, parser, or_error);
    request.body = std::move(parser.get().body());
    co_return failed;
  }

  const native::auth_server& server_;
  const beast_options options_;
  std::atomic<bool> is_stopping_{false};
  std::atomic<int> open_{0};
  asio::thread_pool pool_;
  asio::strand<asio::thread_pool::executor_type> strand_ = asio::make_strand(pool_);
  tcp::acceptor acceptor_;
  const std::uint16_t port_;
};

}  // namespace beast_details

/** Sockets whose every request an `auth_server` answers. */
class beast_listener {
 public:
  /** `configuration_invalid` when the address is none or the port can't be had. `server` must outlive the listener. */
  [[nodiscard]] static result<std::unique_ptr<beast_listener>> listen(const native::auth_server& server,
                                                                      beast_options options) {
    try {
      return std::unique_ptr<beast_listener>(new beast_listener(server, std::move(options)));
    } catch (const boost::system::system_error& failed) {
      return fail(errc::configuration_invalid, std::string("Can't listen: ") + failed.what(), "port");
    }
  }

  /** The port that is listened on. */
  [[nodiscard]] std::uint16_t port() const noexcept { return sockets_.port(); }
  /** Serves until stopped and the requests under way are answered. Once only. */
  void run() { sockets_.run(); }
  /** Lets `run` return. From any thread, once `run` was called or is about to be. */
  void stop() { sockets_.stop(); }

 private:
  beast_listener(const native::auth_server& server, beast_options options) : sockets_(server, std::move(options)) {}

  beast_details::server_sockets sockets_;
};

}  // namespace latchkey::adapters

#endif  // LATCHKEY_ADAPTERS_BEAST_H_
