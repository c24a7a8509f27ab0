// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include "latchkey/native/audit/audit_provider.h"

namespace latchkey::native {

result<std::optional<audit_event>> audit_reader::find_event(std::string_view id) {
  std::optional<audit_event> found;
  auto visited = visit({}, [&](const audit_event& event) {
    if (event.id == id) found = event;
    return !found;
  });
  if (!visited) return fail(std::move(visited));
  return found;
}

result<std::int64_t> audit_reader::count(const audit_filter& filter) {
  auto page = query(filter, {1, 0});
  if (!page) return fail(std::move(page));
  return page->total;
}

// The end of the asked time moves down with what was read, so that events which arrive meanwhile shift no page; the
// offset counts within the last millisecond alone.
result<void> audit_reader::visit(const audit_filter& filter, const audit_visitor& visitor, const audit_position& from) {
  audit_filter rest = filter;
  audit_position place = from;
  rest.end_ms = std::min(filter.end_ms.value_or(place.timestamp_ms), place.timestamp_ms);
  std::int64_t offset = 0;
  for (;;) {
    const auto page = query(rest, {audit_max_limit, offset});
    if (!page) return tl::unexpected<error>(page.error());
    for (const audit_event& event : page->events) {
      if (event.sequence == 0) {
        return fail(errc::store_failed, "The audit store gives events without their numbers.", "audit");
      }
      if (!place.is_before(event)) continue;
      place = {event.timestamp_ms, event.sequence};
      if (!visitor(event)) return {};
    }
    const auto size = static_cast<std::int64_t>(page->events.size());
    if (size == 0 || offset + size >= page->total) return {};
    const std::int64_t reached = page->events.back().timestamp_ms;
    offset = reached < *rest.end_ms ? 0 : offset + size;
    rest.end_ms = reached;
  }
}

}  // namespace latchkey::native
