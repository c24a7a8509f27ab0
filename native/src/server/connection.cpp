// SPDX-License-Identifier: Apache-2.0
#include "server/connection.h"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <limits>

#include "http/text.h"
#include "server/request_head.h"
#include "server/response_text.h"
#include "server/streamed_answer.h"

namespace latchkey::native {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

/** Small, because it is what an idle connection holds. */
constexpr std::size_t first_read_bytes = 1024;
constexpr std::size_t read_chunk_bytes = 4096;
/** Request line and headers have limits of their own; this is what stands around them. */
constexpr std::size_t head_slack_bytes = 64;
/** As many as a browser sends, and a few more. */
constexpr std::size_t usual_header_count = 16;
constexpr std::chrono::seconds farewell_timeout{2};
constexpr std::string_view continue_text = "HTTP/1.1 100 Continue\r\n\r\n";

/** Whether the client's bytes are at fault, rather than the connection that ended before they were complete. */
bool is_malformed(const error_code& failed) {
  using parse_error = beast::http::error;
  return failed.category() == make_error_code(parse_error::bad_chunk).category() &&
         failed != parse_error::partial_message && failed != parse_error::end_of_stream;
}

}  // namespace

connection::connection(asio::ip::tcp::socket socket, connection_owner& owner)
    : owner_(owner), stream_(std::move(socket)) {
  const auto& limits = owner_.options().limits;
  buffer_.max_size(limits.uri_bytes + limits.header_bytes + head_slack_bytes + read_chunk_bytes);
  error_code failed;
  stream_.socket().set_option(asio::ip::tcp::no_delay(true), failed);
  stream_.socket().non_blocking(true, failed);
  const auto peer = stream_.socket().remote_endpoint(failed);
  if (!failed) remote_address_ = peer.address().to_string();
}

connection::~connection() { owner_.forget(this); }

void connection::start() { wait_for_request(); }

void connection::drain() {
  if (is_idle_) close();
}

std::string_view connection::received() const {
  const auto data = buffer_.data();
  return {static_cast<const char*>(data.data()), data.size()};
}

void connection::wait_for_request() {
  parser_.reset();
  request_ = {};
  is_head_request_ = false;
  if (buffer_.size() > 0) return read_head();
  if (owner_.is_draining()) return close_gently();
  buffer_.shrink_to_fit();
  is_idle_ = true;
  stream_.expires_after(owner_.options().idle_timeout);
  stream_.async_read_some(buffer_.prepare(first_read_bytes),
                          [self = shared_from_this()](error_code failed, std::size_t bytes) {
                            self->is_idle_ = false;
                            if (failed) return self->close();
                            self->buffer_.commit(bytes);
                            self->read_head();
                          });
}

// The client's time runs from its first byte; a head that came in one piece, as most do, needs no clock.
void connection::read_head() {
  if (!examine_head()) return;
  stream_.expires_after(owner_.options().header_timeout);
  read_more_of_head();
}

void connection::read_more_of_head() {
  stream_.async_read_some(buffer_.prepare(read_chunk_bytes),
                          [self = shared_from_this()](error_code failed, std::size_t bytes) {
                            if (failed) return self->close();
                            self->buffer_.commit(bytes);
                            if (self->examine_head()) self->read_more_of_head();
                          });
}

bool connection::examine_head() {
  const head_scan scan = scan_head(received());
  const auto& limits = owner_.options().limits;
  if (scan.progress == head_scan::state::malformed) {
    refuse_head(errc::request_invalid, received());
  } else if (scan.progress == head_scan::state::complete) {
    parse_head(scan.size);
  } else if (buffer_.size() > limits.uri_bytes + limits.header_bytes + head_slack_bytes) {
    refuse_head(incomplete_head_error(received(), limits), received());
  } else {
    return true;
  }
  return false;
}

