// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_HTTP_HEALTH_WATCH_H_
#define LATCHKEY_NATIVE_HTTP_HEALTH_WATCH_H_

/**
 * Checks that cost something, such as a write, and that no request may therefore start: a thread makes them again and
 * again, and `/readyz` and metrics are told the last outcome at once. A failure is remembered until a check succeeds.
 */

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "latchkey/native/http/operations.h"

namespace latchkey::native {

struct health_watch_options {
  /** From the end of one round of checks to the next. */
  std::chrono::milliseconds interval{1'000};
  /** An outcome that is older counts as a failure: its check hangs. */
  std::chrono::milliseconds max_age{10'000};
  /**
   * Told by the checking thread when a check begins to fail, with the reason, and when it works again, without one. Not
   * told of the first outcome of all.
   */
  std::function<void(std::string_view name, const error* failed)> on_change = {};
};

class health_watch {
 public:
  /** Checks nothing yet. `configuration_invalid` for a check without a function and for times of zero or less. */
  [[nodiscard]] static result<std::shared_ptr<health_watch>> make(std::vector<readiness_check> checks,
                                                                  health_watch_options options = {});
  /** Waits for the check that is under way. */
  ~health_watch();
  health_watch(const health_watch&) = delete;
  health_watch& operator=(const health_watch&) = delete;

  /** Makes all checks once, before it returns, and from then on again and again on a thread of its own. */
  void start();
  /** Makes all checks once, on the thread of the caller. */
  void check_now();
  /** The last outcome, without waiting; `unavailable` before the first, for an old one and for an unknown name. */
  [[nodiscard]] result<void> outcome_of(std::string_view name) const;

 private:
  using clock_type = std::chrono::steady_clock;
  struct watched {
    readiness_check check;
    // Null before the first outcome.
    std::optional<result<void>> outcome;
    clock_type::time_point checked_at{};
  };

  health_watch(std::vector<readiness_check> checks, health_watch_options options);
  void note(watched& one, result<void> outcome);
  void run();

  const health_watch_options options_;
  // One round at a time; `mutex_` guards the outcomes alone, so that reading them never waits for a check.
  std::mutex round_mutex_;
  mutable std::mutex mutex_;
  std::condition_variable stopped_;
  bool is_stopping_ = false;
  std::vector<watched> watched_;
  std::thread thread_;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_HTTP_HEALTH_WATCH_H_
