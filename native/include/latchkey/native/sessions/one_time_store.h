// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SESSIONS_ONE_TIME_STORE_H_
#define LATCHKEY_NATIVE_SESSIONS_ONE_TIME_STORE_H_

/**
 * Remembers what was used, so that it is used once: of any number of concurrent uses of one text exactly one succeeds
 * (SO-23). Texts are kept as SHA-256 digests and only until they would have expired anyway.
 */

#include <cstdint>
#include <memory>
#include <string_view>

#include "latchkey/native/sql/database.h"
#include "latchkey/result.h"

namespace latchkey::native {

/** May be called from several threads at once. */
class one_time_store {
 public:
  virtual ~one_time_store() = default;
  /**
   * Whether this is the first use of `text` for `purpose`; one atomic step. It is remembered until `expires_at_ms`, so
   * whoever calls makes sure that nothing older counts. An error denies.
   */
  [[nodiscard]] virtual result<bool> use(std::string_view purpose, std::string_view text, std::int64_t expires_at_ms,
                                         std::int64_t now_ms) = 0;
};

/** How many unexpired uses a process remembers; `unavailable` above, because forgetting one would allow it twice. */
inline constexpr std::size_t one_time_max_entries = 100'000;

/** For one process; a restart forgets. */
[[nodiscard]] std::shared_ptr<one_time_store> make_memory_one_time_store(
    std::size_t max_entries = one_time_max_entries);

/** For all processes that share a database. Creates its table. */
[[nodiscard]] result<std::shared_ptr<one_time_store>> open_sql_one_time_store(std::shared_ptr<database> store);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SESSIONS_ONE_TIME_STORE_H_
