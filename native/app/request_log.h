// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_REQUEST_LOG_H_
#define LATCHKEY_NATIVE_APP_REQUEST_LOG_H_

/** A line on stderr for each request and each internal failure, as JSON objects or as plain text. */

#include "latchkey/native/http/auth_server.h"
#include "settings.h"

namespace latchkey::app {

/** For `auth_server_config::observe`; empty when requests are not to be logged. */
[[nodiscard]] std::function<void(const native::request_observation&)> make_request_log(const log_settings& log);

/** For `auth_server_config::report`. */
[[nodiscard]] std::function<void(const native::failure_report&)> make_failure_log(const log_settings& log);

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_REQUEST_LOG_H_
