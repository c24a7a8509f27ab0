// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SESSIONS_SESSION_PROVIDER_H_
#define LATCHKEY_NATIVE_SESSIONS_SESSION_PROVIDER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "latchkey/result.h"
#include "latchkey/session.h"

namespace latchkey::native {

/** What opening a cookie's value gave: a live session. */
struct opened_session {
  latchkey::session session = {};
  /** More than half of the idle time is gone: a renewal is worth its cookie. */
  bool renewal_due = false;
};

/** A session and the text that its cookie carries. */
struct issued_session {
  latchkey::session session = {};
  std::string cookie_value = {};
};

/** What a renewal gave: the session to go on with, read as if this were an optional one. */
struct refreshed_session {
  /** Empty when the session is over. */
  std::optional<issued_session> issued = {};
  /**
   * Set beside an empty `issued`: the session that was renewed longer ago than the grace time. Of its two holders one is
   * a thief; all that descends from it was ended by this very call, and whoever asked has to put that on record.
   */
  std::optional<latchkey::session> reused = {};

  [[nodiscard]] bool has_value() const noexcept { return issued.has_value(); }
  [[nodiscard]] explicit operator bool() const noexcept { return issued.has_value(); }
  [[nodiscard]] issued_session& operator*() noexcept { return *issued; }
  [[nodiscard]] const issued_session& operator*() const noexcept { return *issued; }
  [[nodiscard]] const issued_session* operator->() const noexcept { return &*issued; }
};

/** A session that was ended by the cookie that holds it. */
struct ended_session {
  latchkey::session session = {};
  /** It was renewed longer ago than the grace time, as in `refreshed_session`: somebody else went on with it. */
  bool was_reused = false;
};

/** How a session comes about. */
struct session_origin {
  /** What `begin_sign_in` gave before the proof was checked. 0 is before everything, so it never opens too much. */
  std::int64_t sign_in_mark = 0;
  /** Where from, for its owner to recognise; empty when unknown. */
  std::string ip = {};
  std::string user_agent = {};
  /**
   * What the session shall carry, such as the id of its session at an identity provider: a JSON object of at most 1 KiB,
   * or null. It comes back in `session.metadata`, through renewals too. Anything else is `session_invalid`.
   */
  json_value metadata = {};
};

inline constexpr std::size_t listed_sessions_max = 1'000;

/** A session as its owner sees it among their others. */
struct listed_session {
  /** `session_handle` of its id: names it and opens nothing. */
  std::string handle = {};
  std::int64_t created_at_ms = 0;
  std::int64_t expires_at_ms = 0;
  /** The last renewal, which is all that is written down about its use. */
  std::optional<std::int64_t> last_seen_ms = {};
  /** From its origin. */
  std::string ip = {};
  std::string user_agent = {};
  bool is_current = false;
};

/** SHA-256 of a session's id as base64url, under which stores and audit events know it. Fails with the library alone. */
[[nodiscard]] result<std::string> session_handle(std::string_view session_id);

/** Keeps sessions (documented: ISessionProvider). Cookie names and attributes are the HTTP layer's. */
class session_provider {
 public:
  virtual ~session_provider() = default;
  /**
   * To be called before a proof is checked (a password hashed, a code exchanged), and its answer handed to
   * `create_session`: which of the calls of `revoke_user_sessions` came before. It counts calls and is no time, so that
   * neither the clocks of two servers nor a shared millisecond decide who gets in.
   */
  [[nodiscard]] virtual result<std::int64_t> begin_sign_in() = 0;
  /**
   * A new session, with a new id, for a person who has just proven who they are. `unauthenticated` when all sessions of
   * that person were ended since the sign-in began: what was proven, such as an old password, may count no longer.
   */
  [[nodiscard]] virtual result<issued_session> create_session(std::string_view user_id,
                                                              const session_origin& origin) = 0;
  /** The live session behind a cookie's value; empty for every kind of invalid, expired or revoked one. */
  [[nodiscard]] virtual result<std::optional<opened_session>> open_session(std::string_view cookie_value) = 0;
  /** Ends it everywhere, with all that it was renewed into. Ending what is over or unknown is no error. */
  [[nodiscard]] virtual result<void> revoke_session(const latchkey::session& session) = 0;
  /**
   * Ends the session behind a cookie's value like `revoke_session`, also one that opens nothing any more because it was
   * renewed long ago: what it was renewed into is ended with it. What counts is that the value is genuine, not that it is
   * alive now: a clock that is wrong at the sign-out and right later revives nothing. Empty for an invalid or revoked one,
   * and for one of which nothing is known any more. Only what opens, unless a provider knows better.
   */
  [[nodiscard]] virtual result<std::optional<ended_session>> end_session(std::string_view cookie_value);
  /**
   * Replaces a live session by one with a new id and a later end; one atomic step. Of any number of concurrent calls for
   * one session exactly one makes a new session, the others get that same one for 10 s. Empty when the session is over,
   * or was renewed longer ago: then all that descends from it is revoked as well, and `reused` says so.
   */
  [[nodiscard]] virtual result<refreshed_session> refresh_session(std::string_view cookie_value) = 0;
  /**
   * Ends every session of a person whose sign-in has begun before this call, and refuses those that are not admitted yet.
   * The order of the calls decides, not the clock.
   */
  [[nodiscard]] virtual result<void> revoke_user_sessions(std::string_view user_id) = 0;
  /** Seconds that a cookie for this session should live. */
  [[nodiscard]] virtual std::int64_t max_age_seconds(const latchkey::session& session) const = 0;
  /**
   * The live sessions of a person, newest first, at most `listed_sessions_max`; one that was renewed appears as what it
   * was renewed into. `current` is the caller's own, to be marked. Here and below `not_configured` where the provider
   * keeps no list.
   */
  [[nodiscard]] virtual result<std::vector<listed_session>> list_sessions(std::string_view user_id,
                                                                          const latchkey::session* current = nullptr);
  /** Ends one of a person's listed sessions; false for a handle that is not one of these. */
  [[nodiscard]] virtual result<bool> revoke_listed_session(std::string_view user_id, std::string_view handle);
  /** Ends all listed sessions of the same person but this one; how many. `unauthenticated` when this one is over. */
  [[nodiscard]] virtual result<std::int64_t> revoke_other_sessions(const latchkey::session& current);
  /** Set-Cookie lines that delete what this provider has set beside the session's cookie, which is the server's. */
  [[nodiscard]] virtual std::vector<std::string> clearing_cookies() const { return {}; }
  /**
   * The cookie's name to which this provider binds what it issues, prefix included; empty when any will do. A server with
   * another one (`session_cookie_settings::name`) is refused. Lives as long as the provider.
   */
  [[nodiscard]] virtual std::string_view cookie_name() const noexcept { return {}; }
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SESSIONS_SESSION_PROVIDER_H_
