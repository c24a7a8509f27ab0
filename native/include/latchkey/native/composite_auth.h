// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_COMPOSITE_AUTH_H_
#define LATCHKEY_NATIVE_COMPOSITE_AUTH_H_

/**
 * One provider made of others. Everything here may be called from several threads at once, as the members may, and lives
 * as long as its own parts: the members are shared with it.
 */

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "latchkey/native/provider.h"

namespace latchkey::native {

/**
 * A provider with further parts: each part that `parts` has replaces that of `base`. Who the current user is stays for
 * the base to say, so does the kind of provider (its flags). The name is `<base>-ee`; that of `parts` is not used.
 */
[[nodiscard]] auth_provider with_ee(auth_provider base, auth_provider parts);

/** Who says whether a person may use guarded routes, of the members that have a token part. */
enum class composite_authorization : std::uint8_t {
  /**
   * The member that knew the token; for a session, the first member that knows the person. One without a token part has
   * nothing to say, and they may.
   */
  authenticator,
  /** One yes is enough. A member that fails says no. */
  any,
  /** All of them, also those that have never heard of the person. */
  every,
};

struct composite_auth_options {
  std::string name = "composite";
  composite_authorization authorization = composite_authorization::authenticator;
};

/**
 * Several providers side by side, in this order:
 * - A token is tried with each; the first that knows it wins and is remembered in `member_path`. A session, a user by id
 *   and the current user are looked for in the same way. A member that fails or throws is skipped; when nobody else
 *   knows, its error is the answer, because "no" would be a guess.
 * - Single sign-on, new sessions, credentials, roles, grants on resources, the audit log and the counter of attempts are
 *   those of the first member that has them.
 * - Ending sessions is done by all, and a failure of one keeps none of the others from it; cookies are cleared by all,
 *   each line by itself.
 * - It is a cloud provider when one member is, and a simple one when all are.
 * Ids of users must differ between the members: a session remembers the id alone. `configuration_invalid` without any
 * member or name.
 */
[[nodiscard]] result<auth_provider> composite_auth(std::vector<auth_provider> members,
                                                   composite_auth_options options = {});

/** The part, or `no_sso_provider`. Lives as long as the provider. */
[[nodiscard]] result<sso_provider*> require_sso(const auth_provider& provider);
/** The part, or `no_session_provider`. Lives as long as the provider. */
[[nodiscard]] result<session_provider*> require_sessions(const auth_provider& provider);
/** Where signing out goes on; empty when there is no single sign-on, or it has no such page. */
[[nodiscard]] result<std::optional<std::string>> logout_url(const auth_provider& provider, std::string_view user_id,
                                                            std::string_view return_url);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_COMPOSITE_AUTH_H_
