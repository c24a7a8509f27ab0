// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_STORE_WATCH_H_
#define LATCHKEY_NATIVE_APP_STORE_WATCH_H_

/** What became of the writes to the database, as those who sign in saw it: for readiness and metrics. */

#include <atomic>
#include <cstdint>
#include <memory>

#include "latchkey/native/sql/database.h"

namespace latchkey::app {

/** May be used by several threads at once. */
class write_record {
 public:
  /** Counts a failure, but for a value that a rule of the tables refuses and for a call that must not wait. */
  void note(const error* failed) noexcept;
  /** Whether the last write failed. */
  [[nodiscard]] bool has_failed() const noexcept { return has_failed_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t failures() const noexcept { return failures_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> has_failed_{false};
  std::atomic<std::uint64_t> failures_{0};
};

/** The same database; what its writes come to is noted. Neither may be null. */
[[nodiscard]] std::shared_ptr<native::database> watch_writes(std::shared_ptr<native::database> store,
                                                             std::shared_ptr<write_record> record);

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_STORE_WATCH_H_
