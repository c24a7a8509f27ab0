// SPDX-License-Identifier: Apache-2.0
#include "delayed_worker.h"

#include <utility>

namespace latchkey::native {

delayed_worker::delayed_worker(std::size_t queue_length) : queue_length_(queue_length), thread_([this] { work(); }) {}

delayed_worker::~delayed_worker() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    jobs_.clear();
  }
  changed_.notify_all();
  thread_.join();
}

bool delayed_worker::submit(std::chrono::milliseconds delay, std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || jobs_.size() >= queue_length_) return false;
    jobs_.emplace(clock::now() + delay, std::move(job));
  }
  changed_.notify_one();
  return true;
}

void delayed_worker::work() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (jobs_.empty()) {
      changed_.wait(lock);
      continue;
    }
    if (const auto due = jobs_.begin()->first; due > clock::now()) {
      changed_.wait_until(lock, due);
      continue;
    }
    const auto job = std::move(jobs_.begin()->second);
    jobs_.erase(jobs_.begin());
    lock.unlock();
    job();
    lock.lock();
  }
}

}  // namespace latchkey::native
