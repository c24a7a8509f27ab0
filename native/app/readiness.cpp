// SPDX-License-Identifier: Apache-2.0
#include "readiness.h"

#include <array>
#include <filesystem>

#include "log.h"
#include "store_file.h"

namespace latchkey::app {
namespace {

using clock_type = std::chrono::steady_clock;

// A write that is kept costs the disk something, so on a healthy database it is made no more often than this.
constexpr std::chrono::seconds kept_write_pause{30};
constexpr std::chrono::milliseconds lock_patience{1'000};

/** The database as one who signs in needs it. Used by one thread at a time. */
class store_probe {
 public:
  store_probe(std::shared_ptr<native::database> store, std::shared_ptr<write_record> writes, std::string folder)
      : store_(std::move(store)), writes_(std::move(writes)), folder_(std::move(folder)) {}

  result<void> check() {
    if (auto room = check_room(); !room) return room;
    // The right to write, at no cost to the disk: nothing is written before a commit.
    if (auto begun = store_->begin_within(native::transaction_mode::write, lock_patience); !begun)
      return tl::unexpected<error>(begun.error());
    const bool has_doubt = is_failing_ || writes_->has_failed();
    if (!has_doubt && clock_type::now() < next_write_) return {};
    const std::array<native::sql_value, 1> number{std::to_string(++count_)};
    const auto written = store_->execute(
        "INSERT INTO latchkey_server (name, value) VALUES ('probe', ?) "
        "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        number);
    is_failing_ = !written;
    if (!written) return tl::unexpected<error>(written.error());
    next_write_ = clock_type::now() + kept_write_pause;
    // So that the file alone is never far behind; readers and writers are not waited for.
    (void)store_->query("PRAGMA wal_checkpoint(PASSIVE)");
    return {};
  }

 private:
  [[nodiscard]] result<void> check_room() const {
    const auto room = folder_.empty() ? std::nullopt : free_bytes(folder_);
    if (!room || *room >= least_free_bytes) return {};
    return fail(errc::store_failed, "The disk of " + folder_ + " is full, " + to_size_text(*room) +
                                        " are left: make room, or move the data folder.");
  }

  std::shared_ptr<native::database> store_;
  std::shared_ptr<write_record> writes_;
  std::string folder_;
  bool is_failing_ = false;
  std::uint64_t count_ = 0;
  clock_type::time_point next_write_{};
};

tl::unexpected<error> redis_failure(const error& failed) {
  return fail(failed.code, describe_redis_failure(failed), failed.field);
}

/** A replica, a Redis that is out of memory and one that can't save refuse a key, and answer a PING all the same. */
result<void> write_to_redis(native::redis_client& redis, const std::string& key) {
  const auto reply = redis.command(std::array<std::string_view, 5>{"SET", key, "1", "PX", "10000"});
  if (!reply) return redis_failure(reply.error());
  return {};
}

std::string folder_of(const settings& all, const stores& opened) {
  // Null for a database that is in no file.
  if (opened.writes == nullptr) return {};
  const auto path = database_path(all);
  return path ? std::filesystem::path(*path).parent_path().string() : all.server.data;
}

void log_change(std::string_view name, const error* failed) {
  const std::string what(name);
  if (failed == nullptr) return log_notice("ready_again", what + ": works again");
  log_warning("not_ready", what + ": " + failed->message + " Requests that need it fail until it answers.");
}

void add_up_gauge(native::metrics_registry& metrics, const std::shared_ptr<native::health_watch>& watch,
                  const std::string& name, const std::string& help) {
  metrics.gauge("latchkey_" + name + "_up", help, [seen = std::weak_ptr(watch), name]() -> std::uint64_t {
    const auto live = seen.lock();
    return live && live->outcome_of(name) ? 1 : 0;
  });
}

}  // namespace

std::string describe_redis_failure(const error& failed) {
  for (const std::string_view refusal : {"WRONGPASS", "NOAUTH", "without any password", "invalid password"}) {
    if (failed.message.find(refusal) != std::string::npos) return "Redis: the password is refused: mend redis.url.";
  }
  return failed.message.ends_with('.') ? failed.message : failed.message + ".";
}

std::vector<native::readiness_check> write_checks(const settings& all, const stores& opened) {
  std::vector<native::readiness_check> checks;
  auto writes = opened.writes ? opened.writes : std::make_shared<write_record>();
  auto probe = std::make_shared<store_probe>(opened.database, std::move(writes), folder_of(all, opened));
  checks.push_back({"store", [probe = std::move(probe)] { return probe->check(); }});
  if (opened.redis) {
    checks.push_back(
        {"redis", [redis = opened.redis, key = all.redis_prefix + "probe"] { return write_to_redis(*redis, key); }});
  }
  return checks;
}

result<std::shared_ptr<native::health_watch>> make_health_watch(
    const settings& all, const stores& opened, const std::shared_ptr<native::metrics_registry>& metrics) {
  native::health_watch_options options;
  options.on_change = log_change;
  auto watch = native::health_watch::make(write_checks(all, opened), std::move(options));
  if (!watch) return watch;
  add_up_gauge(*metrics, *watch, "store", "1 while the database can be written to");
  if (opened.redis) add_up_gauge(*metrics, *watch, "redis", "1 while Redis can be written to");
  if (opened.writes == nullptr) return watch;
  metrics->gauge("latchkey_store_write_failures", "Writes to the database that failed since the start",
                 [writes = opened.writes] { return writes->failures(); });
  metrics->gauge("latchkey_data_free_bytes", "What may still be written where the database is",
                 [folder = folder_of(all, opened)] { return free_bytes(folder).value_or(0); });
  return watch;
}

std::vector<native::readiness_check> readiness_checks(const stores& opened,
                                                      const std::shared_ptr<const native::health_watch>& watch) {
  std::vector<native::readiness_check> checks;
  checks.push_back({"store", [database = opened.database, watch]() -> result<void> {
                      const auto counter = database->change_counter();
                      if (!counter) return tl::unexpected<error>(counter.error());
                      return watch->outcome_of("store");
                    }});
  if (opened.redis) {
    checks.push_back({"redis", [redis = opened.redis, watch]() -> result<void> {
                        const auto reply = redis->command(std::array<std::string_view, 1>{"PING"});
                        if (!reply) return redis_failure(reply.error());
                        return watch->outcome_of("redis");
                      }});
  }
  return checks;
}

}  // namespace latchkey::app
