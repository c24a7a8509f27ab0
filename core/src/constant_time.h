// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_CONSTANT_TIME_H_
#define LATCHKEY_CONSTANT_TIME_H_

/** Comparing secrets. */

#include <string_view>

namespace latchkey {

/** Whether two texts are equal, in a time that depends on their lengths alone. */
[[nodiscard]] inline bool equals_in_constant_time(std::string_view left, std::string_view right) noexcept {
  if (left.size() != right.size()) return false;
  // `volatile`, so that no compiler ends the loop at the first difference.
  volatile unsigned char difference = 0;
  for (std::size_t i = 0; i < left.size(); ++i) {
    difference = static_cast<unsigned char>(
        difference | (static_cast<unsigned char>(left[i]) ^ static_cast<unsigned char>(right[i])));
  }
  return difference == 0;
}

}  // namespace latchkey

#endif  // LATCHKEY_CONSTANT_TIME_H_
