// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_REDIS_SESSION_SCRIPTS_H_
#define LATCHKEY_NATIVE_SRC_REDIS_SESSION_SCRIPTS_H_

/**
 * The atomic steps of the Redis store, in Lua. KEYS[1] is the prefix of all keys:
 *
 *   state       hash: n, the number of the last change; b, its first value, the microsecond in which it was made. A Redis
 *               that lost everything begins at a later microsecond, so no number ever comes twice.
 *   log         stream of the changes: the hash of a session that was ended or renewed, under the number as its id
 *   s:<hash>    hash of a session: u user, c created, e expires, f family, i ip, a user agent, l last renewal,
 *               m metadata where there is some;
 *               once it is renewed: r when, h the successor's hash, x its sealed id
 *   f:<family>  set of the hashes of a family
 *   u:<user>    sorted set of a user's hashes by expiry
 *   c:<user>    number of the change that last ended all of a user's sessions
 */

#include <string>

namespace latchkey::native::session_scripts {

/** The number of the last change. */
[[nodiscard]] const std::string& mark();
/**
 * hash, user, created, expires, ttl, mark, ip, user agent, now, most per user, metadata or nothing → 1, or 0 when the mark
 * is too old.
 */
[[nodiscard]] const std::string& add();
/**
 * old hash, user, new hash, created, expires, ttl, now, sealed id, most per user → {0} over, {1} renewed, or
 * {2, renewed at, then sealed id, created and expires of each successor}.
 */
[[nodiscard]] const std::string& renew();
/** hash → {} for an unknown one, or {when it was renewed, the hashes of its family}, which is ended. */
[[nodiscard]] const std::string& end_family();
/** user → the hashes of all their sessions, which are ended. */
[[nodiscard]] const std::string& end_user();
/** user, hash, now → {0} for none of the user's listed sessions, or {1, the ended hashes}. */
[[nodiscard]] const std::string& end_listed();
/** user, hash to keep → {0} when that is over, or {1, how many were listed, the ended hashes}. */
[[nodiscard]] const std::string& end_others();
/** user, now, own hash → {own family, then hash, created, expires, last renewal, ip, user agent and family of each}. */
[[nodiscard]] const std::string& list();

}  // namespace latchkey::native::session_scripts

#endif  // LATCHKEY_NATIVE_SRC_REDIS_SESSION_SCRIPTS_H_
