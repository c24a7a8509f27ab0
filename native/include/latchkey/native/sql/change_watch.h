// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SQL_CHANGE_WATCH_H_
#define LATCHKEY_NATIVE_SQL_CHANGE_WATCH_H_

/**
 * Tells a cache when the store behind it may have changed. It asks the store at most every 200 ms, so a decision
 * from memory is at most that old, well within the second in which a revocation has to count in every process. The
 * interval is measured on the monotonic clock: setting the wall clock can't stretch it.
 */

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "latchkey/native/sql/database.h"

namespace latchkey::native {

class change_watch {
 public:
  /** Reads what changed into the caller's cache. When it fails, the change counts as not yet seen. */
  using reload_function = std::function<result<void>()>;

  /** A number that is another one after any change that somebody else has made. */
  using counter_function = std::function<result<std::int64_t>()>;

  explicit change_watch(std::shared_ptr<database> store,
                        std::chrono::milliseconds interval = std::chrono::milliseconds(200));
  explicit change_watch(counter_function counter, std::chrono::milliseconds interval = std::chrono::milliseconds(200));

  /**
   * Returns at once within the interval. Otherwise asks, and calls `reload` when something changed, and always the
   * first time. One thread asks, the others wait for its answer. An error means that the cache can't be trusted now.
   */
  [[nodiscard]] result<void> check(const reload_function& reload);
  /** The same without regard to the interval: for decisions that must see what other processes did just now. */
  [[nodiscard]] result<void> check_now(const reload_function& reload);

 private:
  [[nodiscard]] bool is_recent() const noexcept;
  [[nodiscard]] result<void> ask(const reload_function& reload);

  counter_function counter_;
  std::chrono::nanoseconds interval_;
  std::atomic<std::int64_t> fresh_until_ns_{0};
  std::mutex mutex_;
  std::optional<std::int64_t> seen_;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SQL_CHANGE_WATCH_H_
