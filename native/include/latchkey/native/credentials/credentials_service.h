// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_CREDENTIALS_CREDENTIALS_SERVICE_H_
#define LATCHKEY_NATIVE_CREDENTIALS_CREDENTIALS_SERVICE_H_

/**
 * Signing in and up with e-mail and password over `sql_accounts`. Signing in tells nobody who has an account: unknown
 * address, wrong password and disabled account take the same work and give the same answer (CR-07, CR-08).
 *
 * The rule of equal work: every sign-in that fails costs one hash at the configured cost. Against a stored hash that costs
 * less (an imported one), or is none at all, what is missing is computed as well, to within a sixteenth. That holds for
 * a disabled account and its right password too. A stored hash that costs more takes longer: never configure a lower cost
 * than before. A sign-in that succeeds may cost a second hash, the upgrade of the stored one.
 *
 * Signing up takes the same work for a taken address as for a free one, but a free one ends signed in: switch it off where
 * that must not be known. At most two hashes run at once (CR-06).
 */

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "latchkey/native/clock.h"
#include "latchkey/native/credentials/credentials_provider.h"
#include "latchkey/native/credentials/hash_gate.h"
#include "latchkey/native/credentials/password_hash.h"
#include "latchkey/native/credentials/password_policy.h"
#include "latchkey/native/credentials/sql_accounts.h"
#include "latchkey/native/mail/mail_message.h"
#include "latchkey/native/providers/user_provider.h"

namespace latchkey::native {

inline constexpr std::size_t user_name_max_bytes = 1024;
/** A set-up code stands in a log, which others may read later. */
inline constexpr std::int64_t setup_code_lifetime_ms = 60 * 60'000;

/** The longest that a link to reset a password may work (CR-11). */
inline constexpr std::int64_t password_reset_max_ms = 30 * 60'000;

/** How forgotten passwords are replaced. Off without a mailer. */
struct password_reset_options {
  /** Called on a thread of the service's own, one message at a time. */
  mailer send = {};
  /**
   * The page on which a new password is chosen: https, or http on a loopback name. The link in the letter is this and
   * `#token=…`: what stands behind `#` is sent to no server and so gets into no log and no Referer.
   */
  std::string page_url = {};
  std::int64_t lifetime_ms = password_reset_max_ms;
  /** How many requests may wait for their time or for the mail server. */
  std::size_t waiting = 64;
  /**
   * How long after the answer the work for a request begins: what depends on the address must not stand in the way of the
   * next request. Asked on the thread of the request, by several at once. Empty: 0 to 2 seconds by chance, from the
   * cryptographic source. An error refuses the request.
   */
  std::function<result<std::chrono::milliseconds>()> delay = {};
  /** Hears why a letter was not sent. Holds neither address nor token. May be empty; called from the service's thread. */
  std::function<void(std::string_view reason)> report = {};
};

class password_reset_mail;
class setup_code;

struct credentials_options {
  bool is_sign_up_enabled = true;
  /** For development: the first account of an empty store becomes `owner`. */
  bool is_first_account_owner = false;
  /**
   * Whether nobody is owner and the role `owner` would make somebody one, read from the store whose write transaction adds
   * the first one. Empty: whether no account has that role. See `begin_setup`.
   */
  std::function<result<bool>(sql_executor& store)> needs_owner = {};
  clock_function clock = system_clock_ms;
  /** The role of those who sign up; none when empty. */
  std::string default_role = "viewer";
  password_policy policy = {};
  password_hashing hashing = {};
  /** Accepts hashing costs below `password_min_log2_n`. For tests alone. */
  bool allows_quick_hashing = false;
  hash_gate::limits gate = {};
  password_reset_options password_reset = {};
  /** Ends every session of a user: called after a change of password and when an account is disabled. May be empty. */
  std::function<result<void>(std::string_view user_id)> end_sessions = {};
};

/** May be used by several threads at once. */
class credentials_service final : public credentials_provider, public user_provider {
 public:
  /**
   * `configuration_invalid` for a minimum length under 8, a maximum under 64, a hashing cost that is too low, or a
   * password reset with a bad page, no time, over 30 minutes, or no queue.
   */
  [[nodiscard]] static result<std::shared_ptr<credentials_service>> make(std::shared_ptr<sql_accounts> accounts,
                                                                         credentials_options options);
  /** Waits for the letter that is being sent; those that wait for their time or for the mail server are dropped. */
  ~credentials_service() override;

  [[nodiscard]] result<std::optional<latchkey::user>> find_user(std::string_view user_id) override;
  [[nodiscard]] result<std::optional<latchkey::user>> sign_in(std::string_view email,
                                                              std::string_view password) override;
  [[nodiscard]] result<latchkey::user> sign_up(std::string_view email, std::string_view password,
                                               std::string_view name) override;
  [[nodiscard]] result<void> check_setup_code(std::string_view setup_code) const override;
  [[nodiscard]] result<latchkey::user> sign_up_owner(std::string_view email, std::string_view password,
                                                     std::string_view name, std::string_view setup_code) override;
  [[nodiscard]] bool is_sign_up_enabled() const override { return options_.is_sign_up_enabled; }

  [[nodiscard]] result<void> check_sign_up(std::string_view email, std::string_view password,
                                           std::string_view name) const override;

  [[nodiscard]] bool is_password_reset_enabled() const override { return resets_ != nullptr; }
  [[nodiscard]] result<void> request_password_reset(std::string_view email) override;
  [[nodiscard]] result<std::optional<latchkey::user>> reset_password(std::string_view token,
                                                                     std::string_view new_password) override;

  /**
   * For operators, to be shown to nobody else: a new code of 20 characters with which `sign_up_owner` makes the first
   * owner, once, within an hour, and only if nobody is owner by then. It is known to this service alone and ends with it;
   * only the latest one is good. `sign_up_disabled` where sign-up is off.
   */
  [[nodiscard]] result<std::string> begin_setup();

  /** For operators: adds an account although sign-up may be off, and says why not. */
  [[nodiscard]] result<account> add_account(std::string_view email, std::string_view password, std::string_view name,
                                            std::span<const std::string> roles);
  /** For operators: a new password; ends the sessions that were opened with the old one (SS-23). */
  [[nodiscard]] result<void> set_password(std::string_view user_id, std::string_view password);
  /** For operators: disables, which ends all sessions (SS-22), or enables; the ended ones stay ended. */
  [[nodiscard]] result<void> set_disabled(std::string_view user_id, bool is_disabled);

 private:
  credentials_service(std::shared_ptr<sql_accounts> accounts, credentials_options options, std::string dummy_hash);
  [[nodiscard]] result<std::string> hash(std::string_view password);
  [[nodiscard]] result<latchkey::user> add_stranger(std::string_view email, std::string_view password,
                                                    new_account added);
  [[nodiscard]] result<void> check_owner_is_needed(sql_executor& store) const;
  [[nodiscard]] result<std::optional<latchkey::user>> verify(std::string_view password,
                                                             const std::optional<stored_credential>& credential);
  [[nodiscard]] result<void> end_sessions(std::string_view user_id) const;
  [[nodiscard]] result<void> check_new_password(const account& owner, std::string_view password) const;

  std::shared_ptr<sql_accounts> accounts_;
  const credentials_options options_;
  std::shared_ptr<hash_gate> gate_;
  // What an unknown user's password is compared with; nobody knows a password for it.
  const std::string dummy_hash_;
  const std::unique_ptr<setup_code> setup_;
  // Its thread uses what stands above.
  std::unique_ptr<password_reset_mail> resets_;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_CREDENTIALS_CREDENTIALS_SERVICE_H_
