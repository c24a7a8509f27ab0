// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_SETTING_OPTIONS_H_
#define LATCHKEY_NATIVE_APP_SETTING_OPTIONS_H_

/** The table of options: where each is kept and what its value must be. */

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "settings.h"

namespace latchkey::app {

struct setting_option {
  /** `server.port`. */
  std::string_view key;
  std::string_view variable;
  /** What a value must be, to be said after "must be". */
  std::string_view expected;
  /** Takes the value; otherwise gives back the part of it that can't be one, as a message shows it. */
  std::function<std::optional<std::string>(settings&, const setting_value&)> set;
  /** Whether "" means something, so that an empty variable counts more than the file; elsewhere it is as if not set. */
  bool may_be_empty = false;
};

[[nodiscard]] std::span<const setting_option> option_table();

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_SETTING_OPTIONS_H_
