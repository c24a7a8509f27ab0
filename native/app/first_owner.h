// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_FIRST_OWNER_H_
#define LATCHKEY_NATIVE_APP_FIRST_OWNER_H_

/** How somebody becomes owner while nobody is: never by being first, but in development. */

#include <span>
#include <string>

#include "composition.h"
#include "latchkey/native/credentials/credentials_service.h"
#include "latchkey/role.h"
#include "settings.h"

namespace latchkey::app {

/** Whether strangers may sign up and the role that a set-up code gives makes somebody owner. */
[[nodiscard]] bool offers_setup_code(const settings& all, std::span<const role_definition> roles);

/**
 * The command that makes an owner, with the role that holds everything here: a new account, because one that is there may
 * be a stranger's under the operator's address.
 */
[[nodiscard]] std::string owner_command(std::span<const role_definition> roles);

/**
 * What an operator is told while nobody is owner; empty when somebody is. May hold a new set-up code. `page` is the
 * address of a sign-up page that takes one behind `#setup=`; empty without such a page.
 */
[[nodiscard]] result<std::string> way_to_first_owner(const settings& all, const stores& opened,
                                                     native::credentials_service& credentials, const std::string& page);

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_FIRST_OWNER_H_
