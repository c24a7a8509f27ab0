// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_AUDIT_EVENT_ID_H_
#define LATCHKEY_NATIVE_AUDIT_EVENT_ID_H_

/**
 * Ids of audit events: UUIDs of version 7 (RFC 9562 §5.7), whose texts sort by time. Names, not secrets. Whoever takes an
 * event first gives it its time and its id, so that all who record it later agree.
 */

#include <cstdint>
#include <string>

#include "latchkey/audit.h"
#include "latchkey/native/clock.h"
#include "latchkey/result.h"

namespace latchkey::native {

/** `018f…-7…`: the time in milliseconds, then 74 random bits. `crypto_failed` when the random source fails. */
[[nodiscard]] result<std::string> make_event_id(std::int64_t now_ms);

/** The event with the present time and a fresh id, where it has none. `crypto_failed` as above. */
[[nodiscard]] result<audit_event> to_dated_event(audit_event event, const clock_function& clock);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_AUDIT_EVENT_ID_H_
