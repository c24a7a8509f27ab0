// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_SERVER_STREAMED_ANSWER_H_
#define LATCHKEY_NATIVE_SRC_SERVER_STREAMED_ANSWER_H_

/**
 * The body of an answer that comes in parts. A part is asked for on a thread that may wait, and only when the client has
 * taken the one before it: an answer of any size holds one part, and a slow client keeps no thread. Lives on the socket
 * thread.
 */

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <functional>
#include <string>

#include "server/connection.h"

namespace latchkey::native {

class streamed_answer {
 public:
  /** The arguments must outlive it. `is_chunked`: as HTTP/1.1 has it; otherwise the end of the connection ends the body. */
  streamed_answer(boost::beast::tcp_stream& socket, connection_owner& owner, body_stream body, bool is_chunked);

  /** Hears once whether the body is complete, and may then delete the answer. */
  using listener = std::function<void(bool is_complete)>;

  /** Sends the body. What `done` holds stays alive meanwhile: it has to keep this. */
  void run(listener done);

 private:
  // INVARIANT: `done` is in what is under way and in no member, so that nothing is left of the connection when the socket
  // thread stops for good.
  void pull(listener done);
  void send(result<std::string> part, listener done);

  boost::beast::tcp_stream& socket_;
  connection_owner& owner_;
  body_stream body_;
  bool is_chunked_;
  std::string text_;
  boost::asio::steady_timer pause_;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_SERVER_STREAMED_ANSWER_H_
