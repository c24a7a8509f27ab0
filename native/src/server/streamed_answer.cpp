// SPDX-License-Identifier: Apache-2.0
#include "server/streamed_answer.h"

#include <array>
#include <boost/asio/write.hpp>
#include <charconv>
#include <utility>

namespace latchkey::native {
namespace {

using boost::system::error_code;

/** When all threads are busy and their queue is full. The client has waited for its file already, and may go on. */
constexpr std::chrono::milliseconds pull_pause{50};
constexpr std::string_view last_chunk = "0\r\n\r\n";

/** RFC 9112 §7.1. */
std::string to_chunk(std::string_view part) {
  std::array<char, 2 * sizeof(std::size_t)> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), part.size(), 16).ptr;
  std::string chunk(digits.data(), end);
  chunk.reserve(chunk.size() + part.size() + 4);
  return chunk.append("\r\n").append(part).append("\r\n");
}

}  // namespace

streamed_answer::streamed_answer(boost::beast::tcp_stream& socket, connection_owner& owner, body_stream body,
                                 bool is_chunked)
    : socket_(socket), owner_(owner), body_(std::move(body)), is_chunked_(is_chunked), pause_(socket.get_executor()) {}

void streamed_answer::run(listener done) {
  // Reading the next part takes the server's time, not the client's.
  socket_.expires_never();
  pull(std::move(done));
}

void streamed_answer::pull(listener done) {
  if (owner_.pull(body_, [this, done](result<std::string> part) { send(std::move(part), done); })) return;
  pause_.expires_after(pull_pause);
  pause_.async_wait([this, done = std::move(done)](error_code) { pull(done); });
}

void streamed_answer::send(result<std::string> part, listener done) {
  if (!part) return done(false);
  const bool is_last = part->empty();
  if (is_last && !is_chunked_) return done(true);
  text_ = is_last ? std::string(last_chunk) : is_chunked_ ? to_chunk(*part) : std::move(*part);
  socket_.expires_after(owner_.options().write_timeout);
  boost::asio::async_write(socket_, boost::asio::buffer(text_),
                           [this, is_last, done = std::move(done)](error_code failed, std::size_t) {
                             if (failed || is_last) return done(!failed);
                             socket_.expires_never();
                             pull(done);
                           });
}

}  // namespace latchkey::native
