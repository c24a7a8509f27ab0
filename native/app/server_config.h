// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_SERVER_CONFIG_H_
#define LATCHKEY_NATIVE_APP_SERVER_CONFIG_H_

/** From the operator's configuration to the server's. */

#include <string>
#include <string_view>

#include "latchkey/native/http/auth_server.h"
#include "settings.h"

namespace latchkey::app {

/** Whether a host is this machine alone. */
[[nodiscard]] bool is_loopback(const std::string& host);

/** `configuration_invalid` for addresses and names that would put the sessions at risk. */
[[nodiscard]] result<void> check_server(const server_settings& server);

/** The cookie's settings: sessions have to be bound to the same name. */
[[nodiscard]] native::session_cookie_settings make_cookie(const settings& all);

[[nodiscard]] native::auth_server_config make_config(const settings& all, license_gate license);

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_SERVER_CONFIG_H_
