// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_AUDIT_CONSOLE_AUDIT_LOGGER_H_
#define LATCHKEY_NATIVE_AUDIT_CONSOLE_AUDIT_LOGGER_H_

/** Audit events on the console, one line each: successes to stdout, failures and denials to stderr. */

#include <iosfwd>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "latchkey/native/audit/audit_provider.h"
#include "latchkey/native/clock.h"

namespace latchkey::native {

struct console_audit_options {
  std::string prefix = "[audit]";
  /** Which outcomes to print; all when empty. */
  std::vector<audit_outcome> outcomes = {};
  /** Which actions to print; all when empty. */
  std::vector<action_pattern> action_patterns = {};
  /** JSON instead of the line for people. */
  bool is_json = false;
  clock_function clock = system_clock_ms;
};

/** Lines of several threads never mix. */
class console_audit_logger final : public audit_logger {
 public:
  explicit console_audit_logger(console_audit_options options = {});
  /** Writes to these streams, which must outlive the logger. */
  console_audit_logger(console_audit_options options, std::ostream& out, std::ostream& err);

  /** An event without a time or an id gets both here. Fails when the stream does. */
  [[nodiscard]] result<void> log(const audit_event& event) override;

 private:
  [[nodiscard]] bool is_wanted(const audit_event& event) const;

  const console_audit_options options_;
  std::ostream& out_;
  std::ostream& err_;
  std::mutex mutex_;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_AUDIT_CONSOLE_AUDIT_LOGGER_H_
