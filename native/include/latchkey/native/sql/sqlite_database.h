// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SQL_SQLITE_DATABASE_H_
#define LATCHKEY_NATIVE_SQL_SQLITE_DATABASE_H_

/**
 * SQLite behind the `database` interface: write-ahead log, `synchronous=FULL` (a commit that was acknowledged survives
 * a power cut), foreign keys on, prepared statements kept per connection. Several processes may share one file.
 */

#include <cstddef>
#include <memory>
#include <string>

#include "latchkey/native/sql/database.h"

namespace latchkey::native {

struct sqlite_options {
  /** The file, or `:memory:` for a database that lives in one connection and dies with it. */
  std::string path;
  /** How many connections, all of them opened at once, and one more that watches for changes; `:memory:` has one. */
  std::size_t max_connections = 8;
  /**
   * How long a call waits before `unavailable`, for another writer, a free connection and the lock of another process in
   * all. Once that lock has outlasted a writer, those behind it fail at once, and the next ones wait a quarter of a second
   * at most until one gets it.
   */
  int busy_timeout_ms = 1'500;
  /** Opens a file that is there and changes nothing, neither in it nor beside it: to look at what others use. */
  bool is_read_only = false;
};

/**
 * Opens, or creates with mode 0600, a database. `store_failed` when the file can't be used; `configuration_invalid` for
 * an empty path or no connections.
 */
[[nodiscard]] result<std::shared_ptr<database>> open_sqlite_database(const sqlite_options& options);

/** The version of the SQLite library, for `latchkey doctor`. Lives as long as the program. */
[[nodiscard]] const char* sqlite_library_version() noexcept;

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SQL_SQLITE_DATABASE_H_
