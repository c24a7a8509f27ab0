// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_AUDIT_EVENT_ID_H_
#define LATCHKEY_NATIVE_AUDIT_EVENT_ID_H_

/** Ids of audit events: UUIDs of version 7 (RFC 9562 §5.7), whose texts sort by time. Names, not secrets. */

#include <cstdint>
#include <string>

#include "latchkey/result.h"

namespace latchkey::native {

/** `018f…-7…`: the time in milliseconds, then 74 random bits. `crypto_failed` when the random source fails. */
[[nodiscard]] result<std::string> make_event_id(std::int64_t now_ms);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_AUDIT_EVENT_ID_H_
