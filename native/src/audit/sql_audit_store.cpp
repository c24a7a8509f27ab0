// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/audit/sql_audit_store.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "audit/audit_rows.h"
#include "latchkey/json_mapping.h"
#include "latchkey/native/audit/event_id.h"

namespace latchkey::native {
namespace {

constexpr std::size_t max_batch = 256;
// Longer waits would keep a request beyond the 2 s in which a failing audit log must answer (F-03).
constexpr std::chrono::milliseconds patience{1'800};
/** How many events a visit reads at a time. */
constexpr std::int64_t visit_batch = 256;
constexpr std::string_view newest_first = " ORDER BY timestamp DESC, seq DESC";

// An event on its way to the disk, and what became of it.
struct pending_event {
  audit_event event;
  bool is_done = false;
  result<void> answer;
};
using pending_pointer = std::shared_ptr<pending_event>;
using time_point = std::chrono::steady_clock::time_point;

class sql_audit_store_impl final : public sql_audit_store {
 public:
  sql_audit_store_impl(std::shared_ptr<database> store, clock_function clock)
      : store_(std::move(store)), clock_(std::move(clock)) {}

  result<void> log(const audit_event& event) override;
  std::vector<result<void>> log_all(std::span<const audit_event> events) override;
  result<audit_page> query(const audit_filter& filter, const audit_paging& paging) override;
  result<std::optional<audit_event>> find_event(std::string_view id) override;
  result<std::int64_t> count(const audit_filter& filter) override;
  result<void> visit(const audit_filter& filter, const audit_visitor& visitor, const audit_position& from) override;

 private:
  [[nodiscard]] result<std::vector<audit_event>> read_behind(const audit_filter& filter,
                                                             const audit_position& from) const;
  [[nodiscard]] result<pending_pointer> prepare(const audit_event& event) const;
  void finish(std::span<const pending_pointer> wanted);
  void commit_waiting(std::unique_lock<std::mutex>& lock, time_point deadline);
  [[nodiscard]] result<void> write(const std::vector<pending_pointer>& batch, time_point deadline) const noexcept;
  [[nodiscard]] result<void> insert_all(const std::vector<pending_pointer>& batch, time_point deadline) const;

  std::shared_ptr<database> store_;
  clock_function clock_;
  std::mutex mutex_;
  std::condition_variable progress_;
  std::vector<pending_pointer> waiting_;
  // Whether some thread is committing; the others leave their events to the next round.
  bool has_leader_ = false;
};

// The leader must come back to let the next one in, whatever happens.
result<void> sql_audit_store_impl::write(const std::vector<pending_pointer>& batch,
                                         time_point deadline) const noexcept {
  try {
    return insert_all(batch, deadline);
  } catch (...) {
    return fail(errc::unavailable, "The audit log could not be written.");
  }
}

result<void> sql_audit_store_impl::insert_all(const std::vector<pending_pointer>& batch, time_point deadline) const {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  auto transaction = store_->begin_within(transaction_mode::write, left);
  if (!transaction) return fail(std::move(transaction));
  for (const pending_pointer& pending : batch) {
    if (auto done = insert_event(**transaction, pending->event); !done) return done;
  }
  return (*transaction)->commit();
}

// Takes what waits, at most a batch, and commits it without the lock. When a batch fails, its events are tried one by
// one: a single bad one must not take the others with it. The deadline is that of the one who commits.
void sql_audit_store_impl::commit_waiting(std::unique_lock<std::mutex>& lock, time_point deadline) {
  const auto taken = static_cast<std::ptrdiff_t>(std::min(waiting_.size(), max_batch));
  const std::vector<pending_pointer> batch(waiting_.begin(), waiting_.begin() + taken);
  waiting_.erase(waiting_.begin(), waiting_.begin() + taken);
  has_leader_ = true;
  lock.unlock();
  std::vector<result<void>> answers(batch.size(), write(batch, deadline));
  if (batch.size() > 1 && !answers.front() && answers.front().error().code != errc::unavailable) {
    for (std::size_t i = 0; i < batch.size(); ++i) answers[i] = write({batch[i]}, deadline);
  }
  lock.lock();
  for (std::size_t i = 0; i < batch.size(); ++i) {
    // Whoever gave up waiting may be reading the answer that it gave itself.
    if (batch[i]->is_done) continue;
    batch[i]->answer = std::move(answers[i]);
    batch[i]->is_done = true;
  }
  has_leader_ = false;
  progress_.notify_all();
}

result<pending_pointer> sql_audit_store_impl::prepare(const audit_event& event) const {
  const auto dated = to_dated_event(event, clock_);
  if (!dated) return tl::unexpected<error>(dated.error());
  auto recordable = to_recordable(*dated);
  if (!recordable) return fail(std::move(recordable));
  auto pending = std::make_shared<pending_event>();
  pending->event = std::move(*recordable);
  return pending;
}

// Comes back when each of them has its answer. What comes in meanwhile is committed together.
void sql_audit_store_impl::finish(std::span<const pending_pointer> wanted) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  const auto is_done = [](const pending_pointer& pending) { return pending->is_done; };
  std::unique_lock lock(mutex_);
  waiting_.insert(waiting_.end(), wanted.begin(), wanted.end());
  while (!std::all_of(wanted.begin(), wanted.end(), is_done)) {
    // Whoever waited long enough leads no more: the database may keep a leader waiting as well.
    const bool is_late = std::chrono::steady_clock::now() >= deadline;
    if (!has_leader_ && !is_late) {
      commit_waiting(lock, deadline);
    } else if (is_late || progress_.wait_until(lock, deadline) == std::cv_status::timeout) {
      // Nobody has taken them yet, or their commit hangs: either way the caller can't be told that they are on disk.
      for (const pending_pointer& pending : wanted) {
        if (pending->is_done) continue;
        std::erase(waiting_, pending);
        pending->is_done = true;
        pending->answer = fail(errc::unavailable, "The audit log takes too long.");
      }
    }
  }
}

result<void> sql_audit_store_impl::log(const audit_event& event) {
  auto pending = prepare(event);
  if (!pending) return fail(std::move(pending));
  finish({&*pending, 1});
  return (*pending)->answer;
}

std::vector<result<void>> sql_audit_store_impl::log_all(std::span<const audit_event> events) {
  std::vector<result<void>> answers;
  std::vector<pending_pointer> accepted;
  std::vector<std::size_t> places;
  for (const audit_event& event : events) {
    auto pending = prepare(event);
    if (pending) {
      places.push_back(answers.size());
      accepted.push_back(std::move(*pending));
      answers.emplace_back();
    } else {
      answers.emplace_back(fail(std::move(pending)));
    }
  }
  finish(accepted);
  for (std::size_t i = 0; i < accepted.size(); ++i) answers[places[i]] = accepted[i]->answer;
  return answers;
}

result<audit_page> sql_audit_store_impl::query(const audit_filter& filter, const audit_paging& paging) {
  audit_condition condition = to_condition(filter);
  // Both reads in one state, so that the total belongs to the page.
  auto transaction = store_->begin(transaction_mode::read);
  if (!transaction) return fail(std::move(transaction));
  auto counted = (*transaction)->query("SELECT count(*) FROM latchkey_audit" + condition.text, condition.values);
  if (!counted) return fail(std::move(counted));
  audit_page page;
  page.total = counted->empty() ? 0 : counted->front().integer(0);
  condition.values.emplace_back(std::clamp(paging.limit, std::int64_t{1}, audit_max_limit));
  condition.values.emplace_back(std::max(paging.offset, std::int64_t{0}));
  const std::string statement = "SELECT " + std::string(audit_columns) + " FROM latchkey_audit" + condition.text +
                                std::string(newest_first) + " LIMIT ? OFFSET ?";
  std::optional<error> damage;
  auto read = (*transaction)->visit(statement, condition.values, [&](const sql_row& row) {
    auto event = to_event(row);
    if (event)
      page.events.push_back(std::move(*event));
    else
      damage = std::move(event.error());
    return !damage;
  });
  if (!read) return fail(std::move(read));
  if (damage) return tl::unexpected<error>(std::move(*damage));
  return page;
}

result<std::optional<audit_event>> sql_audit_store_impl::find_event(std::string_view id) {
  const std::array<sql_value, 1> values{std::string(id)};
  auto rows = store_->query("SELECT " + std::string(audit_columns) + " FROM latchkey_audit WHERE id = ?", values);
  if (!rows) return fail(std::move(rows));
  if (rows->empty()) return std::optional<audit_event>();
  auto event = to_event(rows->front());
  if (!event) return fail(std::move(event));
  return std::optional(std::move(*event));
}

result<std::int64_t> sql_audit_store_impl::count(const audit_filter& filter) {
  const audit_condition condition = to_condition(filter);
  const auto counted = store_->query("SELECT count(*) FROM latchkey_audit" + condition.text, condition.values);
  if (!counted) return tl::unexpected<error>(counted.error());
  return counted->empty() ? 0 : counted->front().integer(0);
}

result<std::vector<audit_event>> sql_audit_store_impl::read_behind(const audit_filter& filter,
                                                                   const audit_position& from) const {
  audit_condition condition = to_walking_condition(filter, from);
  condition.values.emplace_back(visit_batch);
  const std::string statement = "SELECT " + std::string(audit_columns) + " FROM latchkey_audit" + condition.text +
                                std::string(newest_first) + " LIMIT ?";
  std::vector<audit_event> events;
  std::optional<error> damage;
  auto visited = store_->visit(statement, condition.values, [&](const sql_row& row) {
    auto event = to_event(row);
    if (event)
      events.push_back(std::move(*event));
    else
      damage = std::move(event.error());
    return !damage;
  });
  if (!visited) return fail(std::move(visited));
  if (damage) return tl::unexpected<error>(std::move(*damage));
  return events;
}

// A statement for each batch: one that stays open as long as a client takes its export would keep SQLite from taking
// back the space of its write-ahead log.
result<void> sql_audit_store_impl::visit(const audit_filter& filter, const audit_visitor& visitor,
                                         const audit_position& from) {
  audit_position place = from;
  for (;;) {
    const auto batch = read_behind(filter, place);
    if (!batch) return tl::unexpected<error>(batch.error());
    for (const audit_event& event : *batch) {
      if (!visitor(event)) return {};
    }
    if (static_cast<std::int64_t>(batch->size()) < visit_batch) return {};
    place = {batch->back().timestamp_ms, batch->back().sequence};
  }
}

}  // namespace

result<std::shared_ptr<sql_audit_store>> sql_audit_store::open(std::shared_ptr<database> store, clock_function clock) {
  if (store == nullptr || clock == nullptr) {
    return fail(errc::configuration_invalid, "The audit log needs a database and a clock.", "audit");
  }
  if (auto created = create_audit_table(*store); !created) return fail(std::move(created));
  return std::shared_ptr<sql_audit_store>(std::make_shared<sql_audit_store_impl>(std::move(store), std::move(clock)));
}

}  // namespace latchkey::native
