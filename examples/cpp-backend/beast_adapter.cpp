// SPDX-License-Identifier: Apache-2.0
#include "beast_adapter.h"

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
#include <optional>

namespace notes {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace native = latchkey::native;
using asio::ip::tcp;
using latchkey::errc;
using namespace std::chrono_literals;

constexpr std::size_t threads = 8;
constexpr int max_connections = 1'000;
constexpr auto head_timeout = 5s;  // also how long a connection may be idle, and so the longest that stopping waits
constexpr auto body_timeout = 10s;
constexpr auto write_timeout = 30s;
constexpr auto farewell_timeout = 2s;
constexpr auto or_error = asio::as_tuple(asio::use_awaitable);

/** Called before the body is read: what stands behind a chunked body must not become headers. */
native::http_request to_request(const http::request_header<>& head, const std::string& remote_address) {
  const std::string_view target(head.target().data(), head.target().size());
  native::http_request request;
  request.method = std::string(head.method_string());
  request.path = std::string(target.substr(0, target.find('?')));
  if (const auto mark = target.find('?'); mark != std::string_view::npos) request.query = target.substr(mark + 1);
  for (const auto& field : head) request.headers.emplace_back(field.name_string(), field.value());
  request.remote_address = remote_address;
  return request;
}

http::response<http::string_body> to_message(native::http_response answer, bool is_head, bool keep_alive) {
  http::response<http::string_body> message{http::int_to_status(static_cast<unsigned>(answer.status)), 11};
  for (const auto& [name, value] : answer.headers) message.insert(name, value);  // never joined: a line for each
  message.body() = std::move(answer.body);
  if (!is_head) message.prepare_payload();  // for HEAD the answer says how long the body would be
  message.keep_alive(keep_alive);
  return message;
}

/** How a request that can't be read is refused; nothing when there is nobody left to tell. */
std::optional<errc> refusal_of(const beast::error_code& failed) {
  if (failed == http::error::body_limit) return errc::body_too_large;
  if (failed == http::error::header_limit) return errc::headers_too_large;
  const bool is_gone = failed == http::error::end_of_stream || failed == http::error::partial_message;
  if (is_gone || failed.category() != http::make_error_code(http::error::bad_chunk).category()) return std::nullopt;
  return errc::request_invalid;
}

/** The parser passes over encodings that it doesn't know, and would take the body for the next request. */
bool is_framing_clear(const http::request_header<>& head) {
  const auto encodings = head.count(http::field::transfer_encoding);
  return encodings == 0 || (encodings == 1 && beast::iequals(head[http::field::transfer_encoding], "chunked"));
}

class beast_listener final : public listener {
 public:
  beast_listener(const native::auth_server& server, std::uint16_t port)
      : server_(server), acceptor_(strand_, {asio::ip::address_v4::loopback(), port}) {}

  std::uint16_t port() const noexcept override { return acceptor_.local_endpoint().port(); }

  void run() override {
    asio::co_spawn(strand_, accept(), asio::detached);
    pool_.join();
  }

  void stop() override {
    asio::post(strand_, [this] {
      is_stopping_ = true;
      acceptor_.close();
    });
  }

 private:
  asio::awaitable<void> accept() {
    while (!is_stopping_) {
      auto [failed, socket] =
          co_await acceptor_.async_accept(asio::any_io_executor(asio::make_strand(pool_)), or_error);
      if (failed) {
        // Such as too many open files: that passes, and must not be asked for again at once.
        asio::steady_timer pause(strand_, 50ms);
        co_await pause.async_wait(or_error);
      } else if (open_ < max_connections) {
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
      http::request_parser<http::string_body> parser;
      parser.header_limit(static_cast<std::uint32_t>(server_.limits().uri_bytes + server_.limits().header_bytes + 64));
      parser.body_limit(server_.limits().body_bytes);
      native::http_request request;
      failed = co_await read(stream, buffer, parser, request, peer);
      const auto refused = failed ? refusal_of(failed) : std::nullopt;
      if (failed && !refused) break;
      keep_alive = !failed && parser.keep_alive() && !is_stopping_;
      auto message = to_message(refused ? server_.refusal(*refused, request) : server_.handle(request),
                                request.method == "HEAD", keep_alive);
      stream.expires_after(write_timeout);
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
  asio::awaitable<beast::error_code> read(beast::tcp_stream& stream, beast::flat_buffer& buffer,
                                          http::request_parser<http::string_body>& parser,
                                          native::http_request& request, const std::string& peer) {
    stream.expires_after(head_timeout);
    auto [failed, bytes] = co_await http::async_read_header(stream, buffer, parser, or_error);
    if (!failed) request = to_request(parser.get(), peer);
    if (!failed && !is_framing_clear(parser.get())) failed = http::error::bad_transfer_encoding;
    if (failed || parser.is_done()) co_return failed;
    stream.expires_after(body_timeout);
    if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      http::response<http::empty_body> go_on{http::status::continue_, 11};
      std::tie(failed, bytes) = co_await http::async_write(stream, go_on, or_error);
    }
    if (!failed) std::tie(failed, bytes) = co_await http::async_read(stream, buffer, parser, or_error);
    request.body = std::move(parser.get().body());
    co_return failed;
  }

  const native::auth_server& server_;
  std::atomic<bool> is_stopping_{false};
  std::atomic<int> open_{0};
  asio::thread_pool pool_{threads};
  asio::strand<asio::thread_pool::executor_type> strand_ = asio::make_strand(pool_);
  tcp::acceptor acceptor_;
};

}  // namespace

latchkey::result<std::unique_ptr<listener>> make_beast_listener(const native::auth_server& server, std::uint16_t port) {
  try {
    return std::make_unique<beast_listener>(server, port);
  } catch (const boost::system::system_error& failed) {
    return latchkey::fail(errc::configuration_invalid, std::string("Can't listen: ") + failed.what(), "port");
  }
}

}  // namespace notes
