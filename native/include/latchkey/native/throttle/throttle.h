// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_THROTTLE_THROTTLE_H_
#define LATCHKEY_NATIVE_THROTTLE_THROTTLE_H_

/** Counts attempts by key, after core's rule of throttling. Where the counts are kept is the implementation's business. */

#include <string_view>

#include "latchkey/result.h"
#include "latchkey/throttle.h"

namespace latchkey::native {

/** May be used by several threads at once. An `error` means "could not be counted" and denies. */
class throttle {
 public:
  virtual ~throttle() = default;
  /**
   * Takes one attempt, before what it allows is done. One atomic step for each key: of any number of concurrent calls no
   * more are allowed than the rule has left (CR-10). A key always comes with the same rule.
   */
  [[nodiscard]] virtual result<throttle_decision> take(std::string_view key, const throttle_rule& rule) = 0;
  /** Returns one attempt that was taken. */
  [[nodiscard]] virtual result<void> give_back(std::string_view key, const throttle_rule& rule) = 0;
  /** Returns all of them: the key is as good as new. */
  [[nodiscard]] virtual result<void> forget(std::string_view key) = 0;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_THROTTLE_THROTTLE_H_
