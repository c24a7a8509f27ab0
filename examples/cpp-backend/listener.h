// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_EXAMPLES_LISTENER_H_
#define LATCHKEY_EXAMPLES_LISTENER_H_

/** What the two adapters have in common, so that the program can choose one. */

#include <cstdint>

namespace notes {

/** A socket on 127.0.0.1 whose requests an `auth_server` answers, which must outlive it. */
class listener {
 public:
  virtual ~listener() = default;
  /** The port that is listened on. */
  [[nodiscard]] virtual std::uint16_t port() const noexcept = 0;
  /** Serves until stopped and the requests under way are answered, which takes at most some seconds. Once only. */
  virtual void run() = 0;
  /** Lets `run` return. From any thread, once `run` was called or is about to be. */
  virtual void stop() = 0;
};

}  // namespace notes

#endif  // LATCHKEY_EXAMPLES_LISTENER_H_
