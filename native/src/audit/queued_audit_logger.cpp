// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/audit/queued_audit_logger.h"

#include <algorithm>
#include <string>

#include "latchkey/native/audit/event_id.h"
#include "latchkey/native/waiting.h"

namespace latchkey::native {
namespace {

constexpr std::size_t max_batch = 256;
constexpr std::chrono::seconds read_patience{2};

class reader_behind_queue final : public audit_reader {
 public:
  reader_behind_queue(std::shared_ptr<audit_reader> events, std::shared_ptr<queued_audit_logger> queue)
      : events_(std::move(events)), queue_(std::move(queue)) {}

  result<audit_page> query(const audit_filter& filter, const audit_paging& paging) override {
    if (auto ready = settle(); !ready) return fail(std::move(ready));
    return events_->query(filter, paging);
  }
  result<std::optional<audit_event>> find_event(std::string_view id) override {
    if (auto ready = settle(); !ready) return fail(std::move(ready));
    return events_->find_event(id);
  }
  result<std::int64_t> count(const audit_filter& filter) override {
    if (auto ready = settle(); !ready) return fail(std::move(ready));
    return events_->count(filter);
  }
  result<void> visit(const audit_filter& filter, const audit_visitor& visitor, const audit_position& from) override {
    // Who goes on from a place has begun with the queue's events, and what came since then does not belong to the visit.
    const bool is_beginning = from.timestamp_ms == audit_position{}.timestamp_ms;
    if (auto ready = is_beginning ? settle() : may_wait(); !ready) return ready;
    return events_->visit(filter, visitor, from);
  }

 private:
  // What is on record can be shown even when the rest has to wait.
  result<void> settle() {
    if (auto allowed = may_wait(); !allowed) return allowed;
    static_cast<void>(queue_->flush(read_patience));
    return {};
  }

  const std::shared_ptr<audit_reader> events_;
  const std::shared_ptr<queued_audit_logger> queue_;
};

}  // namespace

queued_audit_logger::queued_audit_logger(std::shared_ptr<audit_logger> records, queued_audit_options options)
    : records_(std::move(records)), options_(std::move(options)), thread_([this] { work(); }) {}

queued_audit_logger::~queued_audit_logger() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    drain_end_ = std::chrono::steady_clock::now() + drain_patience;
  }
  arrived_.notify_one();
  thread_.join();
}

result<void> queued_audit_logger::log(const audit_event& event) {
  auto ready = to_dated_event(event, options_.clock);
  if (!ready) return fail(std::move(ready));
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() < options_.capacity && !is_stopping_) {
      waiting_.push_back(std::move(*ready));
      ++accepted_;
      arrived_.notify_one();
      return {};
    }
    ++dropped_;
  }
  count_loss(1);
  return fail(errc::unavailable, "The queue of audit events is full.");
}

bool queued_audit_logger::flush(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return done_.wait_for(lock, patience, [this, wanted = accepted_] { return settled_ >= wanted; });
}

std::size_t queued_audit_logger::waiting() const {
  const std::lock_guard lock(mutex_);
  return accepted_ - settled_;
}

std::uint64_t queued_audit_logger::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

void queued_audit_logger::count_loss(std::size_t count) const {
  if (count > 0 && options_.on_drop) options_.on_drop(count);
}

queued_audit_logger::batch queued_audit_logger::take(std::unique_lock<std::mutex>& lock) {
  arrived_.wait(lock, [this] { return is_stopping_ || !waiting_.empty(); });
  const auto count = static_cast<std::ptrdiff_t>(std::min(waiting_.size(), max_batch));
  batch taken(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(waiting_.begin() + count));
  waiting_.erase(waiting_.begin(), waiting_.begin() + count);
  return taken;
}

struct queued_audit_logger::offer {
  /** What may be taken a little later. */
  batch again;
  std::size_t lost = 0;
  /** Why the first of all these was not taken. */
  std::string reason;
};

