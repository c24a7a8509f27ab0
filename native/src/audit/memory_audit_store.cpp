// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/audit/memory_audit_store.h"

#include <algorithm>

#include "latchkey/json_mapping.h"
#include "latchkey/native/audit/event_id.h"

namespace latchkey::native {
namespace {

/** The matching events behind a place, newest first. They live as long as the list of all. */
std::vector<const audit_event*> select(const std::deque<audit_event>& events, const audit_filter& filter,
                                       const audit_position& from) {
  std::vector<const audit_event*> found;
  for (const audit_event& event : events) {
    if (from.is_before(event) && matches(event, filter)) found.push_back(&event);
  }
  std::sort(found.begin(), found.end(), [](const audit_event* left, const audit_event* right) {
    return audit_position{left->timestamp_ms, left->sequence}.is_before(*right);
  });
  return found;
}

/** How many events a visit copies at a time. */
constexpr std::size_t visit_batch = 256;

}  // namespace

memory_audit_store::memory_audit_store(memory_audit_options options) : options_(std::move(options)) {}

result<void> memory_audit_store::log(const audit_event& event) {
  const auto dated = to_dated_event(event, options_.clock);
  if (!dated) return tl::unexpected<error>(dated.error());
  auto recordable = to_recordable(*dated);
  if (!recordable) return fail(std::move(recordable));
  const std::lock_guard lock(mutex_);
  if (!ids_.insert(recordable->id).second) {
    return fail(errc::store_failed, "There is an audit event with this id already.", "id");
  }
  recordable->sequence = ++last_number_;
  events_.push_back(std::move(*recordable));
  if (events_.size() > std::max<std::size_t>(options_.capacity, 1)) {
    ids_.erase(events_.front().id);
    events_.pop_front();
  }
  return {};
}

result<audit_page> memory_audit_store::query(const audit_filter& filter, const audit_paging& paging) {
  const std::lock_guard lock(mutex_);
  const auto found = select(events_, filter, {});
  const auto offset = std::min(found.size(), static_cast<std::size_t>(std::max<std::int64_t>(paging.offset, 0)));
  const auto limit = static_cast<std::size_t>(std::clamp<std::int64_t>(paging.limit, 1, audit_max_limit));
  audit_page page;
  page.total = static_cast<std::int64_t>(found.size());
  for (std::size_t i = offset; i < std::min(found.size(), offset + limit); ++i) page.events.push_back(*found[i]);
  return page;
}

result<std::optional<audit_event>> memory_audit_store::find_event(std::string_view id) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(events_.begin(), events_.end(), [id](const auto& event) { return event.id == id; });
  return found == events_.end() ? std::nullopt : std::optional(*found);
}

result<std::int64_t> memory_audit_store::count(const audit_filter& filter) {
  const std::lock_guard lock(mutex_);
  return std::count_if(events_.begin(), events_.end(), [&](const auto& event) { return matches(event, filter); });
}

// Copies a batch at a time: the visitor may log, or take as long as it likes.
result<void> memory_audit_store::visit(const audit_filter& filter, const audit_visitor& visitor,
                                       const audit_position& from) {
  audit_position place = from;
  for (;;) {
    std::vector<audit_event> batch;
    {
      const std::lock_guard lock(mutex_);
      const auto found = select(events_, filter, place);
      for (std::size_t i = 0; i < std::min(found.size(), visit_batch); ++i) batch.push_back(*found[i]);
    }
    for (const audit_event& event : batch) {
      if (!visitor(event)) return {};
    }
    if (batch.size() < visit_batch) return {};
    place = {batch.back().timestamp_ms, batch.back().sequence};
  }
}

std::int64_t memory_audit_store::dropped() const {
  const std::lock_guard lock(mutex_);
  return last_number_ - static_cast<std::int64_t>(events_.size());
}

}  // namespace latchkey::native
