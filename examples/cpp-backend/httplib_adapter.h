// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_EXAMPLES_HTTPLIB_ADAPTER_H_
#define LATCHKEY_EXAMPLES_HTTPLIB_ADAPTER_H_

/**
 * Latchkey in a server that is made with cpp-httplib. What the library does to a message before anybody sees it is undone
 * where it can be; what can't be, in version 0.11, is in the README: it percent-decodes the values of headers, drops empty
 * ones, and reads a head of any size. Put a proxy that reads strictly in front of it.
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
