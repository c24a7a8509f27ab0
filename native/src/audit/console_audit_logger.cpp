// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/audit/console_audit_logger.h"

#include <algorithm>
#include <iostream>

#include "latchkey/native/audit/event_id.h"

namespace latchkey::native {

console_audit_logger::console_audit_logger(console_audit_options options)
    : console_audit_logger(std::move(options), std::cout, std::cerr) {}

console_audit_logger::console_audit_logger(console_audit_options options, std::ostream& out, std::ostream& err)
    : options_(std::move(options)), out_(out), err_(err) {}

bool console_audit_logger::is_wanted(const audit_event& event) const {
  const auto& outcomes = options_.outcomes;
  const auto& patterns = options_.action_patterns;
  const bool outcome_fits =
      outcomes.empty() || std::find(outcomes.begin(), outcomes.end(), event.outcome) != outcomes.end();
  const bool action_fits = patterns.empty() || std::any_of(patterns.begin(), patterns.end(), [&](const auto& pattern) {
                             return pattern.matches(event.action);
                           });
  return outcome_fits && action_fits;
}

result<void> console_audit_logger::log(const audit_event& event) {
  if (!is_wanted(event)) return {};
  // A composite has given the event its id; alone, the logger is where the event comes first.
  const auto dated = to_dated_event(event, options_.clock);
  if (!dated) return tl::unexpected<error>(dated.error());
  const std::string line = options_.is_json ? to_ndjson_line(*dated) : to_console_line(*dated, options_.prefix) + '\n';
  std::ostream& stream = event.outcome == audit_outcome::success ? out_ : err_;
  const std::lock_guard lock(mutex_);
  stream.write(line.data(), static_cast<std::streamsize>(line.size()));
  stream.flush();
  if (stream.good()) return {};
  stream.clear();
  return fail(errc::unavailable, "The console could not be written to.");
}

}  // namespace latchkey::native
