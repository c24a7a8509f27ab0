// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_REDIS_REDIS_SESSION_PROVIDER_H_
#define LATCHKEY_NATIVE_REDIS_REDIS_SESSION_PROVIDER_H_

/**
 * Sessions of several servers in one Redis. Every step that must happen once is one Lua script. Each server keeps what it
 * has looked up in memory and asks Redis at most every 200 ms what was ended or renewed meanwhile, so a sign-out counts at
 * once on the server that answered it and within a second on the others. While Redis can't be reached nobody is signed in.
 *
 * Redis holds what there is, not what was revoked: a restart without persistence, an eviction or a fail-over that loses
 * writes signs people out. A fail-over that loses the last sign-outs is the one thing that can bring a session back: have
 * `appendfsync always` or `WAIT` on the server where that matters. One server or a primary with replicas, no cluster.
 */

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "latchkey/native/redis/redis_client.h"
#include "latchkey/native/sessions/stored_session_provider.h"

namespace latchkey::native {

struct redis_store_options {
  /** Before the names of all keys; two deployments that share a Redis need different ones. */
  std::string prefix = "latchkey:";
  /** Beyond that a person's oldest session makes room; at least 16. */
  std::size_t max_sessions_per_user = 1'000;
  /** How many sessions the memory of this server keeps, about 300 bytes each. */
  std::size_t cached_sessions = 100'000;
  /**
   * What `on_state` was told last, before this process began; 0 when nothing is known. With it a loss that came while no
   * server ran is noticed as well.
   */
  std::int64_t known_state = 0;
  /**
   * Called with the number of the state that Redis holds, once for each new one. The number stays the same for as long as
   * Redis keeps its data. From any thread, while a request waits; must not use the store.
   */
  std::function<void(std::int64_t state)> on_state = {};
  /**
   * Called once when Redis has lost its data, as after a restart without persistence: every session from before has
   * ended. From any thread, while a request waits; must not use the store.
   */
  std::function<void()> on_state_lost = {};
};

/**
 * The store alone, for sealed cookies. Redis need not be up yet. `configuration_invalid` without a client or prefix, or for
 * limits that are too low.
 */
[[nodiscard]] result<std::shared_ptr<session_store>> make_redis_revocation_store(std::shared_ptr<redis_client> client,
                                                                                 redis_store_options options = {});

struct redis_session_options {
  redis_store_options store = {};
  stored_session_options sessions = {};
};

/** Sessions with nothing but an id in their cookie. The same refusals, and those of `stored_session_provider::make`. */
[[nodiscard]] result<std::shared_ptr<stored_session_provider>> make_redis_session_provider(
    std::shared_ptr<redis_client> client, redis_session_options options = {});

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_REDIS_REDIS_SESSION_PROVIDER_H_
