// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_EXAMPLES_BACKEND_H_
#define LATCHKEY_EXAMPLES_BACKEND_H_

/** The team's backend without a socket: accounts, roles, grants, audit and notes in one SQLite file. */

#include <memory>
#include <string>

#include "latchkey/native/http/auth_server.h"

namespace notes {

struct backend_options {
  /** The folder of the database; made when it is missing. */
  std::string data = "notes-data";
  /**
   * Needs neither a secret nor a license: sessions end with the program, the first account becomes owner, and cookies work
   * over plain http. Otherwise LATCHKEY_SECRET and MASTRA_EE_LICENSE have to be set.
   */
  bool is_development = false;
  /** Adds a route that declares nothing, to show what becomes of it. */
  bool has_undeclared_route = false;
};

/** Opens everything and adds the routes, or says what is missing. */
[[nodiscard]] latchkey::result<std::unique_ptr<latchkey::native::auth_server>> open_backend(
    const backend_options& options);

}  // namespace notes

#endif  // LATCHKEY_EXAMPLES_BACKEND_H_