void connection::parse_head(std::size_t head_size) {
  const auto& limits = owner_.options().limits;
  const std::string_view head = received().substr(0, head_size);
  if (const auto fault = check_head(head, limits)) return refuse_head(*fault, head);
  parser_.emplace();
  parser_->header_limit(std::numeric_limits<std::uint32_t>::max());
  parser_->body_limit(limits.body_bytes);
  error_code failed;
  const auto used = parser_->put(asio::buffer(buffer_.data().data(), head_size), failed);
  if (failed == beast::http::error::body_limit) return refuse_head(errc::body_too_large, head);
  if (failed || !parser_->is_header_done()) return refuse_head(errc::request_invalid, head);
  buffer_.consume(used);

  // Taken now: the fields of a chunked body's trailer must not become headers.
  const auto& message = parser_->get();
  const std::string_view target(message.target().data(), message.target().size());
  request_.method = std::string(message.method_string());
  request_.path = std::string(target.substr(0, target.find('?')));
  if (const auto mark = target.find('?'); mark != std::string_view::npos)
    request_.query = std::string(target.substr(mark + 1));
  request_.headers.reserve(usual_header_count);
  for (const auto& field : message) {
    // What is handed on is no longer in chunks.
    if (field.name() == beast::http::field::transfer_encoding) continue;
    request_.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  request_.remote_address = remote_address_;
  is_head_request_ = request_.method == "HEAD";
  keep_alive_ = parser_->keep_alive();
  has_chunks_ = message.version() >= 11;
  if (const auto fault = owner_.resolve_target(request_)) return refuse(*fault);
  read_body();
}

void connection::read_body() {
  if (parser_->is_done()) return dispatch();
  stream_.expires_after(owner_.options().body_timeout);
  if (!equals_ignoring_case(request_.header("Expect"), "100-continue")) return continue_with_body();
  asio::async_write(stream_, asio::buffer(continue_text), [self = shared_from_this()](error_code failed, std::size_t) {
    if (failed) return self->close();
    self->continue_with_body();
  });
}

void connection::continue_with_body() {
  beast::http::async_read(stream_, buffer_, *parser_, [self = shared_from_this()](error_code failed, std::size_t) {
    if (failed == beast::http::error::body_limit) return self->refuse(errc::body_too_large);
    if (is_malformed(failed)) return self->refuse(errc::request_invalid);
    if (failed) return self->close();
    self->request_.body = std::move(self->parser_->get().body());
    self->dispatch();
  });
}

void connection::dispatch() {
  parser_.reset();
  // The handler's time is its own; the client's clock starts again with the answer.
  stream_.expires_never();
  owner_.answer(std::move(request_),
                [self = shared_from_this()](http_response response) { self->write(std::move(response)); });
}

void connection::refuse(errc code) {
  keep_alive_ = false;
  write(owner_.refusal(code, request_));
}

void connection::refuse_head(errc code, std::string_view head) {
  read_refused_head(head, owner_.options().limits, request_);
  request_.remote_address = remote_address_;
  is_head_request_ = request_.method == "HEAD";
  refuse(code);
}

void connection::write(http_response response) {
  const bool is_in_parts = response.stream && has_body(response.status);
  if (owner_.is_draining() || (is_in_parts && !has_chunks_)) keep_alive_ = false;
  auto head = to_head_text(response, {keep_alive_, is_head_request_, owner_.date(), is_in_parts, has_chunks_});
  if (!head) return refuse(errc::internal);
  head_text_ = std::move(*head);
  own_body_ = std::move(response.body);
  shared_body_ = std::move(response.shared_body);
  if (is_in_parts || is_head_request_ || !has_body(response.status)) {
    own_body_ = {};
    shared_body_ = nullptr;
  }
  if (is_in_parts && !is_head_request_) {
    parts_ = std::make_unique<streamed_answer>(stream_, owner_, std::move(response.stream), has_chunks_);
  }
  // After the other requests that have arrived by now: a client that waits for several answers is woken once for all of
  // them, and waking costs more than most answers.
  asio::post(stream_.get_executor(), [self = shared_from_this()] { self->send(); });
}

// Most answers fit into the socket's buffer as they are, and need neither a wait nor its timer. What is left of the others
// is sent from where it lies: a client that does not read holds no copy of a file.
void connection::send() {
  error_code refused;
  const std::string_view head = head_text_;
  const std::string_view body = body_text();
  const std::array whole{asio::const_buffer(head.data(), head.size()), asio::const_buffer(body.data(), body.size())};
  const std::size_t sent = stream_.socket().write_some(whole, refused);
  if (refused && refused != asio::error::would_block) return close();
  if (sent == head.size() + body.size()) return finish_write();
  const std::string_view rest_of_head = head.substr(std::min(sent, head.size()));
  const std::string_view rest_of_body = body.substr(sent - (head.size() - rest_of_head.size()));
  stream_.expires_after(owner_.options().write_timeout);
  const std::array parts{asio::const_buffer(rest_of_head.data(), rest_of_head.size()),
                         asio::const_buffer(rest_of_body.data(), rest_of_body.size())};
  asio::async_write(stream_, parts, [self = shared_from_this()](error_code failed, std::size_t) {
    if (failed) return self->close();
    self->finish_write();
  });
}

void connection::finish_write() {
  head_text_ = {};
  own_body_ = {};
  shared_body_ = nullptr;
  if (parts_) return send_parts();
  if (keep_alive_) return wait_for_request();
  close_gently();
}

void connection::send_parts() {
  parts_->run([self = shared_from_this()](bool is_complete) {
    self->parts_.reset();
    if (!is_complete) return self->break_off();
    self->finish_write();
  });
}

// Without the last chunk the client sees it anyway. Where the end of the connection is the end of the body, only a reset
// tells the two apart.
void connection::break_off() {
  error_code ignored;
  if (!has_chunks_) stream_.socket().set_option(asio::socket_base::linger(true, 0), ignored);
  close();
}

void connection::close_gently() {
  // A socket closed with unread input resets the connection, and the client may lose the answer that explains why.
  error_code ignored;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  stream_.expires_after(farewell_timeout);
  discard_input();
}

void connection::discard_input() {
  buffer_.clear();
  stream_.async_read_some(buffer_.prepare(read_chunk_bytes),
                          [self = shared_from_this()](error_code failed, std::size_t) {
                            if (failed) return self->close();
                            self->discard_input();
                          });
}

void connection::close() {
  error_code ignored;
  stream_.socket().close(ignored);
}

}  // namespace latchkey::native
