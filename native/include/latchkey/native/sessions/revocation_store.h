// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SESSIONS_REVOCATION_STORE_H_
#define LATCHKEY_NATIVE_SESSIONS_REVOCATION_STORE_H_

/**
 * What a server must remember about sealed sessions, which otherwise live in cookies alone: the revoked ones until they
 * would have expired, an instant per user before which every session is over (SS-21), which session was renewed into
 * which (SS-24), and for the list that their owners see when and where each began. Sessions are known by the SHA-256 of their id (SS-12); the id of a successor is kept as well,
 * because concurrent renewals must get the same one, and is no credential without the sealing key.
 *
 * A session and all that it was renewed into, or came from, are one family: whoever ends one ends all.
 */

#include <cstdint>
#include <memory>
#include <string_view>

#include "latchkey/native/clock.h"
#include "latchkey/native/sessions/session_provider.h"
#include "latchkey/native/sql/database.h"
#include "latchkey/session.h"

namespace latchkey::native {

/** For so long concurrent renewals of one session get the same successor, and the old one still opens. */
inline constexpr std::int64_t renewal_grace_ms = 10'000;

enum class renewal_outcome : std::uint8_t {
  /** The candidate is the successor now. */
  renewed,
  /** Someone else renewed it just now: this is their session. */
  joined,
  /** It is revoked. */
  over,
  /** It was renewed longer ago than the grace time: one of the two holders is a thief, so the family was ended. */
  reused
};

enum class revocation_outcome : std::uint8_t {
  /** It was in use, or its renewal is recent. */
  ended,
  /** It was renewed longer ago than the grace time, so somebody else went on with its family. */
  reused,
  /** It was revoked before, or is unknown. */
  over
};

struct renewal {
  renewal_outcome outcome = renewal_outcome::over;
  /** The session to go on with; unset fields unless renewed or joined. */
  latchkey::session session = {};
};

/** Every error denies. May be called from several threads at once. */
class revocation_store {
 public:
  virtual ~revocation_store() = default;
  /**
   * Whether nothing speaks against it. Answered from memory; what another process wrote counts within 1 s. A session
   * that was renewed less than the grace time ago is still live, so that requests under way don't fail.
   */
  [[nodiscard]] virtual result<bool> is_live(const latchkey::session& value, std::int64_t now_ms) = 0;
  /** Ends its family, and tells in the same atomic step what it was. Durable when it returns. */
  [[nodiscard]] virtual result<revocation_outcome> revoke(const latchkey::session& value, std::int64_t now_ms) = 0;
  /**
   * Ends every session of a user that exists now, whatever the time of its creation. Each call gets a number that is
   * higher than all before it.
   */
  [[nodiscard]] virtual result<void> revoke_user(std::string_view user_id, std::int64_t now_ms) = 0;
  /** The number of the last `revoke_user`, of this process or another; see `session_provider::begin_sign_in`. */
  [[nodiscard]] virtual result<std::int64_t> sign_in_mark() = 0;
  /** The creation time for a session that begins now. */
  [[nodiscard]] virtual result<std::int64_t> creation_time(std::string_view user_id, std::int64_t now_ms) = 0;
  /**
   * Admits a new session whose creation time is from `creation_time`, in one atomic step with the question whether the
   * user's sessions were ended since the mark of its origin: then `unauthenticated`. Durable when it returns.
   */
  [[nodiscard]] virtual result<void> add(const latchkey::session& value, const session_origin& origin,
                                         std::int64_t now_ms) = 0;
  /** The live ones of a user, newest first; see `session_provider::list_sessions`. */
  [[nodiscard]] virtual result<std::vector<listed_session>> list(std::string_view user_id,
                                                                 const latchkey::session* current,
                                                                 std::int64_t now_ms) = 0;
  /** Ends the family of one of the user's listed sessions; false when the handle is not one of these. */
  [[nodiscard]] virtual result<bool> revoke_listed(std::string_view user_id, std::string_view handle,
                                                   std::int64_t now_ms) = 0;
  /** Ends the families of the user's other listed sessions; how many. `unauthenticated` when `current` is over. */
  [[nodiscard]] virtual result<std::int64_t> revoke_others(const latchkey::session& current, std::int64_t now_ms) = 0;
  /** Makes `candidate` the successor of `old` unless it has one or is over; one atomic step across processes. */
  [[nodiscard]] virtual result<renewal> renew(const latchkey::session& old, const latchkey::session& candidate,
                                              std::int64_t now_ms) = 0;
};

struct sql_revocation_options {
  /** Beyond that a user's oldest session ends when another one begins; at least 16. */
  std::size_t max_sessions_per_user = 1'000;
  /** What the deletion of old rows trusts beside the wall clock. For tests. */
  clock_function steady_clock = monotonic_clock_ms;
};

/**
 * The store in a database. Creates its tables; loads what is in them. `configuration_invalid` for a limit that is too low
 * or a missing clock.
 *
 * Rows that don't matter any more are deleted once both the wall clock and the monotonic clock have passed them by a day.
 * A deletion is on record with a number: a session that began before it and would have expired by its time is over, so a
 * clock that goes back revives nothing of which the rows are gone. A wall clock that is ahead when a process starts can
 * therefore sign people out, and never in.
 *
 * A copy of the database from before knows no sign-out since: restore one only together with an end of all sessions.
 */
[[nodiscard]] result<std::shared_ptr<revocation_store>> open_sql_revocation_store(std::shared_ptr<database> store,
                                                                                  sql_revocation_options options = {});

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SESSIONS_REVOCATION_STORE_H_
