// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_TOML_FILE_H_
#define LATCHKEY_NATIVE_APP_TOML_FILE_H_

/** Reading the files that operators write, with the place of what is wrong in every refusal. */

#include <toml++/toml.h>

#include <optional>
#include <string>
#include <vector>

#include "latchkey/result.h"

namespace latchkey::app {

/** The tables of a file of at most 1 MiB. `configuration_invalid` with path, line and reason. */
[[nodiscard]] result<toml::table> read_toml_file(const std::string& path);

/** `path:line` of a node. */
[[nodiscard]] std::string place_of(const std::string& path, const toml::node& node);

/** `configuration_invalid`: the place, and why it can't be. */
[[nodiscard]] tl::unexpected<error> refuse_at(const std::string& place, const std::string& reason);

/** The texts of a list; nothing when one of them is none. */
[[nodiscard]] std::optional<std::vector<std::string>> to_texts(const toml::array& array);

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_TOML_FILE_H_
