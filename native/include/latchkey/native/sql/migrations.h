// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SQL_MIGRATIONS_H_
#define LATCHKEY_NATIVE_SQL_MIGRATIONS_H_

/**
 * Brings the tables of one component to the version that this program needs. The versions that a database has are kept
 * in `latchkey_migration`; all missing steps happen in one transaction, so a process that dies half-way changes nothing
 * and any number of processes may start at once.
 */

#include <span>
#include <string_view>

#include "latchkey/native/sql/database.h"

namespace latchkey::native {

/** One step: its version is its place in the list, from 1. A step that was ever released never changes. */
struct migration {
  std::string_view name;
  std::span<const std::string_view> statements;
};

/**
 * Runs what is missing. Running it again changes nothing. `configuration_invalid` when the database was made by a newer
 * program: an older one must not guess what its tables mean. A host's own component has a dot in its name, such as
 * `example.notes`: the executable refuses a database with any other that it doesn't know.
 */
[[nodiscard]] result<void> migrate(database& store, std::string_view component, std::span<const migration> steps);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SQL_MIGRATIONS_H_
