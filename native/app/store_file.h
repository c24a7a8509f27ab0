// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_STORE_FILE_H_
#define LATCHKEY_NATIVE_APP_STORE_FILE_H_

/** The database's file and the disk that it is on, looked at from outside. */

#include <cstdint>
#include <optional>
#include <string>

#include "latchkey/native/sql/database.h"
#include "latchkey/result.h"

namespace latchkey::app {

/** Below this a server is not ready: the next sign-ins could not be written. */
inline constexpr std::uint64_t least_free_bytes = std::uint64_t{1024} * 1024;

/**
 * `store_failed` for a file that lost what it held: a database without any table and without a log beside it, as a copy
 * of a running server's file alone may be, and a log without its database. A missing file and an empty one are good.
 */
[[nodiscard]] result<void> check_store_file(const std::string& path);

/**
 * `configuration_invalid` for tables of a component that this version doesn't know: a newer one made them, and this one
 * could not keep their rules. A host's own components are told by the dot in their names. Reads and changes nothing.
 */
[[nodiscard]] result<void> check_components(native::database& store, const std::string& path);

/** What a file without our tables is, for the log of the start that makes them; empty where they are there. */
[[nodiscard]] std::string describe_new_store(native::database& store, const std::string& path);

/** What this process may still write where the path is; nothing when that can't be known. */
[[nodiscard]] std::optional<std::uint64_t> free_bytes(const std::string& path);

/** `12 KiB`, `340 MiB` or `8 GiB`. */
[[nodiscard]] std::string to_size_text(std::uint64_t bytes);

/** The kind of network file system that the path is on, such as `NFS`; empty for a disk of this machine. */
[[nodiscard]] std::string network_file_system(const std::string& path);
/** The same for the type that statfs(2) tells. */
[[nodiscard]] std::string network_file_system_of_type(std::uint64_t type);

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_STORE_FILE_H_
