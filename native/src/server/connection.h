// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_SERVER_CONNECTION_H_
#define LATCHKEY_NATIVE_SRC_SERVER_CONNECTION_H_

/** One client's socket: reads a request, has it answered, writes the answer, and again. Lives on the socket thread. */

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "latchkey/native/http/message.h"
#include "latchkey/native/server/http_host.h"

namespace latchkey::native {

/** What a connection needs of its host. Called on the socket thread. */
class connection_owner {
 public:
  virtual ~connection_owner() = default;
  [[nodiscard]] virtual const http_host_options& options() const noexcept = 0;
  [[nodiscard]] virtual bool is_draining() const noexcept = 0;
  /** The time of now, as a Date header has it. */
  [[nodiscard]] virtual const std::string& date() = 0;
  /** Answers the request wherever it should be, and calls back on the socket thread. */
  virtual void answer(http_request request, std::function<void(http_response)> done) = 0;
  /**
   * Has the next part of a body read where that may wait, and calls back on the socket thread; false, and no call, when there
   * is no room for it now.
   */
  [[nodiscard]] virtual bool pull(const body_stream& body, std::function<void(result<std::string>)> done) = 0;
  /** Makes an absolute-form target its path, or tells how to refuse the request. */
  [[nodiscard]] virtual std::optional<errc> resolve_target(http_request& request) noexcept = 0;
  /** The answer to a request that is not handed on. */
  [[nodiscard]] virtual http_response refusal(errc code, const http_request& received) noexcept = 0;
  virtual void forget(const void* closed) = 0;
};

class streamed_answer;

class connection : public std::enable_shared_from_this<connection> {
 public:
  connection(boost::asio::ip::tcp::socket socket, connection_owner& owner);
  ~connection();

  void start();
  /** The host is stopping: ends a connection that waits for a request. */
  void drain();

 private:
  using parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  void wait_for_request();
  void read_head();
  void read_more_of_head();
  /** Goes on with a head that is complete or refused; whether more of it has to be read. */
  [[nodiscard]] bool examine_head();
  void parse_head(std::size_t head_size);
  void read_body();
  void continue_with_body();
  void dispatch();
  void refuse(errc code);
  /** Refuses a head that has not become a request. */
  void refuse_head(errc code, std::string_view head);
  void write(http_response response);
  void send();
  void finish_write();
  /** Sends the body that comes in parts, after the head. */
  void send_parts();
  /** Lets the client see that the body is not complete. */
  void break_off();
  /** Ends the connection in a way that lets the client read the last answer. */
  void close_gently();
  void discard_input();
  void close();
  [[nodiscard]] std::string_view received() const;
  [[nodiscard]] std::string_view body_text() const noexcept {
    return shared_body_ ? std::string_view(*shared_body_) : own_body_;
  }

  connection_owner& owner_;
  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  std::optional<parser> parser_;
  http_request request_;
  std::string remote_address_;
  std::string head_text_;
  // The answer's body: bytes of its own, or bytes that other answers share. Neither is ever moved while it is sent.
  std::string own_body_;
  std::shared_ptr<const std::string> shared_body_;
  std::unique_ptr<streamed_answer> parts_;
  bool is_idle_ = false;
  bool is_head_request_ = false;
  bool keep_alive_ = false;
  /** HTTP/1.0 has no chunks: there the end of the connection ends such a body. */
  bool has_chunks_ = true;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_SERVER_CONNECTION_H_
