// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_CREDENTIALS_HASH_GATE_H_
#define LATCHKEY_NATIVE_CREDENTIALS_HASH_GATE_H_

/**
 * Bounds how many passwords are hashed at once: each needs 128 MiB at the default cost, so a burst of sign-ins would
 * otherwise be a way to exhaust memory (CR-06). Who finds the queue full, or waits too long, is told to come back.
 */

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>

#include "latchkey/result.h"

namespace latchkey::native {

class hash_gate : public std::enable_shared_from_this<hash_gate> {
 public:
  struct limits {
    std::size_t running = 2;
    std::size_t waiting = 16;
    std::chrono::milliseconds patience{2'000};
  };

  /** The right to hash, given back when it goes out of scope. */
  class ticket {
   public:
    explicit ticket(std::shared_ptr<hash_gate> gate) noexcept : gate_(std::move(gate)) {}
    ticket(const ticket&) = delete;
    ticket& operator=(const ticket&) = delete;
    ticket(ticket&&) noexcept = default;
    ticket& operator=(ticket&&) = delete;
    ~ticket();

   private:
    std::shared_ptr<hash_gate> gate_;
  };

  [[nodiscard]] static std::shared_ptr<hash_gate> make(const limits& bounds);

  /** Waits for a place, in no particular order; `unavailable` when there is none in time. */
  [[nodiscard]] result<ticket> enter();

 private:
  explicit hash_gate(const limits& bounds) : limits_(bounds) {}
  void leave();

  const limits limits_;
  std::mutex mutex_;
  std::condition_variable left_;
  std::size_t running_ = 0;
  std::size_t waiting_ = 0;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_CREDENTIALS_HASH_GATE_H_
