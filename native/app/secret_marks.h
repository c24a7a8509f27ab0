// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_SECRET_MARKS_H_
#define LATCHKEY_NATIVE_APP_SECRET_MARKS_H_

/** The marks by which sealed cookies name their secret: what may be shown of it, for they say nothing about it. */

#include <span>
#include <string>
#include <vector>

#include "latchkey/native/sessions/key_ring.h"
#include "latchkey/result.h"

namespace latchkey::app {

/** In the order of the secrets. */
[[nodiscard]] result<std::vector<std::string>> marks_of(const native::key_ring& keys);

/** The same of secrets that are in no ring yet; `secret_weak` when one of them can't be. */
[[nodiscard]] result<std::vector<std::string>> marks_of(std::span<const std::string> secrets);

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_SECRET_MARKS_H_
