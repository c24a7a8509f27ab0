// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_OPEN_FILES_H_
#define LATCHKEY_NATIVE_APP_OPEN_FILES_H_

/** How many connections there is room for: each takes a descriptor, of which the system gives a process so many. */

#include <cstddef>

#include "latchkey/result.h"

namespace latchkey::app {

/** What is kept for the database, the log, Redis, mail and files: without them no connection could be served. */
inline constexpr std::size_t reserved_files = 256;

/**
 * How many of the wanted connections a limit leaves room for. Of a small limit half is kept back; `unavailable` when that
 * leaves fewer than 16.
 */
[[nodiscard]] result<std::size_t> connections_within(std::size_t limit, std::size_t wanted);

/** Raises the process's soft limit as far as these connections need and the hard one lets it; the limit from then on. */
[[nodiscard]] std::size_t raise_open_files(std::size_t wanted);

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_OPEN_FILES_H_
