// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_READINESS_H_
#define LATCHKEY_NATIVE_APP_READINESS_H_

/**
 * What a server asks before it says that it is ready. What is cheap is asked at each `/readyz`; that the database and
 * Redis can be written to is tried every second on a thread of its own, so that no stranger makes it write.
 */

#include <memory>
#include <string>
#include <vector>

#include "composition.h"
#include "latchkey/native/http/health_watch.h"
#include "latchkey/native/metrics/metrics.h"
#include "settings.h"

namespace latchkey::app {

/**
 * `store`: a disk with room, the right to write in time, and now and then a write that is kept. `redis`: a key that is
 * written and goes by itself.
 */
[[nodiscard]] std::vector<native::readiness_check> write_checks(const settings& all, const stores& opened);

/** A watch over them that logs what changes and counts in `metrics`. It checks nothing before its `start`. */
[[nodiscard]] result<std::shared_ptr<native::health_watch>> make_health_watch(
    const settings& all, const stores& opened, const std::shared_ptr<native::metrics_registry>& metrics);

/** Why Redis can't be used, as a sentence that says what to do where its own words don't. */
[[nodiscard]] std::string describe_redis_failure(const error& failed);

/** What `/readyz` asks: whether the store and Redis answer now, and what the watch found last. */
[[nodiscard]] std::vector<native::readiness_check> readiness_checks(
    const stores& opened, const std::shared_ptr<const native::health_watch>& watch);

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_READINESS_H_
