// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_SERVER_RECORD_H_
#define LATCHKEY_NATIVE_APP_SERVER_RECORD_H_

/**
 * What a server leaves in its store: for the commands that run beside it where it keeps its sessions, because a command
 * whose own configuration says otherwise would end none of them and tell that it did; and for the next server which state
 * Redis held.
 */

#include <cstdint>

#include "latchkey/native/sql/database.h"
#include "settings.h"

namespace latchkey::app {

/** Makes the table that is missing. */
[[nodiscard]] result<void> create_server_record(native::database& store);

/** Puts down where these settings keep sessions. */
[[nodiscard]] result<void> record_sessions_place(native::database& store, const settings& all);

/**
 * `configuration_invalid` when the last server of this store kept its sessions elsewhere than these settings do. Nothing to
 * say when there has been none.
 */
[[nodiscard]] result<void> check_sessions_place(native::database& store, const settings& all);

/** The number of the state that Redis held for the last server of this store; 0 when none is known. */
[[nodiscard]] result<std::int64_t> recorded_redis_state(native::database& store);

/** Puts that number down. */
[[nodiscard]] result<void> record_redis_state(native::database& store, std::int64_t state);

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_SERVER_RECORD_H_
