// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/sql/sqlite_database.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>

#include "latchkey/native/waiting.h"
#include "sql/sqlite_connection.h"

namespace latchkey::native {
namespace {

using connection_pointer = std::unique_ptr<sqlite_connection>;
using clock_type = std::chrono::steady_clock;

// For so long nobody tries again after the lock of another process outlasted a writer: otherwise each of those behind it
// would wait in turn, and the readers behind them.
constexpr std::chrono::milliseconds retry_pause{200};
// How long the next ones wait for that lock, until one gets it.
constexpr std::chrono::milliseconds probe_patience{250};

// Connections that are handed out one at a time, and the turns of the writers.
class connection_pool {
 public:
  explicit connection_pool(sqlite_options options) : options_(std::move(options)) {}

  // Opens all that there may be. Later on the process may be short of descriptors, for which whoever keeps connecting to
  // it is to blame, and nobody who is signed in should pay.
  result<void> fill() {
    std::vector<connection_pointer> opened;
    while (opened.size() < options_.max_connections) {
      auto connection = sqlite_connection::open(options_, deadline());
      if (!connection) return fail(std::move(connection));
      // SQLite opens its log to read, not when the file is opened. It also says now, not at the first request, that the
      // file can't be used.
      auto readable =
          (*connection)->visit("SELECT count(*) FROM sqlite_master", {}, [](const sql_row&) { return true; });
      if (!readable) return readable;
      opened.push_back(std::move(*connection));
    }
    const std::lock_guard lock(mutex_);
    open_ = opened.size();
    idle_ = std::move(opened);
    return {};
  }

  // One for all the waits of a call: for its turn, a connection and SQLite's lock.
  [[nodiscard]] clock_type::time_point deadline() const {
    return clock_type::now() + std::chrono::milliseconds(options_.busy_timeout_ms);
  }

  result<connection_pointer> take(clock_type::time_point deadline) {
    if (auto allowed = may_wait(); !allowed) return fail(std::move(allowed));
    std::unique_lock lock(mutex_);
    const auto is_free = [this] { return !idle_.empty() || open_ < options_.max_connections; };
    if (!returned_.wait_until(lock, deadline, is_free)) {
      return fail(errc::unavailable, "Every connection to the database is in use.");
    }
    if (!idle_.empty()) {
      connection_pointer connection = std::move(idle_.back());
      idle_.pop_back();
      connection->wait_until(deadline);
      return connection;
    }
    // In place of one that had to be given up.
    ++open_;
    lock.unlock();
    auto connection = sqlite_connection::open(options_, deadline);
    if (!connection) forget();
    return connection;
  }

  // Writers of this process queue here instead of polling SQLite's lock, which would starve some of them. Until when the
  // one whose turn it is may wait for that lock.
  result<clock_type::time_point> enter_writer(clock_type::time_point deadline) {
    if (auto allowed = may_wait(); !allowed) return fail(std::move(allowed));
    std::unique_lock lock(mutex_);
    const auto is_locked_out = [this] { return clock_type::now() < retry_at_; };
    const bool is_settled = writer_left_.wait_until(lock, deadline, [&] { return !has_writer_ || is_locked_out(); });
    if (is_locked_out()) return fail(errc::unavailable, "Another process keeps the database locked.");
    if (!is_settled) return fail(errc::unavailable, "Another write to the database takes too long.");
    has_writer_ = true;
    return is_lock_stuck_ ? std::min(deadline, clock_type::now() + probe_patience) : deadline;
  }

  // What became of the wait for SQLite's lock.
  void note_lock(bool is_unavailable) {
    {
      const std::lock_guard lock(mutex_);
      is_lock_stuck_ = is_unavailable;
      if (!is_unavailable) return;
      retry_at_ = clock_type::now() + retry_pause;
    }
    writer_left_.notify_all();
  }

  void leave_writer() {
    {
      const std::lock_guard lock(mutex_);
      has_writer_ = false;
    }
    writer_left_.notify_one();
  }

  void give_back(connection_pointer connection) {
    connection->roll_back();
    connection->make_room();
    if (!connection->is_idle()) {
      connection.reset();
      forget();
      return;
    }
    {
      const std::lock_guard lock(mutex_);
      idle_.push_back(std::move(connection));
    }
    returned_.notify_one();
  }

