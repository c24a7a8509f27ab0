// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/credentials/hash_gate.h"

namespace latchkey::native {

hash_gate::ticket::~ticket() {
  if (gate_ != nullptr) gate_->leave();
}

std::shared_ptr<hash_gate> hash_gate::make(const limits& bounds) {
  return std::shared_ptr<hash_gate>(new hash_gate(bounds));
}

result<hash_gate::ticket> hash_gate::enter() {
  const auto busy = [] { return fail(errc::unavailable, "Too many passwords are being checked; try again soon."); };
  std::unique_lock lock(mutex_);
  if (running_ >= limits_.running) {
    if (waiting_ >= limits_.waiting) return busy();
    ++waiting_;
    const bool free = left_.wait_for(lock, limits_.patience, [this] { return running_ < limits_.running; });
    --waiting_;
    if (!free) return busy();
  }
  ++running_;
  return ticket(shared_from_this());
}

void hash_gate::leave() {
  {
    const std::lock_guard lock(mutex_);
    --running_;
  }
  left_.notify_one();
}

}  // namespace latchkey::native
