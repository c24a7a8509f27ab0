// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_SESSIONS_SESSION_ROWS_H_
#define LATCHKEY_NATIVE_SRC_SESSIONS_SESSION_ROWS_H_

/**
 * The list of sessions that their owners see, as a table. A row is written and taken away in the transaction that admits,
 * renews or ends its session, so that neither can be without the other.
 */

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "latchkey/native/sql/database.h"
#include "sessions/revocation_mirror.h"

namespace latchkey::native {

struct session_row {
  session_hash hash{};
  std::string user_id;
  std::int64_t created_at_ms = 0;
  std::int64_t expires_at_ms = 0;
  std::optional<std::int64_t> last_seen_ms;
  std::string ip;
  std::string user_agent;
  /** As `session_stamp::mark`. */
  std::int64_t mark = -1;

  [[nodiscard]] session_stamp stamp() const noexcept { return {user_id, created_at_ms, expires_at_ms, mark}; }
};

[[nodiscard]] sql_value to_value(const session_hash& hash);
[[nodiscard]] session_hash to_hash(std::span<const std::uint8_t> bytes);
/** The hash that a handle stands for; empty for a text that is none. */
[[nodiscard]] std::optional<session_hash> parse_handle(std::string_view handle);

class session_rows {
 public:
  explicit session_rows(sql_executor& store) : store_(store) {}

  [[nodiscard]] static result<void> create(database& store);

  [[nodiscard]] result<void> insert(const session_row& row);
  /** Those of a user that have not expired, at most `limit`: the ones that were written last, newest session first. */
  [[nodiscard]] result<std::vector<session_row>> list(std::string_view user_id, std::int64_t now_ms,
                                                      std::int64_t limit);
  [[nodiscard]] result<std::optional<session_row>> find(const session_hash& hash);
  /** The latest creation time among a user's last sessions without a mark; 0 without any. */
  [[nodiscard]] result<std::int64_t> newest_unmarked_creation(std::string_view user_id);
  /** The place of the row that was written last, of any user; 0 without any. */
  [[nodiscard]] result<std::int64_t> last_place();
  [[nodiscard]] result<void> remove(const session_hash& hash);
  /** Deletes a user's oldest rows up to a place, at most `limit`; how many. */
  [[nodiscard]] result<std::int64_t> remove_user(std::string_view user_id, std::int64_t last_place, std::int64_t limit);

 private:
  sql_executor& store_;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_SESSIONS_SESSION_ROWS_H_