 private:
  void forget() {
    {
      const std::lock_guard lock(mutex_);
      --open_;
    }
    returned_.notify_one();
  }

  const sqlite_options options_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<connection_pointer> idle_;
  std::size_t open_ = 0;
  std::condition_variable writer_left_;
  bool has_writer_ = false;
  // Whether the last writer has waited for SQLite's lock in vain.
  bool is_lock_stuck_ = false;
  clock_type::time_point retry_at_{};
};

// The right to write, given back at the end. Empty for a transaction that only reads.
class writer_turn {
 public:
  writer_turn() = default;
  explicit writer_turn(std::shared_ptr<connection_pool> pool) : pool_(std::move(pool)) {}
  writer_turn(const writer_turn&) = delete;
  writer_turn& operator=(const writer_turn&) = delete;
  writer_turn(writer_turn&&) noexcept = default;
  writer_turn& operator=(writer_turn&&) = delete;
  ~writer_turn() {
    if (pool_ != nullptr) pool_->leave_writer();
  }

 private:
  std::shared_ptr<connection_pool> pool_;
};

// A connection that goes back to its pool by itself. Shares the pool, so it may outlive the database object.
class lease {
 public:
  lease(std::shared_ptr<connection_pool> pool, connection_pointer connection)
      : pool_(std::move(pool)), connection_(std::move(connection)) {}
  lease(const lease&) = delete;
  lease& operator=(const lease&) = delete;
  lease(lease&&) noexcept = default;
  lease& operator=(lease&&) = delete;
  ~lease() {
    if (connection_ != nullptr) pool_->give_back(std::move(connection_));
  }
  sqlite_connection& operator*() const noexcept { return *connection_; }
  sqlite_connection* operator->() const noexcept { return connection_.get(); }

 private:
  std::shared_ptr<connection_pool> pool_;
  connection_pointer connection_;
};

class sqlite_transaction final : public sql_transaction {
 public:
  sqlite_transaction(writer_turn turn, lease connection) : turn_(std::move(turn)), connection_(std::move(connection)) {}

  result<std::int64_t> execute(std::string_view statement, std::span<const sql_value> parameters) override {
    if (is_over()) return over();
    return connection_->execute(statement, parameters);
  }
  result<void> visit(std::string_view statement, std::span<const sql_value> parameters,
                     const sql_visitor& visitor) override {
    if (is_over()) return over();
    return connection_->visit(statement, parameters, visitor);
  }
  result<void> commit() override {
    if (is_over()) return over();
    auto done = connection_->execute("COMMIT", {});
    if (done) return {};
    connection_->roll_back();
    return fail(std::move(done));
  }

 private:
  // After a commit, and after an error at which SQLite rolled back by itself: statements would run one by one.
  [[nodiscard]] bool is_over() const noexcept { return connection_->is_idle(); }
  [[nodiscard]] static tl::unexpected<error> over() { return fail(errc::store_failed, "The transaction is over."); }

  // INVARIANT: declared before the connection, so that the transaction is rolled back before the next writer enters.
  writer_turn turn_;
  lease connection_;
};

class sqlite_database final : public database {
 public:
  explicit sqlite_database(sqlite_options options)
      : options_(std::move(options)), pool_(std::make_shared<connection_pool>(options_)) {}

  result<std::int64_t> execute(std::string_view statement, std::span<const sql_value> parameters) override;
  result<void> visit(std::string_view statement, std::span<const sql_value> parameters,
                     const sql_visitor& visitor) override {
    auto connection = take(pool_->deadline());
    if (!connection) return fail(std::move(connection));
    return (*connection)->visit(statement, parameters, visitor);
  }
  result<std::unique_ptr<sql_transaction>> begin(transaction_mode mode) override {
    return begin_until(mode, pool_->deadline());
  }
  result<std::unique_ptr<sql_transaction>> begin_within(transaction_mode mode,
                                                        std::chrono::milliseconds patience) override {
    return begin_until(mode, std::min(pool_->deadline(), clock_type::now() + patience));
  }
  result<std::int64_t> change_counter() override;
  result<void> open_connections() {
    if (auto filled = pool_->fill(); !filled) return filled;
    if (auto watched = change_counter(); !watched) return fail(std::move(watched));
    return {};
  }

