// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_ENVIRONMENT_H_
#define LATCHKEY_NATIVE_APP_ENVIRONMENT_H_

/** What the executable takes from its surroundings: variables, the data folder, secrets and its own place. */

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "latchkey/license.h"
#include "latchkey/native/license/license_source.h"
#include "latchkey/result.h"
#include "settings.h"

namespace latchkey::app {

/** A variable that is set and not empty. */
[[nodiscard]] std::optional<std::string> variable(const char* name);

/** The sealing secrets, the newest first, and what to tell the operator about them: what was done, and what is to be mended. */
struct secret_setting {
  std::vector<std::string> secrets;
  std::vector<std::string> notes;
  std::vector<std::string> warnings;
};

/**
 * LATCHKEY_SECRET, or the lines of the file that session.secret_file names, but not both. Without either, development
 * mode keeps a random one in `secret` of the data folder (mode 0600); otherwise `configuration_invalid`.
 */
[[nodiscard]] result<secret_setting> find_secrets(const settings& all);

/** The file that `find_secrets` reads, existing or not; empty when the secret is a variable or there is none. */
[[nodiscard]] std::string secret_file_of(const settings& all);

/** The lines of a file of secrets, empty ones and dates (secret_file.h) left out: at most 16, together at most 64 KiB. Refusals call it `what`. */
[[nodiscard]] result<std::vector<std::string>> read_secret_file(const std::string& path,
                                                                std::string_view what = "secret file");

/** How licenses are checked here; `configuration_invalid` when the vendor's key can't be read. */
[[nodiscard]] result<license_rules> make_license_rules(const license_settings& license);

/** MASTRA_EE_LICENSE; development mode needs none. `license_required` or `license_invalid` otherwise. */
[[nodiscard]] result<license_gate> find_license(const settings& all);

/** The license as a running server asks for it. A text that is set but not valid, or has ended, is warned about once. */
[[nodiscard]] result<std::shared_ptr<native::license_source>> open_license_source(const settings& all);

/** `../share/latchkey/studio` beside the executable. */
[[nodiscard]] std::string default_studio_folder();

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_ENVIRONMENT_H_
