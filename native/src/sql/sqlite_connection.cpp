// SPDX-License-Identifier: Apache-2.0
#include "sql/sqlite_connection.h"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <limits>
#include <thread>
#include <type_traits>
#include <utility>

namespace latchkey::native {
namespace {

// The statements of this product are a few dozen constants; the bound is for a host that composes its own.
constexpr std::size_t max_cached_statements = 256;

tl::unexpected<error> too_long() { return fail(errc::store_failed, "A value is too long for the database."); }

int bind(sqlite3_stmt* statement, int index, const sql_value& value) {
  return std::visit(
      [&](const auto& held) {
        using held_type = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<held_type, std::int64_t>) {
          return sqlite3_bind_int64(statement, index, held);
        } else if constexpr (std::is_same_v<held_type, double>) {
          return sqlite3_bind_double(statement, index, held);
        } else if constexpr (std::is_same_v<held_type, std::string>) {
          return sqlite3_bind_text64(statement, index, held.data(), held.size(), SQLITE_STATIC, SQLITE_UTF8);
        } else if constexpr (std::is_same_v<held_type, sql_blob>) {
          // A null pointer would bind NULL, not the empty value.
          return held.empty() ? sqlite3_bind_zeroblob(statement, index, 0)
                              : sqlite3_bind_blob64(statement, index, held.data(), held.size(), SQLITE_STATIC);
        } else {
          return sqlite3_bind_null(statement, index);
        }
      },
      value);
}

sql_value read_column(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      return sqlite3_column_int64(statement, column);
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, column);
    case SQLITE_TEXT: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
      return std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
    }
    case SQLITE_BLOB: {
      const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement, column));
      return sql_blob(bytes, bytes + sqlite3_column_bytes(statement, column));
    }
    default:
      return std::monostate();
  }
}

sql_row read_row(sqlite3_stmt* statement) {
  const int columns = sqlite3_column_count(statement);
  std::vector<sql_value> values;
  values.reserve(static_cast<std::size_t>(columns));
  for (int column = 0; column < columns; ++column) values.push_back(read_column(statement, column));
  return sql_row(std::move(values));
}

// Without a write-ahead log nobody has the file open, and it is read as it is: SQLite would make the log's files to read
// it, which whoever looks may not be allowed to, and would leave there as theirs.
std::string read_only_name(const std::string& path) {
  std::string name = "file:";
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      constexpr std::string_view digits = "0123456789abcdef";
      const auto byte = static_cast<unsigned char>(c);
      name += {'%', digits[byte >> 4U], digits[byte & 15U]};
    } else {
      name += c;
    }
  }
  std::error_code failed;
  return std::filesystem::exists(path + "-wal", failed) ? name : name + "?immutable=1";
}

bool is_out_of_descriptors(sqlite3* handle) noexcept {
  const int reason = handle == nullptr ? 0 : sqlite3_system_errno(handle);
  return reason == EMFILE || reason == ENFILE;
}

tl::unexpected<error> out_of_descriptors() {
  rlimit limit{};
  const bool is_known = ::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  return fail(errc::store_failed, "The database can't be opened: out of file descriptors" +
                                      (is_known ? " (limit " + std::to_string(limit.rlim_cur) + ")" : std::string()) +
                                      "; raise the limit (`ulimit -n`, or LimitNOFILE of systemd).");
}

// Leaves a statement ready for its next use, whatever happened, and lets go of the caller's values.
class statement_use {
 public:
  explicit statement_use(sqlite3_stmt* statement) noexcept : statement_(statement) {}
  statement_use(const statement_use&) = delete;
  statement_use& operator=(const statement_use&) = delete;
  ~statement_use() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }

 private:
  sqlite3_stmt* statement_;
};

}  // namespace

