// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_WORKER_POOL_H_
#define LATCHKEY_NATIVE_SRC_WORKER_POOL_H_

/** A fixed number of threads and a queue with an end: work that does not fit is refused, never piled up. */

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace latchkey::native {

class worker_pool {
 public:
  worker_pool(std::size_t threads, std::size_t queue_length);
  /** Finishes what has begun, drops what waits, joins. */
  ~worker_pool();
  worker_pool(const worker_pool&) = delete;
  worker_pool& operator=(const worker_pool&) = delete;

  /** False when the queue is full; the job is then not kept. Jobs must not throw. */
  [[nodiscard]] bool submit(std::function<void()> job);

 private:
  void work();

  const std::size_t queue_length_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void()>> jobs_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_WORKER_POOL_H_
