// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_PROVIDERS_USER_PROVIDER_H_
#define LATCHKEY_NATIVE_PROVIDERS_USER_PROVIDER_H_

#include <optional>
#include <string>
#include <string_view>

#include "latchkey/capabilities.h"
#include "latchkey/native/http/message.h"
#include "latchkey/result.h"

namespace latchkey::native {

/** Finds people (documented: IUserProvider). */
class user_provider {
 public:
  virtual ~user_provider() = default;
  /** The account with this id. Empty when there is none or it is disabled: a disabled person is nobody. */
  [[nodiscard]] virtual result<std::optional<user>> find_user(std::string_view user_id) = 0;
  /**
   * Who sent a request, for a provider that knows it in a way of its own, such as another library's cookie. Asked after
   * tokens and the session's cookie. Empty for nobody, which is the answer of a provider that keeps no track.
   */
  [[nodiscard]] virtual result<std::optional<user>> find_current_user(const http_request& request) {
    static_cast<void>(request);
    return std::nullopt;
  }
  /**
   * The address of the page about a user, for a host that links to it (Mastra: getUserProfileUrl). Empty when the
   * provider has no such page.
   */
  [[nodiscard]] virtual std::optional<std::string> user_profile_url(const user& person) const {
    static_cast<void>(person);
    return std::nullopt;
  }
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_PROVIDERS_USER_PROVIDER_H_
