// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_EXAMPLES_BEAST_ADAPTER_H_
#define LATCHKEY_EXAMPLES_BEAST_ADAPTER_H_

/** The Boost.Beast server of `latchkey/adapters/beast.h`, as the program chooses it. */

#include <memory>

#include "latchkey/native/http/auth_server.h"
#include "listener.h"

namespace notes {

/** Port 0 takes a free one. `configuration_invalid` when the port can't be had. */
[[nodiscard]] latchkey::result<std::unique_ptr<listener>> make_beast_listener(
    const latchkey::native::auth_server& server, std::uint16_t port);

}  // namespace notes

#endif  // LATCHKEY_EXAMPLES_BEAST_ADAPTER_H_
