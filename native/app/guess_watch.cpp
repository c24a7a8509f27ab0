// SPDX-License-Identifier: Apache-2.0
#include "guess_watch.h"

#include <algorithm>
#include <mutex>
#include <unordered_map>

#include "log.h"

namespace latchkey::app {
namespace {

constexpr std::size_t most_addresses = 10'000;

class guess_watch final : public native::audit_logger {
 public:
  guess_watch(std::shared_ptr<native::audit_logger> next, std::shared_ptr<native::metrics_registry> metrics,
              native::clock_function clock)
      : next_(std::move(next)),
        metrics_(std::move(metrics)),
        clock_(std::move(clock)),
        alarms_(metrics_->counter("latchkey_sign_in_alarms_total",
                                  "Accounts with 20 or more failed sign-ins within 15 minutes")) {}

  result<void> log(const audit_event& event) override {
    look_at(event);
    return next_->log(event);
  }
  std::vector<result<void>> log_all(std::span<const audit_event> events) override {
    for (const auto& event : events) look_at(event);
    return next_->log_all(events);
  }

 private:
  struct tally {
    std::int64_t begun_ms = 0;
    int failures = 0;
  };

  void look_at(const audit_event& event) {
    if (event.action != "auth.sign_in" || event.outcome == audit_outcome::success) return;
    if (const auto* address = event.metadata.find_string("address")) count(*address);
  }

  void count(const std::string& address) {
    if (!is_alarm(address)) return;
    alarms_.add();
    log_warning("sign_in_guesses", std::to_string(alarming_failures) +
                                       " sign-ins of one account failed within 15 minutes; its audit events have "
                                       "metadata.address " +
                                       address + ". Disable the account, or block the clients, if this is an attack");
  }

  bool is_alarm(const std::string& address) {
    const std::int64_t now = clock_();
    const std::lock_guard lock(mutex_);
    auto found = tallies_.find(address);
    if (found == tallies_.end()) {
      if (tallies_.size() >= most_addresses) make_room(now);
      found = tallies_.emplace(address, tally{now, 0}).first;
    }
    if (now - found->second.begun_ms >= guess_window_ms) found->second = {now, 0};
    return ++found->second.failures == alarming_failures;
  }

  void make_room(std::int64_t now) {
    std::erase_if(tallies_, [now](const auto& one) { return now - one.second.begun_ms >= guess_window_ms; });
    if (tallies_.size() < most_addresses) return;
    // A flood of addresses pushes out the one with the fewest failures, so that it hides no account that is guessed at.
    tallies_.erase(std::min_element(tallies_.begin(), tallies_.end(), [](const auto& left, const auto& right) {
      return left.second.failures < right.second.failures;
    }));
  }

  std::shared_ptr<native::audit_logger> next_;
  std::shared_ptr<native::metrics_registry> metrics_;
  native::clock_function clock_;
  native::metric_counter& alarms_;
  std::mutex mutex_;
  std::unordered_map<std::string, tally> tallies_;
};

}  // namespace

std::shared_ptr<native::audit_logger> watch_guesses(std::shared_ptr<native::audit_logger> next,
                                                    std::shared_ptr<native::metrics_registry> metrics,
                                                    native::clock_function clock) {
  return std::make_shared<guess_watch>(std::move(next), std::move(metrics), std::move(clock));
}

}  // namespace latchkey::app
