// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_WAITING_H_
#define LATCHKEY_NATIVE_WAITING_H_

#include "latchkey/result.h"

namespace latchkey::native {

/**
 * The thread that serves all sockets must not wait for a store, and most answers need none: what they are made of is in
 * memory. While one of these lives, whatever on its thread is about to wait fails instead, at once and without an effect.
 * The answer is then to be thrown away, and asked for again where waiting is allowed. They do not nest.
 */
class no_waiting {
 public:
  no_waiting() noexcept;
  ~no_waiting();
  no_waiting(const no_waiting&) = delete;
  no_waiting& operator=(const no_waiting&) = delete;

  /** Whether something on this thread has failed because of a living one. */
  [[nodiscard]] static bool was_in_the_way() noexcept;
};

/** For code that is about to wait, before its first effect: `unavailable` while a `no_waiting` lives on this thread. */
[[nodiscard]] result<void> may_wait();

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_WAITING_H_
