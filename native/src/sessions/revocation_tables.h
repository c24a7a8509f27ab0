// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SESSIONS_REVOCATION_TABLES_H_
#define LATCHKEY_NATIVE_SESSIONS_REVOCATION_TABLES_H_

/** The statements of the SQL revocation store, over a database or one of its transactions. */

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "latchkey/native/sql/database.h"
#include "latchkey/session.h"
#include "sessions/revocation_mirror.h"

namespace latchkey::native {

/** What a session was renewed into. */
struct renewal_row {
  session_hash successor_hash{};
  std::string successor_id;
  std::int64_t successor_created_at_ms = 0;
  std::int64_t successor_expires_at_ms = 0;
  std::int64_t renewed_at_ms = 0;
};

/** The instant up to which a user's sessions are over, and the number of the call that moved it there. */
struct user_cutoff {
  std::int64_t not_before_ms = 0;
  std::int64_t number = 0;
};

/** The last row of each table that the mirror has seen. */
struct revocation_progress {
  std::int64_t revoked = 0;
  std::int64_t cutoffs = 0;
  std::int64_t renewals = 0;
};

class revocation_tables {
 public:
  /** A session's hash and when it would expire. */
  using member_list = std::vector<std::pair<session_hash, std::int64_t>>;

  explicit revocation_tables(sql_executor& store) : store_(store) {}

  [[nodiscard]] static result<void> create(database& store);

  /** Copies the rows that are newer than `progress` into the mirror. */
  [[nodiscard]] result<void> read_new(revocation_progress& progress, revocation_mirror& mirror);
  /** Whether the session is revoked, by itself, by its user's cutoff, or with the rows that a sweep has deleted. */
  [[nodiscard]] result<bool> is_over(const session_hash& hash, const latchkey::session& value);
  [[nodiscard]] result<std::optional<renewal_row>> find_renewal(const session_hash& old);
  /** The last row of the chain of renewals that begins with `row`. */
  [[nodiscard]] result<renewal_row> follow(renewal_row row);
  /** False when the session already has a successor. */
  [[nodiscard]] result<bool> insert_renewal(const session_hash& old, std::int64_t old_expires_at_ms,
                                            const renewal_row& row);
  /** Lists the successor in place of the old session, with its origin. */
  [[nodiscard]] result<void> move_row(const session_hash& old, const session_hash& successor,
                                      const latchkey::session& value, std::int64_t now_ms);
  /** What a session and all that it was renewed into, or came from, have in common; its own hash before any renewal. */
  [[nodiscard]] result<session_hash> family_of(const session_hash& hash);
  /** Revokes the session and all of its family, and takes them off the list; what was written down for that. */
  [[nodiscard]] result<member_list> revoke_family(const session_hash& hash, std::int64_t expires_at_ms);
  /** Zeros for a user whose sessions were never ended. */
  [[nodiscard]] result<user_cutoff> find_cutoff(std::string_view user_id);
  /** Moves a user's cutoff to the instant, or past the present one; where it is now. */
  [[nodiscard]] result<user_cutoff> move_cutoff(std::string_view user_id, std::int64_t instant_ms);
  /** Deletes rows that expired before the instant, at most `limit` of each table; how many. */
  [[nodiscard]] result<std::int64_t> delete_expired(std::int64_t before_ms, std::int64_t limit);
  /** Puts a deletion on record, under a number behind all marks that were given. */
  [[nodiscard]] result<void> record_sweep(std::int64_t before_ms);
  /** The deletions that still decide about a session. */
  [[nodiscard]] result<std::vector<sweep_record>> sweeps();

 private:
  sql_executor& store_;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SESSIONS_REVOCATION_TABLES_H_
