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
    if (auto allowed = may_wait(); !allowed) return fail(std::move(allowed));
    // What is on record can be shown even when the rest has to wait.
    static_cast<void>(queue_->flush(read_patience));
    return events_->query(filter, paging);
  }

 private:
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

/** How many of them are lost. */
std::size_t queued_audit_logger::record(const batch& taken) const noexcept {
  try {
    const auto answers = records_->log_all(taken);
    const auto is_kept = [](const result<void>& answer) { return answer.has_value(); };
    const auto kept = std::count_if(answers.begin(), answers.end(), is_kept);
    const std::size_t lost = taken.size() - static_cast<std::size_t>(kept);
    const auto failed = std::find_if_not(answers.begin(), answers.end(), is_kept);
    if (failed != answers.end()) report(lost, failed->error().message);
    return lost;
  } catch (...) {
    report(taken.size(), "The audit logger threw.");
    return taken.size();
  }
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
  if (!ready || record({*ready}) > 0) return;
  const std::lock_guard lock(mutex_);
  confessed_ = known;
}

void queued_audit_logger::work() {
  std::unique_lock lock(mutex_);
  while (!is_stopping_ || !waiting_.empty()) {
    const batch taken = take(lock);
    if (taken.empty()) continue;
    const bool is_late = is_stopping_ && std::chrono::steady_clock::now() >= drain_end_;
    lock.unlock();
    const std::size_t lost = is_late ? taken.size() : record(taken);
    count_loss(lost);
    lock.lock();
    dropped_ += lost;
    settled_ += taken.size();
    const bool must_confess = lost < taken.size() && dropped_ > confessed_;
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
