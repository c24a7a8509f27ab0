// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_AUDIT_QUEUED_AUDIT_LOGGER_H_
#define LATCHKEY_NATIVE_AUDIT_QUEUED_AUDIT_LOGGER_H_

/**
 * A queue before other audit loggers, for events that need not be on record before the answer: a thread of its own records
 * them, many at a time, so that a denied request costs no wait for the disk. The queue has an end. What finds it full, or
 * can't be recorded, is lost; the loss is counted, and goes on record itself as an event `audit.dropped` of the system as
 * soon as anything can be recorded again. Records that are `unavailable`, such as a database that another process has
 * locked, are tried again for a while: what they did not take stays where it is in the queue.
 */

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "latchkey/native/audit/audit_provider.h"
#include "latchkey/native/clock.h"

namespace latchkey::native {

struct queued_audit_options {
  /** How many events may wait. */
  std::size_t capacity = 4'096;
  /** For how long events are offered again to records that are `unavailable`; zero for not at all. */
  std::chrono::milliseconds retry_for{30'000};
  /** Between two offers. */
  std::chrono::milliseconds retry_pause{250};
  clock_function clock = system_clock_ms;
  /** Hears how many more were lost; called from the thread that lost them, must be quick and must not throw. May be empty. */
  std::function<void(std::size_t count)> on_drop = {};
  /**
   * Hears why events that were taken could not be recorded, at most once a batch, from the queue's thread. Whoever was
   * refused because the queue is full knows by itself. May be empty; what it throws is dropped.
   */
  std::function<void(std::string_view reason)> report = {};
};

/** May be used by several threads at once. */
class queued_audit_logger final : public audit_logger {
 public:
  explicit queued_audit_logger(std::shared_ptr<audit_logger> records, queued_audit_options options = {});
  /** Records what waits, for as long as `drain_patience`; what is left then is lost. */
  ~queued_audit_logger() override;
  queued_audit_logger(const queued_audit_logger&) = delete;
  queued_audit_logger& operator=(const queued_audit_logger&) = delete;

  static constexpr std::chrono::seconds drain_patience{2};

  /** Never waits. The event gets its time and its id here. `unavailable` when the queue is full. */
  [[nodiscard]] result<void> log(const audit_event& event) override;

  /** Until what was logged before is on record or lost; false when that takes longer than `patience`. */
  [[nodiscard]] bool flush(std::chrono::milliseconds patience);

  [[nodiscard]] std::size_t waiting() const;
  /** How many were lost so far. */
  [[nodiscard]] std::uint64_t dropped() const;

 private:
  using batch = std::vector<audit_event>;
  void work();
  [[nodiscard]] batch take(std::unique_lock<std::mutex>& lock);
  /** What became of a batch that was offered once. */
  struct offer;
  [[nodiscard]] offer record(batch taken) const noexcept;
  [[nodiscard]] std::size_t record_patiently(batch taken);
  [[nodiscard]] bool may_try_again(std::chrono::steady_clock::time_point end);
  void report(std::size_t lost, std::string_view reason) const noexcept;
  void record_loss();
  void count_loss(std::size_t count) const;

  const std::shared_ptr<audit_logger> records_;
  const queued_audit_options options_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::condition_variable done_;
  batch waiting_;
  // Numbers of the events that came in, and that were recorded or lost, in their order.
  std::uint64_t accepted_ = 0;
  std::uint64_t settled_ = 0;
  std::uint64_t dropped_ = 0;
  // Of those the losses that stand on record.
  std::uint64_t confessed_ = 0;
  bool is_stopping_ = false;
  std::chrono::steady_clock::time_point drain_end_;
  std::thread thread_;
};

/**
 * A reader that sees what was logged before it is asked: it has the queue recorded first. Asked while the records hang, it
 * waits for at most two seconds.
 */
[[nodiscard]] std::shared_ptr<audit_reader> read_behind_queue(std::shared_ptr<audit_reader> events,
                                                              std::shared_ptr<queued_audit_logger> queue);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_AUDIT_QUEUED_AUDIT_LOGGER_H_
