// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_SECRET_FILE_H_
#define LATCHKEY_NATIVE_APP_SECRET_FILE_H_

/**
 * The file of secrets with its dates: before a secret may stand a line `# made TIME`, `# sealed until TIME` or
 * `# made TIME, sealed until TIME`, times as in ISO 8601. The dates are for those who rotate; servers read the secrets alone.
 */

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "latchkey/result.h"

namespace latchkey::app {

/** When a secret came into the file, and when it stopped being the one that seals; milliseconds since 1970. */
struct secret_dates {
  std::optional<std::int64_t> made_ms = {};
  std::optional<std::int64_t> sealed_until_ms = {};

  friend bool operator==(const secret_dates&, const secret_dates&) = default;
};

struct dated_secret {
  std::string secret;
  secret_dates dates = {};
};

/** The dates in a line; nothing when it is no line of dates, and so a secret. */
[[nodiscard]] std::optional<secret_dates> parse_dates_line(std::string_view line);

/** The secrets, the newest first. The refusals of `read_secret_file`. */
[[nodiscard]] result<std::vector<dated_secret>> read_dated_secrets(const std::string& path);

/** Writes the file as `write_private_file` does: it keeps its owner, group and mode. */
[[nodiscard]] result<void> write_dated_secrets(const std::string& path, std::span<const dated_secret> secrets);

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_SECRET_FILE_H_
