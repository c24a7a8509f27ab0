// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/sql/change_watch.h"

#include "latchkey/native/waiting.h"

namespace latchkey::native {
namespace {

std::int64_t monotonic_ns() noexcept { return std::chrono::steady_clock::now().time_since_epoch().count(); }

}  // namespace

change_watch::change_watch(std::shared_ptr<database> store, std::chrono::milliseconds interval)
    : change_watch([store = std::move(store)] { return store->change_counter(); }, interval) {}

change_watch::change_watch(counter_function counter, std::chrono::milliseconds interval)
    : counter_(std::move(counter)), interval_(interval) {}

bool change_watch::is_recent() const noexcept {
  return monotonic_ns() < fresh_until_ns_.load(std::memory_order_acquire);
}

result<void> change_watch::check(const reload_function& reload) {
  if (is_recent()) return {};
  // Before the lock: whoever holds it may be waiting.
  if (auto allowed = may_wait(); !allowed) return allowed;
  const std::lock_guard lock(mutex_);
  if (is_recent()) return {};
  return ask(reload);
}

result<void> change_watch::check_now(const reload_function& reload) {
  if (auto allowed = may_wait(); !allowed) return allowed;
  const std::lock_guard lock(mutex_);
  return ask(reload);
}

result<void> change_watch::ask(const reload_function& reload) {
  // The interval starts before the question: what is committed while it is asked is seen one interval later at most.
  const std::int64_t asked_at = monotonic_ns();
  auto counter = counter_();
  if (counter && seen_ != std::optional(*counter)) {
    seen_.reset();
    if (auto loaded = reload(); !loaded) counter = fail(std::move(loaded));
  }
  if (!counter) {
    fresh_until_ns_.store(0, std::memory_order_release);
    return fail(std::move(counter));
  }
  seen_ = *counter;
  fresh_until_ns_.store(asked_at + interval_.count(), std::memory_order_release);
  return {};
}

}  // namespace latchkey::native
