// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/waiting.h"

namespace latchkey::native {
namespace {

enum class waiting : unsigned char { allowed, forbidden, was_tried };
thread_local waiting now = waiting::allowed;

}  // namespace

no_waiting::no_waiting() noexcept { now = waiting::forbidden; }
no_waiting::~no_waiting() { now = waiting::allowed; }

bool no_waiting::was_in_the_way() noexcept { return now == waiting::was_tried; }

result<void> may_wait() {
  if (now == waiting::allowed) return {};
  now = waiting::was_tried;
  return fail(errc::unavailable, "This can't be answered without waiting.");
}

}  // namespace latchkey::native
