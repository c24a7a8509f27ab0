// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_EXAMPLES_NOTE_STORE_H_
#define LATCHKEY_EXAMPLES_NOTE_STORE_H_

/** The team's own data: notes, in a table beside those of Latchkey. */

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "latchkey/native/sql/database.h"

namespace notes {

/** The most that one answer lists. */
inline constexpr std::int64_t listed_notes_max = 1'000;

struct note {
  std::string id;
  std::string title;
  std::string text;
  /** Who made it. */
  std::string author_id;
};

/** May be used by several threads at once. */
class note_store {
 public:
  /** Creates the table when it is missing. */
  [[nodiscard]] static latchkey::result<std::shared_ptr<note_store>> open(
      std::shared_ptr<latchkey::native::database> database);

  /** In the order of their titles; all of them, or those with exactly this title. */
  [[nodiscard]] latchkey::result<std::vector<note>> list(const std::optional<std::string>& title = {});
  [[nodiscard]] latchkey::result<std::optional<note>> find(std::string_view id);
  [[nodiscard]] latchkey::result<void> insert(const note& added);
  /** False when there is no such note. */
  [[nodiscard]] latchkey::result<bool> change(std::string_view id, std::string_view title, std::string_view text);
  /** False when there is no such note. */
  [[nodiscard]] latchkey::result<bool> remove(std::string_view id);
  [[nodiscard]] latchkey::result<std::int64_t> count();

 private:
  explicit note_store(std::shared_ptr<latchkey::native::database> database) : database_(std::move(database)) {}

  std::shared_ptr<latchkey::native::database> database_;
};

}  // namespace notes

#endif  // LATCHKEY_EXAMPLES_NOTE_STORE_H_
