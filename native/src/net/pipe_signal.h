// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_NET_PIPE_SIGNAL_H_
#define LATCHKEY_NATIVE_SRC_NET_PIPE_SIGNAL_H_

#include <signal.h>
#include <time.h>

namespace latchkey::native {

/**
 * Keeps this thread's SIGPIPE from ending the process while it lives. OpenSSL writes to sockets without MSG_NOSIGNAL, a
 * peer may close at any time, and what the process does with the signal is the host's to decide.
 */
class pipe_signal_guard {
 public:
  pipe_signal_guard() noexcept {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigemptyset(&pending);
    sigpending(&pending);
    // One that was waiting before is somebody else's.
    is_active_ = sigismember(&pending, SIGPIPE) == 0 && pthread_sigmask(SIG_BLOCK, &pipe_, &before_) == 0;
  }
  ~pipe_signal_guard() {
    if (!is_active_) return;
    const timespec at_once{};
    while (sigtimedwait(&pipe_, nullptr, &at_once) == SIGPIPE) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  pipe_signal_guard(const pipe_signal_guard&) = delete;
  pipe_signal_guard& operator=(const pipe_signal_guard&) = delete;

 private:
  sigset_t pipe_;
  sigset_t before_;
  bool is_active_ = false;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_NET_PIPE_SIGNAL_H_
