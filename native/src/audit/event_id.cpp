// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/audit/event_id.h"

#include <array>
#include <span>

#include "latchkey/native/crypto/hex.h"
#include "latchkey/native/crypto/random.h"

namespace latchkey::native {

result<std::string> make_event_id(std::int64_t now_ms) {
  std::array<std::uint8_t, 16> bytes{};
  if (auto drawn = random_bytes(std::span(bytes).subspan(6)); !drawn) return fail(std::move(drawn));
  auto time = static_cast<std::uint64_t>(now_ms);
  for (std::size_t i = 6; i-- > 0; time >>= 8) bytes[i] = static_cast<std::uint8_t>(time & 0xff);
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x70);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
  std::string text = to_hex(bytes);
  for (const std::size_t dash : {8U, 13U, 18U, 23U}) text.insert(dash, 1, '-');
  return text;
}

result<audit_event> to_dated_event(audit_event event, const clock_function& clock) {
  if (event.timestamp_ms == 0) event.timestamp_ms = clock();
  if (!event.id.empty()) return event;
  auto id = make_event_id(event.timestamp_ms);
  if (!id) return fail(std::move(id));
  event.id = std::move(*id);
  return event;
}

}  // namespace latchkey::native
