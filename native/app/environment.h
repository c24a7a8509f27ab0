// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_ENVIRONMENT_H_
#define LATCHKEY_NATIVE_APP_ENVIRONMENT_H_

/** What the executable takes from its surroundings: variables, the data folder, secrets and its own place. */

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "latchkey/license.h"
#include "latchkey/result.h"

namespace latchkey::app {

/** A variable that is set and not empty. */
[[nodiscard]] std::optional<std::string> variable(const char* name);

/** Makes sure that the folder is there; a new one is for its owner alone. */
[[nodiscard]] result<void> prepare_folder(const std::string& folder);

/** The sealing secret and what to tell the operator about it. */
struct secret_setting {
  std::string secret;
  std::vector<std::string> notes;
};

/**
 * LATCHKEY_SECRET, or the first line of the file that LATCHKEY_SECRET_FILE names, but not both. Without either,
 * development mode keeps a random one in `secret` of the data folder (mode 0600); otherwise `configuration_invalid`.
 */
[[nodiscard]] result<secret_setting> find_secret(const std::string& data_folder, bool is_development);

/** MASTRA_EE_LICENSE; development mode needs none. `license_required` or `license_invalid` otherwise. */
[[nodiscard]] result<license_gate> find_license(bool is_development);

/** `../share/latchkey/studio` beside the executable. */
[[nodiscard]] std::string default_studio_folder();

/** Writes to standard output at once. `unavailable` when it can't be written: what was to be shown is lost. */
[[nodiscard]] result<void> print(std::string_view text);
/** One line on stderr, with control characters made visible. */
void log_line(std::string_view text);
/** `latchkey: …` on stderr; the exit status of a failure. */
int report_failure(const error& failed);

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_ENVIRONMENT_H_
