// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_SESSIONS_SECONDS_LEFT_H_
#define LATCHKEY_NATIVE_SRC_SESSIONS_SECONDS_LEFT_H_

#include <cstdint>

namespace latchkey::native {

/** For Max-Age. Rounded up: the server decides when a session is over, and a browser must not forget it earlier. */
[[nodiscard]] constexpr std::int64_t seconds_left(std::int64_t expires_at_ms, std::int64_t now_ms) noexcept {
  return expires_at_ms <= now_ms ? 0 : (expires_at_ms - now_ms - 1) / 1000 + 1;
}

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_SESSIONS_SECONDS_LEFT_H_
