// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_SESSIONS_SESSION_BATCHES_H_
#define LATCHKEY_NATIVE_SRC_SESSIONS_SESSION_BATCHES_H_

/**
 * Ends many listed sessions of one user with a few statements each. Every other writer waits for a transaction, so one ends
 * a bounded number and the next one begins after a pause.
 */

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "latchkey/native/sql/database.h"
#include "sessions/revocation_mirror.h"
#include "sessions/revocation_tables.h"

namespace latchkey::native {

/** Of so many rows at most a transaction disposes: some ten milliseconds of work. */
inline constexpr std::int64_t session_batch_rows = 250;

/** Lets the other writers of this process and of others have their turn between two transactions. */
void pause_between_batches();

/** Which of a user's rows: those between two places, but for the session that stays. */
struct session_range {
  std::string_view user_id;
  /** Behind this place. */
  std::int64_t after = 0;
  /** Up to this place, with it. */
  std::int64_t last = 0;
  /** The family of the session that stays. */
  std::optional<session_hash> kept = {};
};

struct ended_batch {
  /** What was written down. */
  revocation_tables::member_list ended;
  /** How many of the sessions had not expired. */
  std::int64_t live = 0;
  /** The place of the last row that was looked at. */
  std::int64_t reached = 0;
  /** As many rows as were allowed: there may be more. */
  bool is_full = false;
};

class session_batches {
 public:
  explicit session_batches(sql_executor& store) : store_(store) {}

  /** Ends the first `limit` rows of the range, with their families. */
  [[nodiscard]] result<ended_batch> end(const session_range& range, std::int64_t limit, std::int64_t now_ms);
  /**
   * Ends what rows behind `range.last` were renewed into after the renewal with this place: the sessions that were renewed
   * while the range was ended.
   */
  [[nodiscard]] result<ended_batch> end_renewed(const session_range& range, std::int64_t last_renewal,
                                                std::int64_t now_ms);
  /** The place of a user's row with that many newer ones; 0 when there is none. */
  [[nodiscard]] result<std::int64_t> place_of_newest(std::string_view user_id, std::int64_t newer);
  /** The place of the last renewal of any session; 0 without any. */
  [[nodiscard]] result<std::int64_t> last_renewal();

 private:
  [[nodiscard]] result<void> write(const session_range& range, const session_hash& kept_row);

  sql_executor& store_;
};

/** Is shown what a transaction has ended, once it is committed. */
using ended_report = std::function<void(const revocation_tables::member_list&)>;

/**
 * Ends the families of all listed sessions of the same user but that of `current`; how many had not expired. One transaction
 * where a batch is enough. Otherwise each batch is one, and what is renewed meanwhile ends as well; sessions that begin
 * meanwhile do not. `unauthenticated` when `current` is over.
 */
[[nodiscard]] result<std::int64_t> end_other_sessions(database& store, const latchkey::session& current,
                                                      std::int64_t now_ms, const ended_report& show);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_SESSIONS_SESSION_BATCHES_H_
