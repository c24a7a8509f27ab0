// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SESSIONS_SESSION_STORE_H_
#define LATCHKEY_NATIVE_SESSIONS_SESSION_STORE_H_

/**
 * A revocation store that knows every session by what it holds, not by what speaks against it: a session it has no record
 * of is over. What such a store loses, in a restart or under pressure, therefore signs people out and never in, and a
 * session needs no cookie with a seal: its id alone finds it.
 *
 * Records are under SHA-256 of the id (SS-12). The id of a successor, which concurrent renewals have to be told, is sealed
 * under the id of its predecessor, so that a dump of the store opens nothing.
 */

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>

#include "latchkey/native/sessions/revocation_store.h"

namespace latchkey::native {

/** A record that has not expired. */
struct found_session {
  latchkey::session session = {};
  /** False for one that was renewed longer ago than the grace time. */
  bool is_live = false;
};

/** As the present of `session_store::find`: finds what has expired as well, as long as it is kept. */
inline constexpr std::int64_t at_any_time = std::numeric_limits<std::int64_t>::min();

class session_store : public revocation_store {
 public:
  /** The session with this id; empty for an unknown, ended or expired one. */
  [[nodiscard]] virtual result<std::optional<found_session>> find(std::string_view session_id, std::int64_t now_ms) = 0;
  /**
   * How many sessions are kept that have not expired; one that was renewed counts once. `not_configured` where the store
   * does not count them.
   */
  [[nodiscard]] virtual result<std::size_t> session_count(std::int64_t now_ms);
  /** Ends every session of every user, and refuses the sign-ins that have begun. `not_configured` as above. */
  [[nodiscard]] virtual result<void> clear();
};

struct memory_store_limits {
  /** Renewed sessions count until they expire, because a late use of them has to be noticed. */
  std::size_t max_sessions = 100'000;
  /** Of one person; at least 16. */
  std::size_t max_sessions_per_user = 1'000;
};

/**
 * A store in this process's memory, which a restart empties. Bounded (SS-25): when it is full, expired records are swept;
 * when all are live, new sessions and renewals are refused with `unavailable`, because ending somebody's session to make
 * room for another would let strangers sign people out. Within one person's share the oldest record makes room instead,
 * so that nobody can fill the store alone. About 600 bytes a session. `configuration_invalid` for limits that are too low.
 */
[[nodiscard]] result<std::shared_ptr<session_store>> make_memory_revocation_store(
    const memory_store_limits& limits = {});

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SESSIONS_SESSION_STORE_H_