queued_audit_logger::offer queued_audit_logger::record(batch taken) const noexcept {
  offer made;
  try {
    const auto answers = records_->log_all(taken);
    for (std::size_t i = 0; i < taken.size(); ++i) {
      if (answers[i]) continue;
      if (made.reason.empty()) made.reason = answers[i].error().message;
      if (answers[i].error().code == errc::unavailable) {
        made.again.push_back(std::move(taken[i]));
      } else {
        ++made.lost;
      }
    }
    return made;
  } catch (...) {
    return {{}, taken.size(), "The audit logger threw."};
  }
}

/** How many of them are lost. What comes in meanwhile waits behind them, so that the order stays. */
std::size_t queued_audit_logger::record_patiently(batch taken) {
  const auto end = std::chrono::steady_clock::now() + options_.retry_for;
  std::size_t lost = 0;
  for (;;) {
    offer made = record(std::move(taken));
    lost += made.lost;
    const bool goes_on = !made.again.empty() && may_try_again(end);
    if (!goes_on) lost += made.again.size();
    if (lost > 0 && !goes_on) report(lost, made.reason.empty() ? "The audit logger refused them." : made.reason);
    if (!goes_on) return lost;
    taken = std::move(made.again);
  }
}

/** Pauses, unless the time is over. Whoever stops the queue gives it one more try at once, and not more than their time. */
bool queued_audit_logger::may_try_again(std::chrono::steady_clock::time_point end) {
  const auto now = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  if (now >= (is_stopping_ ? std::min(end, drain_end_) : end)) return false;
  arrived_.wait_until(lock, now + options_.retry_pause,
                      [this, was_stopping = is_stopping_] { return is_stopping_ && !was_stopping; });
  return true;
}

void queued_audit_logger::report(std::size_t lost, std::string_view reason) const noexcept {
  if (!options_.report) return;
  try {
    options_.report(std::to_string(lost) + " events could not be recorded: " + std::string(reason));
  } catch (...) {
    // Nobody is left to tell.
  }
}

/** Puts on record what was lost and isn't there yet. Fails in silence: the next batch tries again. */
void queued_audit_logger::record_loss() {
  std::uint64_t known = 0;
  audit_event loss;
  {
    const std::lock_guard lock(mutex_);
    known = dropped_;
    if (known == confessed_) return;
    loss.metadata = json_object{{"count", static_cast<std::int64_t>(known - confessed_)}};
  }
  loss.actor = {audit_actor_type::system, "latchkey", {}, {}, {}};
  loss.action = "audit.dropped";
  loss.outcome = audit_outcome::failure;
  auto ready = to_dated_event(std::move(loss), options_.clock);
  if (!ready) return;
  const offer made = record({std::move(*ready)});
  if (made.lost > 0 || !made.again.empty()) return;
  const std::lock_guard lock(mutex_);
  confessed_ = known;
}

void queued_audit_logger::work() {
  std::unique_lock lock(mutex_);
  while (!is_stopping_ || !waiting_.empty()) {
    batch taken = take(lock);
    if (taken.empty()) continue;
    const std::size_t count = taken.size();
    const bool is_late = is_stopping_ && std::chrono::steady_clock::now() >= drain_end_;
    lock.unlock();
    const std::size_t lost = is_late ? count : record_patiently(std::move(taken));
    count_loss(lost);
    lock.lock();
    dropped_ += lost;
    settled_ += count;
    const bool must_confess = lost < count && dropped_ > confessed_;
    done_.notify_all();
    if (!must_confess) continue;
    lock.unlock();
    record_loss();
    lock.lock();
  }
}

std::shared_ptr<audit_reader> read_behind_queue(std::shared_ptr<audit_reader> events,
                                                std::shared_ptr<queued_audit_logger> queue) {
  return std::make_shared<reader_behind_queue>(std::move(events), std::move(queue));
}

}  // namespace latchkey::native
