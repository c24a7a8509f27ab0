// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_GUESS_WATCH_H_
#define LATCHKEY_NATIVE_APP_GUESS_WATCH_H_

/**
 * Tells when one account is guessed at from many addresses. Throttling counts by client and account together, so that no
 * stranger can lock a person out by failing on purpose; a tighter limit by account alone would do just that. So many
 * failures are an alarm instead: a line in the log and a metric, for the operator to decide.
 */

#include <memory>

#include "latchkey/native/audit/audit_provider.h"
#include "latchkey/native/clock.h"
#include "latchkey/native/metrics/metrics.h"

namespace latchkey::app {

/** So many failed sign-ins of one account within the window are an alarm, and no other one until the window is over. */
inline constexpr int alarming_failures = 20;
inline constexpr std::int64_t guess_window_ms = 15 * 60'000;

/**
 * Hands events on and counts the failed sign-ins among them by the digest of their address, for 10,000 addresses at most.
 * The alarm is the warning `sign_in_guesses` with the digest, as the audit events have it in `metadata.address`, and the
 * metric `latchkey_sign_in_alarms_total`. Each server counts for itself.
 */
[[nodiscard]] std::shared_ptr<native::audit_logger> watch_guesses(
    std::shared_ptr<native::audit_logger> next, std::shared_ptr<native::metrics_registry> metrics,
    native::clock_function clock = native::system_clock_ms);

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_GUESS_WATCH_H_
