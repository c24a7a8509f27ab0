// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_EXAMPLES_HTTPLIB_ADAPTER_H_
#define LATCHKEY_EXAMPLES_HTTPLIB_ADAPTER_H_

/**
 * A cpp-httplib server with a page of the program's own, into which `latchkey/adapters/httplib.h` puts the API. What can't be
 * helped there is in the README.
 */

#include <memory>

#include "latchkey/native/http/auth_server.h"
#include "listener.h"

namespace notes {

/** Port 0 takes a free one. `configuration_invalid` when the port can't be had. */
[[nodiscard]] latchkey::result<std::unique_ptr<listener>> make_httplib_listener(
    const latchkey::native::auth_server& server, std::uint16_t port);

}  // namespace notes

#endif  // LATCHKEY_EXAMPLES_HTTPLIB_ADAPTER_H_