result<std::unique_ptr<sqlite_connection>> sqlite_connection::open(const sqlite_options& options, time_point deadline) {
  sqlite3* raw = nullptr;
  const int access =
      options.is_read_only ? SQLITE_OPEN_READONLY | SQLITE_OPEN_URI : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const std::string name = options.is_read_only ? read_only_name(options.path) : options.path;
  const int opened = sqlite3_open_v2(name.c_str(), &raw, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  std::unique_ptr<sqlite3, sqlite_deleter> handle(raw);
  if (opened != SQLITE_OK) {
    if (is_out_of_descriptors(handle.get())) return out_of_descriptors();
    return fail(errc::store_failed, std::string("The database file can't be opened: ") + sqlite3_errstr(opened) + ".");
  }
  std::unique_ptr<sqlite_connection> connection(new sqlite_connection(std::move(handle), deadline));
  if (auto done = connection->configure(options); !done) return fail(std::move(done));
  return connection;
}

// Switching a new file to the log needs it for itself, and SQLite does not wait for that: two processes that start at
// once would trip over each other.
result<void> sqlite_connection::use_write_ahead_log() {
  constexpr std::chrono::milliseconds pause{20};
  for (;;) {
    bool has_log = false;
    auto mode = visit("PRAGMA journal_mode = WAL", {}, [&has_log](const sql_row& row) {
      has_log = row.text(0) == "wal" || row.text(0) == "memory";
      return true;
    });
    if (mode && has_log) return {};
    if (mode) return fail(errc::store_failed, "The database can't keep a write-ahead log where it is.");
    if (mode.error().code != errc::unavailable || std::chrono::steady_clock::now() >= deadline_) return mode;
    std::this_thread::sleep_for(pause);
  }
}

// SQLite's own timeout counts the pauses that it asked for and not those that it got, and knows nothing of the waits
// before the statement: only a deadline bounds a call on a busy machine.
int sqlite_connection::wait_for_lock(void* self, int count) noexcept {
  constexpr std::array<int, 5> pauses_ms{1, 2, 5, 10, 25};
  const auto left = static_cast<sqlite_connection*>(self)->deadline_ - std::chrono::steady_clock::now();
  if (left <= std::chrono::steady_clock::duration::zero()) return 0;
  const auto index = std::min(static_cast<std::size_t>(std::max(count, 0)), pauses_ms.size() - 1);
  std::this_thread::sleep_for(
      std::min<std::chrono::steady_clock::duration>(std::chrono::milliseconds(pauses_ms[index]), left));
  return 1;
}

result<void> sqlite_connection::configure(const sqlite_options& options) {
  sqlite3_busy_handler(handle_.get(), wait_for_lock, this);
  // A file that someone else may have written must neither run code of theirs nor be written around SQLite.
  sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  // "…" that names no column is a mistake, never a string.
  sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  if (!options.is_read_only) {
    if (auto done = use_write_ahead_log(); !done) return done;
  }
  // A log of 1 MiB goes into the file, and one that grew while a reader was slow gives its room back: who copies the file
  // alone misses little, and a disk fills by what is kept.
  constexpr std::array<std::string_view, 6> pragmas{
      "PRAGMA synchronous = FULL",   "PRAGMA foreign_keys = ON",        "PRAGMA temp_store = MEMORY",
      "PRAGMA cell_size_check = ON", "PRAGMA wal_autocheckpoint = 256", "PRAGMA journal_size_limit = 4194304"};
  for (const std::string_view pragma : pragmas) {
    if (auto done = execute(pragma, {}); !done) return fail(std::move(done));
  }
  return {};
}

tl::unexpected<error> sqlite_connection::failure() {
  const int code = sqlite3_extended_errcode(handle_.get());
  is_disk_full_ = is_disk_full_ || (code & 0xff) == SQLITE_FULL;
  if ((code & 0xff) == SQLITE_CANTOPEN && is_out_of_descriptors(handle_.get())) return out_of_descriptors();
  const bool busy = (code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED;
  // SQLite's text names tables and columns, never values.
  return fail(busy ? errc::unavailable : errc::store_failed,
              std::string("The database refused: ") + sqlite3_errmsg(handle_.get()) + ".");
}

result<sqlite3_stmt*> sqlite_connection::prepare(std::string_view text) {
  if (const auto found = statements_.find(text); found != statements_.end()) return found->second.get();
  if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return too_long();
  sqlite3_stmt* raw = nullptr;
  const char* rest = nullptr;
  const int prepared = sqlite3_prepare_v3(handle_.get(), text.data(), static_cast<int>(text.size()),
                                          SQLITE_PREPARE_PERSISTENT, &raw, &rest);
  statement_pointer statement(raw);
  if (prepared != SQLITE_OK) return failure();
  if (raw == nullptr || rest != text.data() + text.size()) {
    return fail(errc::store_failed, "A statement must be exactly one statement.");
  }
  if (statements_.size() >= max_cached_statements) statements_.clear();
  return statements_.emplace(std::string(text), std::move(statement)).first->second.get();
}

result<void> sqlite_connection::step_through(sqlite3_stmt* statement, const sql_visitor& visitor) {
  int state = sqlite3_step(statement);
  for (; state == SQLITE_ROW; state = sqlite3_step(statement)) {
    if (!visitor(read_row(statement))) return {};
  }
  if (state != SQLITE_DONE) return failure();
  return {};
}

result<void> sqlite_connection::visit(std::string_view text, std::span<const sql_value> parameters,
                                      const sql_visitor& visitor) {
  auto statement = prepare(text);
  if (!statement) return fail(std::move(statement));
  if (sqlite3_bind_parameter_count(*statement) != static_cast<int>(parameters.size())) {
    return fail(errc::store_failed, "A statement was given the wrong number of values.");
  }
  const statement_use use(*statement);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const int bound = bind(*statement, static_cast<int>(i) + 1, parameters[i]);
    if (bound == SQLITE_TOOBIG) return too_long();
    if (bound != SQLITE_OK) return failure();
  }
  try {
    return step_through(*statement, visitor);
  } catch (...) {
    return fail(errc::store_failed, "Reading from the database was broken off.");
  }
}

result<std::int64_t> sqlite_connection::execute(std::string_view text, std::span<const sql_value> parameters) {
  auto done = visit(text, parameters, [](const sql_row&) { return true; });
  if (!done) return fail(std::move(done));
  return sqlite3_changes64(handle_.get());
}

void sqlite_connection::make_room() noexcept {
  if (!is_disk_full_ || !is_idle()) return;
  is_disk_full_ = false;
  const time_point before = std::exchange(deadline_, time_point());
  sqlite3_wal_checkpoint_v2(handle_.get(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  deadline_ = before;
}

void sqlite_connection::roll_back() noexcept {
  if (!is_idle()) sqlite3_exec(handle_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

}  // namespace latchkey::native
