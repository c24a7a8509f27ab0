// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_SESSION_H_
#define LATCHKEY_SESSION_H_

/**
 * What a session is, how long it lives, and its JSON form, which is also what a sealed cookie holds. Times are
 * milliseconds since 1970 in memory and ISO 8601 (UTC, milliseconds) in JSON.
 */

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "latchkey/json_codec.h"
#include "latchkey/result.h"

namespace latchkey {

inline constexpr std::size_t session_metadata_max_bytes = 1024;
inline constexpr std::size_t session_id_max_bytes = 128;
inline constexpr std::size_t session_user_id_max_bytes = 256;
/** A session created further in the future than this was made by a clock that can't be trusted. */
inline constexpr std::int64_t session_clock_skew_ms = 60'000;

struct session {
  /** 160 random bits as base64url. */
  std::string id = {};
  std::string user_id = {};
  /** When the person signed in. A renewal keeps it, so that the absolute end never moves. */
  std::int64_t created_at_ms = 0;
  std::int64_t expires_at_ms = 0;
  /** A JSON object of at most 1 KiB, or null. A renewal keeps it. */
  json_value metadata = {};
  /**
   * How many times the sessions of users had been ended at the sign-in; not negative. A renewal keeps it. A session is
   * over once a higher number stands at its user, whatever the clocks say. Unset in sessions that were made without one.
   */
  std::optional<std::int64_t> sign_in_mark = {};

  friend bool operator==(const session&, const session&) = default;
};

/** How long sessions live. */
struct session_lifetimes {
  std::int64_t idle_ms = std::int64_t{24} * 3'600'000;
  std::int64_t absolute_ms = std::int64_t{7} * 24 * 3'600'000;
};

/** The end of a session that is created or renewed now: the idle time from now, never past the absolute end. */
[[nodiscard]] std::int64_t session_end(std::int64_t created_at_ms, std::int64_t now_ms,
                                       const session_lifetimes& lifetimes) noexcept;

/**
 * Whether it is alive: `now < expiresAt`, not past its absolute end, not created more than 60 s in the future, and not
 * lasting longer than the lifetimes allow. Arithmetic saturates, so absurd times are refused and never wrap.
 */
[[nodiscard]] bool is_alive(const session& value, std::int64_t now_ms, const session_lifetimes& lifetimes) noexcept;

/** Whether less than half of the idle time is left and a renewal would gain something. */
[[nodiscard]] bool is_renewal_due(const session& value, std::int64_t now_ms,
                                  const session_lifetimes& lifetimes) noexcept;

/** `{id,userId,createdAt,expiresAt,mark?,metadata?}`. `session_invalid` when a field is over its limit or an id is no UTF-8. */
[[nodiscard]] result<std::string> to_session_json(const session& value);

/** Reads exactly that: unknown members, wrong types and anything over a limit are `session_invalid`. */
[[nodiscard]] result<session> parse_session_json(std::string_view text);

/** `2026-11-21T12:29:49.000Z`; years 0000–9999. */
[[nodiscard]] std::string to_iso_time(std::int64_t ms);
/** Reads exactly that form, dates that exist only. */
[[nodiscard]] std::optional<std::int64_t> parse_iso_time(std::string_view text) noexcept;

}  // namespace latchkey

#endif  // LATCHKEY_SESSION_H_
