// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_SERVER_CONFIG_H_
#define LATCHKEY_NATIVE_APP_SERVER_CONFIG_H_

/** From the operator's configuration to the server's. */

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "composition.h"
#include "latchkey/native/http/auth_server.h"
#include "latchkey/native/http/operations.h"
#include "latchkey/role.h"
#include "settings.h"

namespace latchkey::app {

/** `server.public_url` without a slash at its end; empty when it is not set. */
[[nodiscard]] std::string public_origin(const server_settings& server);

/** Whether strangers may make accounts. */
[[nodiscard]] bool is_sign_up_open(const settings& all);

/** Whether a host is this machine alone. */
[[nodiscard]] bool is_loopback(const std::string& host);

/** `configuration_invalid` for addresses and names that would put the sessions at risk. */
[[nodiscard]] result<void> check_server(const server_settings& server);

/** `configuration_invalid` for a cookie's domain that browsers would not take from the server's address. */
[[nodiscard]] result<void> check_cookie_domain(const settings& all);

/**
 * `configuration_invalid` when sign-up is open and its role reads the audit log: strangers would see everybody's address
 * and browser. Not in development, which serves this machine alone, nor where roles.privileged_default allows it.
 */
[[nodiscard]] result<void> check_open_sign_up(const settings& all, std::span<const role_definition> definitions);

/** `configuration_invalid` when the default role is not defined, and as `check_open_sign_up`. */
[[nodiscard]] result<void> check_default_role(const settings& all, std::span<const role_definition> definitions);

/** What an operator may have overlooked, in whole sentences: none of it keeps a server from starting. */
[[nodiscard]] std::vector<std::string> find_risks(const settings& all, std::span<const role_definition> definitions);

/** The token that opens /metrics; empty without a file. */
[[nodiscard]] result<std::string> read_metrics_token(const server_settings& server);

/** What passwords must be, and how they are kept; the rest of the options is for the server alone. */
[[nodiscard]] native::credentials_options make_password_rules(const settings& all);

/** The cookie's settings: sessions have to be bound to the same name. */
[[nodiscard]] native::session_cookie_settings make_cookie(const settings& all);

[[nodiscard]] native::auth_server_config make_config(const settings& all, license_gate license,
                                                     std::shared_ptr<native::metrics_registry> metrics);

/** Health, readiness by these checks, and metrics; `configuration_invalid` when the token of the metrics can't be read. */
[[nodiscard]] result<std::shared_ptr<const native::operations>> make_operations(
    const settings& all, std::vector<native::readiness_check> checks,
    std::shared_ptr<const native::metrics_registry> metrics);

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_SERVER_CONFIG_H_
