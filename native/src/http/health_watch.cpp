// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/http/health_watch.h"

#include <algorithm>

#include "provider_call.h"

namespace latchkey::native {

health_watch::health_watch(std::vector<readiness_check> checks, health_watch_options options)
    : options_(std::move(options)) {
  for (auto& check : checks) watched_.push_back({std::move(check), {}, {}});
}

result<std::shared_ptr<health_watch>> health_watch::make(std::vector<readiness_check> checks,
                                                         health_watch_options options) {
  for (const auto& check : checks) {
    if (!check.check)
      return fail(errc::configuration_invalid, "The check " + check.name + " has no function.", "checks");
  }
  if (options.interval.count() <= 0 || options.max_age.count() <= 0) {
    return fail(errc::configuration_invalid, "Checks need an interval and an age above zero.", "checks");
  }
  return std::shared_ptr<health_watch>(new health_watch(std::move(checks), std::move(options)));
}

health_watch::~health_watch() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  stopped_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void health_watch::start() {
  check_now();
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
}

void health_watch::check_now() {
  const std::lock_guard round(round_mutex_);
  for (auto& one : watched_) note(one, call_provider([&] { return one.check.check(); }));
}

void health_watch::note(watched& one, result<void> outcome) {
  const bool is_good = outcome.has_value();
  bool has_changed = false;
  {
    const std::lock_guard lock(mutex_);
    has_changed = one.outcome && one.outcome->has_value() != is_good;
    one.outcome = outcome;
    one.checked_at = clock_type::now();
  }
  if (has_changed && options_.on_change) options_.on_change(one.check.name, is_good ? nullptr : &outcome.error());
}

void health_watch::run() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (stopped_.wait_for(lock, options_.interval, [this] { return is_stopping_; })) return;
    }
    check_now();
  }
}

result<void> health_watch::outcome_of(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found =
      std::find_if(watched_.begin(), watched_.end(), [name](const watched& one) { return one.check.name == name; });
  if (found == watched_.end() || !found->outcome) return fail(errc::unavailable, "It was not checked yet.");
  if (!found->outcome->has_value()) return *found->outcome;
  if (clock_type::now() - found->checked_at <= options_.max_age) return {};
  return fail(errc::unavailable, "The check does not come to an end.");
}

}  // namespace latchkey::native
