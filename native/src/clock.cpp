// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/clock.h"

#include <chrono>

namespace latchkey::native {

std::int64_t system_clock_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::int64_t steady_clock_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

}  // namespace latchkey::native
