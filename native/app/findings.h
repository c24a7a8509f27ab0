// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_FINDINGS_H_
#define LATCHKEY_NATIVE_APP_FINDINGS_H_

/** What the doctor looked at, one thing a line, and how it looks at what is stored. */

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "latchkey/role.h"
#include "settings.h"

namespace latchkey::app {

class findings {
 public:
  void good(std::string_view what, const std::string& seen) { add("ok", what, seen); }
  void doubtful(std::string_view what, const std::string& seen) { add("warn", what, seen); }
  /** One mistake is one line, however many parts refuse it. */
  void bad(std::string_view what, const std::string& seen);
  /** A line for each. */
  [[nodiscard]] std::string lines() const;
  /** `{"ok":…,"findings":[{"verdict":"ok|warn|fail","about":…,"message":…}]}` and the end of a line. */
  [[nodiscard]] std::string to_json() const;
  /** Whether there is a failure of this. */
  [[nodiscard]] bool has_failed(std::string_view what) const;
  [[nodiscard]] bool has_failures() const noexcept { return !failures_.empty(); }

 private:
  struct finding {
    std::string_view verdict;
    std::string what;
    std::string seen;
  };
  void add(std::string_view verdict, std::string_view what, const std::string& seen);

  std::vector<finding> all_;
  std::set<std::string> failures_;
};

/**
 * The folder and the database, without making or changing either: what is there, and whether a server could use it. The
 * roles that a server would have of it; nothing when it is yet to be made.
 */
[[nodiscard]] std::optional<std::vector<role_definition>> look_at_store(const settings& all, findings& found);

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_FINDINGS_H_
