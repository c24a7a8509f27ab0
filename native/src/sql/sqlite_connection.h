// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SQL_SQLITE_CONNECTION_H_
#define LATCHKEY_NATIVE_SQL_SQLITE_CONNECTION_H_

/** One connection to a SQLite file with its prepared statements. Used by one thread at a time. */

#include <sqlite3.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "latchkey/native/sql/database.h"
#include "latchkey/native/sql/sqlite_database.h"

namespace latchkey::native {

struct sqlite_statement_deleter {
  void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
};
struct sqlite_deleter {
  void operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
};

class sqlite_connection {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /** Waits for others until the deadline, as its statements do until they are given another one. */
  [[nodiscard]] static result<std::unique_ptr<sqlite_connection>> open(const sqlite_options& options,
                                                                       time_point deadline);

  /** Until when statements wait for a lock that another connection holds. */
  void wait_until(time_point deadline) noexcept { deadline_ = deadline; }

  [[nodiscard]] result<std::int64_t> execute(std::string_view text, std::span<const sql_value> parameters);
  [[nodiscard]] result<void> visit(std::string_view text, std::span<const sql_value> parameters,
                                   const sql_visitor& visitor);
  /** Ends a transaction that is still open, if there is one. */
  void roll_back() noexcept;
  /** After a write that found the disk full: what the log holds goes into the file, which makes room. Waits for nobody. */
  void make_room() noexcept;
  /** Whether it is outside of any transaction and fit for reuse. */
  [[nodiscard]] bool is_idle() const noexcept { return sqlite3_get_autocommit(handle_.get()) != 0; }

 private:
  using statement_pointer = std::unique_ptr<sqlite3_stmt, sqlite_statement_deleter>;
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
  };

  sqlite_connection(std::unique_ptr<sqlite3, sqlite_deleter> handle, time_point deadline)
      : handle_(std::move(handle)), deadline_(deadline) {}
  [[nodiscard]] result<void> configure(const sqlite_options& options);
  [[nodiscard]] result<void> use_write_ahead_log();
  static int wait_for_lock(void* self, int count) noexcept;
  [[nodiscard]] result<sqlite3_stmt*> prepare(std::string_view text);
  [[nodiscard]] tl::unexpected<error> failure();
  [[nodiscard]] result<void> step_through(sqlite3_stmt* statement, const sql_visitor& visitor);

  std::unique_ptr<sqlite3, sqlite_deleter> handle_;
  time_point deadline_;
  // Whether the last failure was a full disk.
  bool is_disk_full_ = false;
  std::unordered_map<std::string, statement_pointer, text_hash, std::equal_to<>> statements_;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SQL_SQLITE_CONNECTION_H_
