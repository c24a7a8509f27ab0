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
constexpr std::array<migration, 1> steps{migration{"account tables", first_tables}};

}  // namespace

result<void> create_account_tables(database& store) { return migrate(store, "accounts", steps); }

}  // namespace latchkey::native
