// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_DELAYED_WORKER_H_
#define LATCHKEY_NATIVE_SRC_DELAYED_WORKER_H_

/** One thread that does each job when its time has come, and a queue with an end: what does not fit is refused. */

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace latchkey::native {

class delayed_worker {
 public:
  explicit delayed_worker(std::size_t queue_length);
  /** Finishes the job that has begun, drops those that wait, joins. */
  ~delayed_worker();
  delayed_worker(const delayed_worker&) = delete;
  delayed_worker& operator=(const delayed_worker&) = delete;

  /**
   * Does the job at the earliest after `delay`; jobs whose time has come go in the order of their times. False when the
   * queue is full; the job is then not kept. Jobs must not throw.
   */
  [[nodiscard]] bool submit(std::chrono::milliseconds delay, std::function<void()> job);

 private:
  using clock = std::chrono::steady_clock;
  void work();

  const std::size_t queue_length_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<clock::time_point, std::function<void()>> jobs_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_DELAYED_WORKER_H_
