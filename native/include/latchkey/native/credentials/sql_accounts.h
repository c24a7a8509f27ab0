// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_CREDENTIALS_SQL_ACCOUNTS_H_
#define LATCHKEY_NATIVE_CREDENTIALS_SQL_ACCOUNTS_H_

/**
 * Accounts in a database, in the tables that Better Auth makes (`user`, `account`, `session`, `verification`), so that
 * a Node application may share them. What Latchkey knows beyond that is in tables of its own: whether an account is
 * disabled, and its roles. An account that another program made has the default role until an operator gives it others.
 *
 * Accounts read by id come from memory: own changes show at once, those of other processes within a second.
 */

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "latchkey/capabilities.h"
#include "latchkey/native/clock.h"
#include "latchkey/native/sql/change_watch.h"
#include "latchkey/native/sql/database.h"

namespace latchkey::native {

/** How an account began: who chose its address, and whether it is known that the address is theirs. */
enum class account_origin : std::uint8_t {
  /** Made by another program, or before this was kept. */
  unknown,
  /** A stranger signed up; sign-up proves no address. */
  sign_up,
  /** Signed up with the operator's set-up code, which proves who it was. */
  set_up,
  /** Made by an operator, or taken over by one who set a new password and ended the sessions. */
  by_operator
};

/** `-`, `sign-up`, `set-up`, `operator`. Lives as long as the program. */
[[nodiscard]] std::string_view to_string(account_origin origin) noexcept;

/** What is known about a person. */
struct account {
  latchkey::user person = {};
  bool is_email_verified = false;
  bool is_disabled = false;
  /** In the order in which they were given. */
  std::vector<std::string> roles = {};
  std::int64_t created_at_ms = 0;
  account_origin origin = account_origin::unknown;
};

/**
 * Whether it is known that the person who holds the account is the one whose address it has: an operator made it, it began
 * with a set-up code, or its address was verified.
 */
[[nodiscard]] bool is_proven(const account& held) noexcept;

/** What sign-in needs: whose address it is, and the stored hash, if that person has a password. */
struct stored_credential {
  std::string user_id = {};
  std::optional<std::string> password_hash = {};
};

struct new_account {
  /** Normalised. */
  std::string email;
  std::string name = {};
  std::string password_hash = {};
  std::vector<std::string> roles = {};
  /** Whether the account becomes `owner`, instead of `roles`, when it is the first one in the store. */
  bool is_owner_when_first = false;
  /** Asked in the transaction that adds the account, before anything is written: its error is the answer. May be empty. */
  std::function<result<void>(sql_executor& store)> precondition = {};
  account_origin origin = account_origin::unknown;
};

struct sql_accounts_options {
  /** The role of accounts that nobody gave one; none when empty. */
  std::string default_role = "viewer";
  clock_function clock = system_clock_ms;
  /** How many accounts memory keeps. */
  std::size_t cached_accounts = 10'000;
};

/** May be used by several threads at once. */
class sql_accounts {
 public:
  /** Creates the tables that are missing. Fails as `check_layout`. */
  [[nodiscard]] static result<std::shared_ptr<sql_accounts>> open(std::shared_ptr<database> store,
                                                                  sql_accounts_options options = {});

  /**
   * Whether the tables of accounts that are there already have the columns that this class reads and writes.
   * `configuration_invalid` with a sentence that names what is missing, such as those of a database that Better Auth set
   * up with columns in snake_case; `open` asks this before it changes anything. Tables that are missing are no fault.
   */
  [[nodiscard]] static result<void> check_layout(database& store);

