// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_REDIS_REDIS_THROTTLE_H_
#define LATCHKEY_NATIVE_REDIS_REDIS_THROTTLE_H_

/**
 * Counts the attempts of several servers together, in one Redis (CR-09, CR-10). Each step is one Lua script over one key:
 * it keeps the theoretical arrival time of core's `throttle.h`, and time is Redis's own, so servers whose clocks differ
 * count alike. Names of keys are SHA-256 digests: no address of a person is readable there. A key goes by itself once it
 * is as good as new.
 *
 * What Redis forgets is allowed anew: a restart without persistence and an eviction give attempts back. `maxmemory-policy
 * noeviction` refuses a flood of new keys instead, and what can't be counted is denied.
 */

#include <memory>
#include <string>

#include "latchkey/native/clock.h"
#include "latchkey/native/redis/redis_client.h"
#include "latchkey/native/throttle/throttle.h"

namespace latchkey::native {

struct redis_throttle_options {
  /** Before the names of all keys, as in `redis_store_options`; two deployments that share a Redis need different ones. */
  std::string prefix = "latchkey:";
  /** Milliseconds since 1970, within 2^52 of it. Unset: Redis's own clock. For tests. */
  clock_function clock = {};
};

/**
 * Redis need not be up yet. Every call is one command, and `unavailable` while Redis can't be reached, answers too late or
 * holds something else under the key. `configuration_invalid` without a client or prefix.
 */
[[nodiscard]] result<std::shared_ptr<throttle>> make_redis_throttle(std::shared_ptr<redis_client> client,
                                                                    redis_throttle_options options = {});

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_REDIS_REDIS_THROTTLE_H_
