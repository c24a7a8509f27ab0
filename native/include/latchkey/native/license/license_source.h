// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_LICENSE_LICENSE_SOURCE_H_
#define LATCHKEY_NATIVE_LICENSE_LICENSE_SOURCE_H_

/**
 * Where a host's license comes from while it runs. `auth_server_config::license` is a value that was read once; a source is
 * asked again and again, keeps each answer for 60 s on the monotonic clock (core's `license_cache`), and warns once for
 * each text that is set but not valid.
 */

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "latchkey/license.h"
#include "latchkey/native/clock.h"

namespace latchkey::native {

/** The environment variable that a Mastra server reads its license from. */
inline constexpr const char* license_variable = "MASTRA_EE_LICENSE";

/**
 * The license text in `MASTRA_EE_LICENSE`; nothing when the variable is unset or empty. Reads the environment, so nothing
 * may change it at the same time.
 */
[[nodiscard]] std::optional<std::string> license_text_of_environment();

struct license_source_options {
  /** Gives the text, or nothing where there is none. Called under a lock, at most once a minute. */
  std::function<std::optional<std::string>()> read = license_text_of_environment;
  license_rules rules = {};
  /** Mastra Cloud or development mode: every feature is on, whatever the text is. A bad text is warned about all the same. */
  bool exempt = false;
  /** Takes one sentence for each text that is set but not valid. Unset: a line on standard error. Must not throw. */
  std::function<void(std::string_view sentence)> warn = {};
  clock_function clock = system_clock_ms;
  /** Milliseconds of a clock that never steps back. */
  clock_function monotonic_clock = monotonic_clock_ms;
};

/** May be called from several threads at once. */
class license_source {
 public:
  /** `configuration_invalid` for a missing function. Reads the license for the first time. */
  [[nodiscard]] static result<std::shared_ptr<license_source>> make(license_source_options options = {});

  /** The license of now. Quick: a text is read and checked at most once a minute. */
  [[nodiscard]] license_gate current();

 private:
  explicit license_source(license_source_options options);

  license_source_options options_;
  std::mutex guard_;
  license_cache cache_;
  std::string text_;
  std::int64_t read_at_ms_ = 0;
  bool has_read_ = false;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_LICENSE_LICENSE_SOURCE_H_
