// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_CLOCK_H_
#define LATCHKEY_NATIVE_CLOCK_H_

#include <cstdint>
#include <functional>

#include "latchkey/version.h"

namespace latchkey::native {

/** Wall time in milliseconds since 1970. Injected, so that a test decides what time it is. */
using clock_function = std::function<std::int64_t()>;
[[nodiscard]] std::int64_t system_clock_ms();

/** Milliseconds of a clock that never steps back and tells no date. Injected where a step of the wall clock must not count. */
[[nodiscard]] std::int64_t monotonic_clock_ms();

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_CLOCK_H_
