// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_SESSIONS_SUCCESSOR_SEAL_H_
#define LATCHKEY_NATIVE_SRC_SESSIONS_SUCCESSOR_SEAL_H_

/**
 * The id of the session that another was renewed into, for whoever has the other's id: AES-256-GCM under a key that is
 * derived from that id. A store can keep it without knowing either.
 */

#include <optional>
#include <string>
#include <string_view>

#include "latchkey/result.h"

namespace latchkey::native {

/** Bytes, not text. */
[[nodiscard]] result<std::string> seal_successor(std::string_view old_id, std::string_view successor_id);
/** Empty for what was not sealed under this id. */
[[nodiscard]] std::optional<std::string> open_successor(std::string_view old_id, std::string_view sealed);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_SESSIONS_SUCCESSOR_SEAL_H_
