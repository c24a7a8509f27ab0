// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_SMALL_FILE_H_
#define LATCHKEY_NATIVE_APP_SMALL_FILE_H_

/** Reading the files that an operator names, which may be anything: a folder, a device without an end, nothing at all. */

#include <cstddef>
#include <string>

#include "latchkey/result.h"

namespace latchkey::app {

/**
 * The text of a regular file of at most so many bytes. Otherwise `configuration_invalid`, whose message is the rest of a
 * sentence that begins with the file: `can't be read: Permission denied`, `is a folder, not a file`.
 */
[[nodiscard]] result<std::string> read_small_file(const std::string& path, std::size_t most_bytes);

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_SMALL_FILE_H_
