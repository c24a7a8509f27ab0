// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_CLOCK_H_
#define LATCHKEY_NATIVE_CLOCK_H_

#include <cstdint>
#include <functional>

namespace latchkey::native {

/** Wall time in milliseconds since 1970. Injected, so that a test decides what time it is. */
using clock_function = std::function<std::int64_t()>;
[[nodiscard]] std::int64_t system_clock_ms();

/** Milliseconds since some instant of the past, on a clock that is never set. Injected like the wall clock. */
[[nodiscard]] std::int64_t steady_clock_ms();

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_CLOCK_H_
