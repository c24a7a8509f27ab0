// SPDX-License-Identifier: Apache-2.0
#include "credentials/account_tables.h"

#include <array>

#include "latchkey/native/sql/migrations.h"

namespace latchkey::native {
namespace {

// Columns, types and constraints are those of Better Auth's own migration for SQLite: dates are ISO 8601 texts,
// booleans 0 or 1. A database that it has set up already is used as it is.
constexpr std::array<std::string_view, 10> first_tables{
    R"(CREATE TABLE IF NOT EXISTS "user" (
         "id" text NOT NULL PRIMARY KEY, "name" text NOT NULL, "email" text NOT NULL UNIQUE,
         "emailVerified" integer NOT NULL, "image" text, "createdAt" date NOT NULL, "updatedAt" date NOT NULL))",
    R"(CREATE TABLE IF NOT EXISTS "session" (
         "id" text NOT NULL PRIMARY KEY, "expiresAt" date NOT NULL, "token" text NOT NULL UNIQUE,
         "createdAt" date NOT NULL, "updatedAt" date NOT NULL, "ipAddress" text, "userAgent" text,
         "userId" text NOT NULL REFERENCES "user" ("id") ON DELETE CASCADE))",
    R"(CREATE TABLE IF NOT EXISTS "account" (
         "id" text NOT NULL PRIMARY KEY, "accountId" text NOT NULL, "providerId" text NOT NULL,
         "userId" text NOT NULL REFERENCES "user" ("id") ON DELETE CASCADE,
         "accessToken" text, "refreshToken" text, "idToken" text, "accessTokenExpiresAt" date,
         "refreshTokenExpiresAt" date, "scope" text, "password" text,
         "createdAt" date NOT NULL, "updatedAt" date NOT NULL))",
    R"(CREATE TABLE IF NOT EXISTS "verification" (
         "id" text NOT NULL PRIMARY KEY, "identifier" text NOT NULL, "value" text NOT NULL,
         "expiresAt" date NOT NULL, "createdAt" date NOT NULL, "updatedAt" date NOT NULL))",
    R"(CREATE INDEX IF NOT EXISTS "session_userId_idx" ON "session" ("userId"))",
    R"(CREATE INDEX IF NOT EXISTS "account_userId_idx" ON "account" ("userId"))",
    R"(CREATE INDEX IF NOT EXISTS "verification_identifier_idx" ON "verification" ("identifier"))",
    R"(CREATE TABLE latchkey_user (
         "userId" text NOT NULL PRIMARY KEY REFERENCES "user" ("id") ON DELETE CASCADE,
         disabled integer NOT NULL DEFAULT 0))",
    R"(CREATE TABLE latchkey_user_role (
         "userId" text NOT NULL REFERENCES latchkey_user ("userId") ON DELETE CASCADE,
         role text NOT NULL, position integer NOT NULL, PRIMARY KEY ("userId", role)))",
    R"(CREATE TABLE latchkey_counter (name text NOT NULL PRIMARY KEY, value integer NOT NULL))"};
// Not Better Auth's `verification`: it keeps a token as it is, in `identifier`, so a digest that stood there would be a
// token to a Node application on the same database, and a copy of the database would open accounts.
constexpr std::array<std::string_view, 3> token_tables{
    R"(CREATE TABLE latchkey_user_token (
         digest text NOT NULL PRIMARY KEY, purpose text NOT NULL,
         "userId" text NOT NULL REFERENCES "user" ("id") ON DELETE CASCADE,
         "passwordDigest" text NOT NULL, "expiresAt" integer NOT NULL))",
    R"(CREATE INDEX latchkey_user_token_user_idx ON latchkey_user_token ("userId"))",
    R"(CREATE INDEX latchkey_user_token_end_idx ON latchkey_user_token ("expiresAt"))"};
constexpr std::array<migration, 2> steps{migration{"account tables", first_tables},
                                         migration{"single-use tokens", token_tables}};

// A component of its own: it holds rows only of accounts that this program made.
constexpr std::array<std::string_view, 1> origin_tables{
    R"(CREATE TABLE latchkey_user_origin (
         "userId" text NOT NULL PRIMARY KEY REFERENCES "user" ("id") ON DELETE CASCADE,
         origin text NOT NULL CHECK (origin IN ('sign-up', 'set-up', 'operator'))))"};
constexpr std::array<migration, 1> origin_steps{migration{"how accounts began", origin_tables}};

}  // namespace

result<void> create_account_tables(database& store) {
  if (auto checked = check_account_columns(store); !checked) return checked;
  if (auto made = migrate(store, "accounts", steps); !made) return made;
  return migrate(store, "account origins", origin_steps);
}

result<bool> is_role_held(sql_executor& store, std::span<const std::string> roles, bool only_active) {
  if (roles.empty()) return false;
  std::string statement =
      R"(SELECT 1 FROM latchkey_user_role r JOIN latchkey_user u ON u."userId" = r."userId"
         WHERE u.disabled <= ? AND r.role IN ()";
  std::vector<sql_value> parameters{std::int64_t{only_active ? 0 : 1}};
  for (const std::string& role : roles) {
    statement += parameters.size() > 1 ? ", ?" : "?";
    parameters.emplace_back(role);
  }
  auto rows = store.query(statement += ") LIMIT 1", parameters);
  if (!rows) return fail(std::move(rows));
  return !rows->empty();
}

result<void> write_disabled(sql_executor& store, std::string_view user_id, bool is_disabled) {
  const std::array<sql_value, 2> parameters{std::int64_t{is_disabled ? 1 : 0}, std::string(user_id)};
  auto changed = store.execute(R"(UPDATE latchkey_user SET disabled = ? WHERE "userId" = ?)", parameters);
  if (!changed) return fail(std::move(changed));
  return {};
}

}  // namespace latchkey::native
