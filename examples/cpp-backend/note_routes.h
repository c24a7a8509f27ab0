// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_EXAMPLES_NOTE_ROUTES_H_
#define LATCHKEY_EXAMPLES_NOTE_ROUTES_H_

/**
 * The team's own routes, each with its guard beside it. Latchkey decides before a handler is called; the handlers hold no
 * question about permissions but the one that a list can't answer by its path.
 */

#include <memory>
#include <string_view>
#include <vector>

#include "latchkey/native/http/auth_server.h"
#include "note_store.h"

namespace notes {

/** What reading the report is called in the audit log. */
inline constexpr std::string_view report_action = "reports:read";

/** Owner, editor, viewer and guest. */
[[nodiscard]] std::vector<latchkey::role_definition> team_roles();

/** Adds the routes. Both parts are shared with the handlers; `secure_cookies` as the session's cookie has it. */
[[nodiscard]] latchkey::result<void> add_note_routes(latchkey::native::auth_server& server,
                                                     const std::shared_ptr<note_store>& store,
                                                     const std::shared_ptr<latchkey::native::acl_manager>& grants,
                                                     bool secure_cookies);

}  // namespace notes

#endif  // LATCHKEY_EXAMPLES_NOTE_ROUTES_H_
