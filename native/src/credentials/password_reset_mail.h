// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_CREDENTIALS_PASSWORD_RESET_MAIL_H_
#define LATCHKEY_NATIVE_SRC_CREDENTIALS_PASSWORD_RESET_MAIL_H_

/**
 * Letters with links that replace a password. Everything that depends on the account (whether there is one, the token,
 * the mail server) happens on a thread of its own behind a bounded queue: a request only puts an address there (CR-08).
 * The store sees the same statements and the same durable write for an address without an account, and sees them after a
 * time of chance, so that the next request's wait for the store tells nothing either.
 */

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "delayed_worker.h"
#include "latchkey/native/credentials/credentials_service.h"

namespace latchkey::native {

/** What is kept of a token, and found by it. */
[[nodiscard]] result<std::string> reset_token_digest(std::string_view token);

/** 0 to 2 seconds by chance, from the cryptographic source. */
[[nodiscard]] result<std::chrono::milliseconds> random_reset_delay();

class password_reset_mail {
 public:
  /** `configuration_invalid` for what `credentials_service::make` refuses. */
  [[nodiscard]] static result<std::unique_ptr<password_reset_mail>> make(std::shared_ptr<sql_accounts> accounts,
                                                                         password_reset_options options);
  /** `unavailable` when too many wait. The address is a normalised one. */
  [[nodiscard]] result<void> request(std::string email);

 private:
  password_reset_mail(std::shared_ptr<sql_accounts> accounts, password_reset_options options);
  void deliver(const std::string& email) const noexcept;
  [[nodiscard]] result<void> send(const std::string& email) const;

  const std::shared_ptr<sql_accounts> accounts_;
  const password_reset_options options_;
  // Its thread uses what stands above.
  delayed_worker queue_;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_CREDENTIALS_PASSWORD_RESET_MAIL_H_
