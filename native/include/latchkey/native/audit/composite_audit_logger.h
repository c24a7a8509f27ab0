// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_AUDIT_COMPOSITE_AUDIT_LOGGER_H_
#define LATCHKEY_NATIVE_AUDIT_COMPOSITE_AUDIT_LOGGER_H_

/**
 * Several audit loggers as one: each gets every event, with the same id and time. Records are where events must arrive;
 * observers, such as a console whose reader may go away, see them too but never make a request fail. They don't see what
 * a record was `unavailable` for: it is not on record, and may be logged again.
 */

#include <memory>
#include <vector>

#include "latchkey/native/audit/audit_provider.h"
#include "latchkey/native/clock.h"

namespace latchkey::native {

class composite_audit_logger final : public audit_logger {
 public:
  explicit composite_audit_logger(std::vector<std::shared_ptr<audit_logger>> records,
                                  std::vector<std::shared_ptr<audit_logger>> observers = {},
                                  clock_function clock = system_clock_ms);

  /** All of them are tried; the first failure of a record is the answer. What one throws is its failure. */
  [[nodiscard]] result<void> log(const audit_event& event) override;

 private:
  std::vector<std::shared_ptr<audit_logger>> records_;
  std::vector<std::shared_ptr<audit_logger>> observers_;
  clock_function clock_;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_AUDIT_COMPOSITE_AUDIT_LOGGER_H_
