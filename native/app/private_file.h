// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_PRIVATE_FILE_H_
#define LATCHKEY_NATIVE_APP_PRIVATE_FILE_H_

/**
 * Files with secrets or accounts in them. Nobody gets to read one who could not before, and who had one keeps it: an
 * operator who works as root must not take the files away from the service, which is somebody else.
 */

#include <string>

#include "latchkey/result.h"

namespace latchkey::app {

/** What happens to a file that is there already. */
enum class new_file { keeps_existing, replaces_existing };

/**
 * Writes it so that nobody else can ever have read it, and that a half-written one is never used. One that replaces
 * another has the owner, group, mode and access list of that one, and stands where a symbolic link led; when it can't have
 * them nothing is replaced. A new one is as `make_private_file` makes it.
 */
[[nodiscard]] result<void> write_private_file(const std::string& path, const std::string& text, new_file rule);

/**
 * Makes an empty file with mode 0600, or leaves the one that is there; whether there is a new one. What root makes in
 * somebody else's folder belongs to that folder's owner.
 */
[[nodiscard]] result<bool> make_private_file(const std::string& path);

/** `store_failed` with path and reason for a file that can't be read and written. */
[[nodiscard]] result<void> check_writable(const std::string& path);

/** Makes sure that the folder is there; a new one, whose owner is chosen likewise, is for its owner alone. */
[[nodiscard]] result<void> prepare_folder(const std::string& folder);

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_PRIVATE_FILE_H_
