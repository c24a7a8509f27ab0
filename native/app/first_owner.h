// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_FIRST_OWNER_H_
#define LATCHKEY_NATIVE_APP_FIRST_OWNER_H_

#include <span>
#include <string>

#include "latchkey/role.h"
#include "server_parts.h"

namespace latchkey::app {

/**
 * How somebody becomes owner while nobody is, as a sentence for the operator; empty when there is one. Where strangers may
 * sign up it holds a new set-up code: nobody becomes owner by being first, but in development. `address` is where the
 * server listens.
 */
[[nodiscard]] result<std::string> way_to_first_owner(const settings& all, const server_parts& made,
                                                     std::span<const role_definition> roles,
                                                     const std::string& address);

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_FIRST_OWNER_H_