 private:
  result<lease> take(clock_type::time_point deadline) {
    auto connection = pool_->take(deadline);
    if (!connection) return fail(std::move(connection));
    return lease(pool_, std::move(*connection));
  }
  result<std::unique_ptr<sql_transaction>> begin_until(transaction_mode mode, clock_type::time_point deadline);

  const sqlite_options options_;
  std::shared_ptr<connection_pool> pool_;
  std::mutex watcher_mutex_;
  connection_pointer watcher_;
};

// A statement of its own waits its turn as well: polling for the lock it would keep a connection from the readers.
result<std::int64_t> sqlite_database::execute(std::string_view statement, std::span<const sql_value> parameters) {
  const auto deadline = pool_->deadline();
  auto lock_deadline = pool_->enter_writer(deadline);
  if (!lock_deadline) return fail(std::move(lock_deadline));
  const writer_turn turn(pool_);
  auto connection = take(deadline);
  if (!connection) return fail(std::move(connection));
  (*connection)->wait_until(*lock_deadline);
  auto done = (*connection)->execute(statement, parameters);
  pool_->note_lock(!done && done.error().code == errc::unavailable);
  return done;
}

result<std::unique_ptr<sql_transaction>> sqlite_database::begin_until(transaction_mode mode,
                                                                      clock_type::time_point deadline) {
  if (mode == transaction_mode::read) {
    auto connection = take(deadline);
    if (!connection) return fail(std::move(connection));
    if (auto begun = (*connection)->execute("BEGIN", {}); !begun) return fail(std::move(begun));
    return std::make_unique<sqlite_transaction>(writer_turn(), std::move(*connection));
  }
  auto lock_deadline = pool_->enter_writer(deadline);
  if (!lock_deadline) return fail(std::move(lock_deadline));
  writer_turn turn(pool_);
  auto connection = take(deadline);
  if (!connection) return fail(std::move(connection));
  (*connection)->wait_until(*lock_deadline);
  auto begun = (*connection)->execute("BEGIN IMMEDIATE", {});
  pool_->note_lock(!begun && begun.error().code == errc::unavailable);
  if (!begun) return fail(std::move(begun));
  return std::make_unique<sqlite_transaction>(std::move(turn), std::move(*connection));
}

// `data_version` tells what others did since this same connection asked last, so it needs one that nobody else uses.
result<std::int64_t> sqlite_database::change_counter() {
  if (auto allowed = may_wait(); !allowed) return fail(std::move(allowed));
  if (options_.path == ":memory:") return std::int64_t{0};
  const std::lock_guard lock(watcher_mutex_);
  if (watcher_ == nullptr) {
    auto opened = sqlite_connection::open(options_, pool_->deadline());
    if (!opened) return fail(std::move(opened));
    watcher_ = std::move(*opened);
  }
  std::int64_t version = 0;
  auto done = watcher_->visit("PRAGMA data_version", {}, [&version](const sql_row& row) {
    version = row.integer(0);
    return true;
  });
  if (!done) return fail(std::move(done));
  return version;
}

// SQLite makes its other files with the mode of the first, so accounts are readable by their owner alone (NS-07).
void create_private_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file >= 0) ::close(file);
}

}  // namespace

result<std::shared_ptr<database>> open_sqlite_database(const sqlite_options& options) {
  if (options.path.empty() || options.max_connections == 0 || options.busy_timeout_ms < 0) {
    return fail(errc::configuration_invalid, "A SQLite database needs a path and at least one connection.", "store");
  }
  sqlite_options adjusted = options;
  if (options.path == ":memory:") {
    adjusted.max_connections = 1;
  } else {
    // Connections are opened later as well, and the process may have changed its folder by then.
    std::error_code failure;
    const auto absolute = std::filesystem::absolute(options.path, failure);
    if (!failure) adjusted.path = absolute.string();
    if (!options.is_read_only) create_private_file(adjusted.path);
  }
  auto store = std::make_shared<sqlite_database>(std::move(adjusted));
  if (auto opened = store->open_connections(); !opened) return fail(std::move(opened));
  return std::shared_ptr<database>(std::move(store));
}

const char* sqlite_library_version() noexcept { return sqlite3_libversion(); }

}  // namespace latchkey::native