  /** The account with this id, disabled or not; null when there is none. */
  [[nodiscard]] result<std::shared_ptr<const account>> find(std::string_view user_id);
  /** The account with this normalised address; null when there is none. */
  [[nodiscard]] result<std::shared_ptr<const account>> find_by_email(std::string_view email);
  [[nodiscard]] result<std::optional<stored_credential>> find_credential(std::string_view email);
  /** Oldest first. */
  [[nodiscard]] result<std::vector<account>> list(std::int64_t limit = 1'000, std::int64_t offset = 0);
  [[nodiscard]] result<std::int64_t> count();

  /**
   * Adds an account in one atomic step; null when the address is taken, which then costs a durable write as well. Of
   * any number of first accounts that are added at once exactly one becomes owner.
   */
  [[nodiscard]] result<std::shared_ptr<const account>> insert(const new_account& added);
  /** The role of accounts that nobody gave one; empty for none. */
  [[nodiscard]] const std::string& default_role() const noexcept { return options_.default_role; }
  /**
   * Replaces the roles of a user by what `decide` makes of them, in one write transaction: nobody else writes between
   * what it reads from the store and the commit. `confirm`, if any, sees the store as it will be. An error of either, or
   * a false `keep`, undoes everything. `not_found` for an unknown user.
   */
  using roles_decision = std::function<result<void>(sql_executor& store, std::vector<std::string>& roles)>;
  using roles_confirmation = std::function<result<void>(sql_executor& store)>;
  [[nodiscard]] result<void> change_roles(std::string_view user_id, const roles_decision& decide,
                                          const roles_confirmation& confirm = {}, bool keep = true);
  /** Replaces all roles, whatever they are and whoever remains. `not_found` for an unknown user. */
  [[nodiscard]] result<void> set_roles(std::string_view user_id, std::span<const std::string> roles);
  /** `not_found` for an unknown user. Sessions are the caller's business. */
  [[nodiscard]] result<void> set_disabled(std::string_view user_id, bool is_disabled);
  /** Notes how the account is to be judged from now on. `not_found` for an unknown user. */
  [[nodiscard]] result<void> set_origin(std::string_view user_id, account_origin origin);
  /**
   * Gives the user this hash, whatever there was before, and makes every link to reset the password worthless.
   * `not_found` for an unknown user.
   */
  [[nodiscard]] result<void> set_password_hash(std::string_view user_id, std::string_view hash);
  /** Replaces the hash only if it is still `old`: an upgrade must not undo a change made meanwhile. */
  [[nodiscard]] result<void> replace_password_hash(std::string_view user_id, std::string_view old,
                                                   std::string_view hash);

  /**
   * Keeps the digest of a token that may replace the password of this user for so long. False when the user has no
   * password, is disabled or unknown (such as ""), which costs the same statements and as durable a write. Also removes
   * what is over.
   */
  [[nodiscard]] result<bool> add_password_reset(std::string_view user_id, std::string_view token_digest,
                                                std::int64_t lifetime_ms);
  /** Whose password a token may replace now; empty when nobody's. The decision is `complete_password_reset`'s. */
  [[nodiscard]] result<std::optional<std::string>> find_password_reset(std::string_view token_digest);
  /**
   * Uses the token up and sets the hash, in one atomic step: of any number of concurrent calls exactly one is true. False
   * as well when the token is over, when the password was changed since, by whatever program, and for a disabled user.
   */
  [[nodiscard]] result<bool> complete_password_reset(std::string_view token_digest, std::string_view hash);

 private:
  sql_accounts(std::shared_ptr<database> store, sql_accounts_options options);
  [[nodiscard]] result<std::shared_ptr<const account>> load(std::string_view user_id);
  void keep(std::string_view user_id, std::uint64_t generation, const std::shared_ptr<const account>& loaded);
  void forget_all();
  [[nodiscard]] result<void> require(sql_executor& store, std::string_view user_id);
  [[nodiscard]] result<void> write_password_hash(sql_executor& store, std::string_view user_id, std::string_view hash);
  [[nodiscard]] result<void> adopt(sql_executor& store, std::string_view user_id);
  [[nodiscard]] result<void> insert_roles(sql_executor& store, std::string_view user_id,
                                          std::span<const std::string> roles);
  [[nodiscard]] result<void> write_origin(sql_executor& store, std::string_view user_id, account_origin origin);
  [[nodiscard]] result<bool> insert_rows(sql_executor& store, const std::string& id, const new_account& added);

  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
  };

  std::shared_ptr<database> store_;
  const sql_accounts_options options_;
  change_watch watch_;
  std::shared_mutex mutex_;
  // Moves on whenever something may have changed: what was read before that is not kept.
  std::atomic<std::uint64_t> generation_{0};
  std::unordered_map<std::string, std::shared_ptr<const account>, text_hash, std::equal_to<>> cache_;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_CREDENTIALS_SQL_ACCOUNTS_H_
