// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_SERVER_PARTS_H_
#define LATCHKEY_NATIVE_APP_SERVER_PARTS_H_

/** Everything behind the sockets, made by `serve` over its stores and by `doctor` to see whether it can be. */

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "composition.h"
#include "latchkey/license.h"
#include "latchkey/native/http/auth_server.h"
#include "latchkey/native/http/health_watch.h"
#include "latchkey/native/http/operations.h"
#include "latchkey/native/server/static_files.h"
#include "reset_page.h"
#include "settings.h"

namespace latchkey::app {

/** The stores, the parts over them, and the server that asks those. */
struct server_parts {
  stores opened;
  native::auth_server_config config;
  std::shared_ptr<native::credentials_service> credentials;
  std::shared_ptr<native::key_ring> keys;
  std::shared_ptr<native::audit_logger> audit;
  std::unique_ptr<native::auth_server> server;
  std::shared_ptr<const native::operations> operations;
  native::static_files pages;
  /** Checks nothing before its `start`. */
  std::shared_ptr<native::health_watch> health;
  /** Where `pages` has nothing at that path. */
  reset_page resets;
};

/**
 * Takes over the roles of the file as well. Says nothing on the log but what the secrets deserve. `find_license` gives the
 * license of now while the server runs; without it `license` is asked.
 */
[[nodiscard]] result<server_parts> make_server_parts(const settings& all, stores opened,
                                                     std::span<const std::string> secrets, license_gate license,
                                                     std::function<license_gate()> find_license = {});

/** The studio's folder; empty when there is none to serve. */
[[nodiscard]] std::string studio_folder(const server_settings& server);

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_SERVER_PARTS_H_
