// SPDX-License-Identifier: Apache-2.0
// What `sql_accounts` keeps of links that replace a password (CR-11): a digest, whose it is, what it is for, until when,
// and which password it replaces, so that a change by another program ends it as well.
#include <array>

#include "credentials/user_tokens.h"
#include "latchkey/base64url.h"
#include "latchkey/native/credentials/sql_accounts.h"
#include "latchkey/native/crypto/constant_time.h"
#include "latchkey/native/crypto/hash.h"
#include "latchkey/native/crypto/secret_bytes.h"

namespace latchkey::native {
namespace {

const std::string purpose = "password-reset";

/** The digest of the stored hash that a user has now; empty for a user without a password, disabled or unknown. */
result<std::optional<std::string>> password_digest(sql_executor& store, std::string_view user_id) {
  const std::array<sql_value, 1> parameters{std::string(user_id)};
  auto rows = store.query(R"(SELECT a."password" FROM "account" a LEFT JOIN latchkey_user l ON l."userId" = a."userId"
                             WHERE a."userId" = ? AND a."providerId" = 'credential' AND a."password" IS NOT NULL
                               AND coalesce(l.disabled, 0) = 0 LIMIT 1)",
                          parameters);
  if (!rows) return fail(std::move(rows));
  if (rows->empty()) return std::optional<std::string>();
  const std::string stored = rows->front().text(0);
  const auto digest = sha256(as_bytes(stored));
  if (!digest) return tl::unexpected<error>(digest.error());
  return to_base64url(*digest);
}

}  // namespace

result<void> delete_user_tokens(sql_executor& store, std::string_view user_id) {
  const std::array<sql_value, 2> parameters{std::string(user_id), purpose};
  auto removed = store.execute(R"(DELETE FROM latchkey_user_token WHERE "userId" = ? AND purpose = ?)", parameters);
  if (!removed) return fail(std::move(removed));
  return {};
}

result<bool> sql_accounts::add_password_reset(std::string_view user_id, std::string_view token_digest,
                                              std::int64_t lifetime_ms) {
  const std::int64_t now = options_.clock();
  auto transaction = store_->begin(transaction_mode::write);
  if (!transaction) return fail(std::move(transaction));
  const auto password = password_digest(**transaction, user_id);
  if (!password) return tl::unexpected<error>(password.error());
  const std::array<sql_value, 1> over{now};
  auto removed = (*transaction)->execute(R"(DELETE FROM latchkey_user_token WHERE "expiresAt" <= ?)", over);
  if (!removed) return fail(std::move(removed));
  const std::array<sql_value, 5> row{std::string(token_digest), purpose, std::string(user_id), password->value_or(""),
                                     now + lifetime_ms};
  // As durable a write where there is nothing to keep, so that what comes behind it waits as long.
  auto written = *password
                     ? (*transaction)
                           ->execute(R"(INSERT INTO latchkey_user_token
                                                (digest, purpose, "userId", "passwordDigest", "expiresAt")
                                              VALUES (?, ?, ?, ?, ?))",
                                     row)
                     : (*transaction)->execute(R"(INSERT INTO latchkey_counter (name, value) VALUES ('vain_reset', 1)
                                              ON CONFLICT (name) DO UPDATE SET value = value + 1)");
  if (!written) return fail(std::move(written));
  if (auto done = (*transaction)->commit(); !done) return fail(std::move(done));
  return password->has_value();
}

result<std::optional<std::string>> sql_accounts::find_password_reset(std::string_view token_digest) {
  const std::array<sql_value, 3> parameters{std::string(token_digest), purpose, options_.clock()};
  auto rows = store_->query(
      R"(SELECT "userId" FROM latchkey_user_token WHERE digest = ? AND purpose = ? AND "expiresAt" > ?)", parameters);
  if (!rows) return fail(std::move(rows));
  if (rows->empty()) return std::optional<std::string>();
  return std::optional(rows->front().text(0));
}

result<bool> sql_accounts::complete_password_reset(std::string_view token_digest, std::string_view hash) {
  auto transaction = store_->begin(transaction_mode::write);
  if (!transaction) return fail(std::move(transaction));
  const std::array<sql_value, 2> which{std::string(token_digest), purpose};
  auto rows = (*transaction)
                  ->query(R"(SELECT "userId", "passwordDigest" FROM latchkey_user_token
                             WHERE digest = ? AND purpose = ?)",
                          which);
  if (!rows) return fail(std::move(rows));
  // The row that goes away decides, whatever was read: only one caller ever removes it.
  const std::array<sql_value, 3> live{std::string(token_digest), purpose, options_.clock()};
  auto used =
      (*transaction)
          ->execute(R"(DELETE FROM latchkey_user_token WHERE digest = ? AND purpose = ? AND "expiresAt" > ?)", live);
  if (!used) return fail(std::move(used));
  if (*used != 1 || rows->empty()) return false;
  const std::string user_id = rows->front().text(0);
  const auto password = password_digest(**transaction, user_id);
  if (!password) return tl::unexpected<error>(password.error());
  const bool is_same = *password && is_equal_constant_time(**password, rows->front().text(1));
  if (is_same) {
    if (auto written = write_password_hash(**transaction, user_id, hash); !written) return fail(std::move(written));
  }
  if (auto done = (*transaction)->commit(); !done) return fail(std::move(done));
  return is_same;
}

}  // namespace latchkey::native
