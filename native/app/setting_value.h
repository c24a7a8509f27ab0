// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_SETTING_VALUE_H_
#define LATCHKEY_NATIVE_APP_SETTING_VALUE_H_

/** How the value of an option is read, whether a TOML file gave it with a type or a variable gave a text. */

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "settings.h"

namespace latchkey::app {

/** A text; nothing for any other type. */
[[nodiscard]] std::optional<std::string> to_text(const setting_value& value);
/** A whole number, or a text of digits with an optional minus. */
[[nodiscard]] std::optional<std::int64_t> to_integer(const setting_value& value);
/** A boolean, or one of the texts on, off, true and false. */
[[nodiscard]] std::optional<bool> to_flag(const setting_value& value);
/** A list of texts; of one text its parts between commas, white space around them left out. */
[[nodiscard]] std::optional<std::vector<std::string>> to_list(const setting_value& value);
/** `45s`, `30m`, `24h` or `7d`, as milliseconds; at most ten years. */
[[nodiscard]] std::optional<std::int64_t> to_duration_ms(const setting_value& value);

/** The value as an error message shows it, shortened. */
[[nodiscard]] std::string to_shown(const setting_value& value);

/** Of the known names the one that a typing error is most likely to have come from; empty when none is near. */
[[nodiscard]] std::string nearest_name(std::string_view typed, const std::vector<std::string>& known);

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_SETTING_VALUE_H_
