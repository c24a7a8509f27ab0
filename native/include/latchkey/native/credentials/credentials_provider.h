// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_CREDENTIALS_CREDENTIALS_PROVIDER_H_
#define LATCHKEY_NATIVE_CREDENTIALS_CREDENTIALS_PROVIDER_H_

#include <optional>
#include <string_view>

#include "latchkey/capabilities.h"
#include "latchkey/result.h"

namespace latchkey::native {

/** Signs people in by e-mail and password (documented: ICredentialsProvider). */
class credentials_provider {
 public:
  virtual ~credentials_provider() = default;
  /**
   * The account when the password is right. Empty for an unknown address, a wrong password and a disabled account alike,
   * after the same work. `unavailable` when the hashing queue is full.
   */
  [[nodiscard]] virtual result<std::optional<user>> sign_in(std::string_view email, std::string_view password) = 0;
  /**
   * Whether the details of a new account are acceptable in themselves; otherwise `request_invalid` with the field and the
   * reason. It must not depend on any account, because the answer is told to anybody.
   */
  [[nodiscard]] virtual result<void> check_sign_up(std::string_view email, std::string_view password,
                                                   std::string_view name) const {
    static_cast<void>(email), static_cast<void>(password), static_cast<void>(name);
    return {};
  }
  /** A new account. `sign_up_failed` for a taken address and for whatever else a store refuses, without saying which. */
  [[nodiscard]] virtual result<user> sign_up(std::string_view email, std::string_view password,
                                             std::string_view name) = 0;
  /**
   * Whether this is the one-time code that the server has shown to its operator while nobody was owner; otherwise, and
   * where there are none, `request_invalid` with the field `setupCode`. Uses nothing up.
   */
  [[nodiscard]] virtual result<void> check_setup_code(std::string_view setup_code) const {
    static_cast<void>(setup_code);
    return fail(errc::request_invalid, "There are no set-up codes here.", "setupCode");
  }
  /**
   * A new account that is owner, for whoever knows that code; in one atomic step, so that of any number of them exactly one
   * succeeds. Refuses codes as `check_setup_code`, and a right one when somebody is owner by now; otherwise as `sign_up`.
   */
  [[nodiscard]] virtual result<user> sign_up_owner(std::string_view email, std::string_view password,
                                                   std::string_view name, std::string_view setup_code) {
    static_cast<void>(email), static_cast<void>(password), static_cast<void>(name), static_cast<void>(setup_code);
    return fail(errc::request_invalid, "There are no set-up codes here.", "setupCode");
  }
  [[nodiscard]] virtual bool is_sign_up_enabled() const = 0;
  /** Whether a forgotten password can be replaced by way of a mailbox. */
  [[nodiscard]] virtual bool is_password_reset_enabled() const { return false; }
  /**
   * Has a single-use token sent to the address when an account with a password has it. Nothing is looked up before this
   * returns, so that result and time are those of every other address. `unavailable` when too many requests wait.
   */
  [[nodiscard]] virtual result<void> request_password_reset(std::string_view email) {
    static_cast<void>(email);
    return fail(errc::not_configured, "Passwords can't be reset here.");
  }
  /**
   * Uses the token up and gives its account this password, in one atomic step, and ends all of the account's sessions.
   * Empty for a token that is wrong, used or over; `request_invalid` with field `password` when the password is refused,
   * and the token is as good as before. Makes no session.
   */
  [[nodiscard]] virtual result<std::optional<user>> reset_password(std::string_view token,
                                                                   std::string_view new_password) {
    static_cast<void>(token), static_cast<void>(new_password);
    return fail(errc::not_configured, "Passwords can't be reset here.");
  }
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_CREDENTIALS_CREDENTIALS_PROVIDER_H_
