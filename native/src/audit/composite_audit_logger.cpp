// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/audit/composite_audit_logger.h"

#include "latchkey/native/audit/event_id.h"

namespace latchkey::native {
namespace {

result<void> log_to(audit_logger& logger, const audit_event& event) {
  try {
    return logger.log(event);
  } catch (...) {
    return fail(errc::unavailable, "An audit logger failed.");
  }
}

}  // namespace

composite_audit_logger::composite_audit_logger(std::vector<std::shared_ptr<audit_logger>> records,
                                               std::vector<std::shared_ptr<audit_logger>> observers,
                                               clock_function clock)
    : records_(std::move(records)), observers_(std::move(observers)), clock_(std::move(clock)) {}

result<void> composite_audit_logger::log(const audit_event& event) {
  const auto dated = to_dated_event(event, clock_);
  if (!dated) return tl::unexpected<error>(dated.error());
  result<void> answer;
  for (const auto& logger : records_) {
    auto done = log_to(*logger, *dated);
    if (!done && answer) answer = std::move(done);
  }
  // It may be offered again, and would be seen each time.
  if (!answer && answer.error().code == errc::unavailable) return answer;
  for (const auto& logger : observers_) static_cast<void>(log_to(*logger, *dated));
  return answer;
}

}  // namespace latchkey::native
