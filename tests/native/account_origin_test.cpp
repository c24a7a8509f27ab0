// SPDX-License-Identifier: Apache-2.0
// How an account began, and which layouts of a shared database accounts can be kept in.
#include "credentials_support.h"

using namespace latchkey::testing;

namespace latchkey::native::testing {
namespace {

account_origin origin_of(account_system& system, const std::string& email) {
  return must(system.accounts->find_by_email(email))->origin;
}

bool is_proven_account(account_system& system, const std::string& email) {
  return is_proven(*must(system.accounts->find_by_email(email)));
}

}  // namespace

TEST_CASE("how an account began is kept: a stranger's sign-up, the set-up code, the operator", "[credentials]") {
  account_system system;
  CHECK(origin_of(system, "ada@example.com") == account_origin::sign_up);
  CHECK_FALSE(is_proven_account(system, "ada@example.com"));
  must(system.service->add_account("op@example.com", passphrase, "", {}));
  CHECK(origin_of(system, "op@example.com") == account_origin::by_operator);
  CHECK(is_proven_account(system, "op@example.com"));
  const auto code = must(system.service->begin_setup());
  must(system.service->sign_up_owner("own@example.com", passphrase, "", code));
  CHECK(origin_of(system, "own@example.com") == account_origin::set_up);
  CHECK(is_proven_account(system, "own@example.com"));

  must(system.store->execute(R"(INSERT INTO "user" VALUES ('u1', 'Eve', 'eve@example.com', 0, NULL, 1, 1))"));
  CHECK(origin_of(system, "eve@example.com") == account_origin::unknown);
  CHECK_FALSE(is_proven_account(system, "eve@example.com"));
  must(system.store->execute(R"(UPDATE "user" SET "emailVerified" = 1 WHERE "id" = 'u1')"));
  CHECK(is_proven_account(system, "eve@example.com"));
}

TEST_CASE("an origin can be noted anew, and goes with its account", "[credentials]") {
  account_system system;
  must(system.accounts->set_origin(system.ada, account_origin::by_operator));
  CHECK(must(system.accounts->find(system.ada))->origin == account_origin::by_operator);
  must(system.accounts->set_origin(system.ada, account_origin::unknown));
  CHECK(must(system.accounts->find(system.ada))->origin == account_origin::unknown);
  must(system.accounts->set_origin(system.ada, account_origin::sign_up));
  CHECK(system.accounts->set_origin("nobody", account_origin::sign_up).error().code == errc::not_found);
  const std::array<sql_value, 1> who{system.ada};
  must(system.store->execute(R"(DELETE FROM "user" WHERE "id" = ?)", who));
  CHECK(must(system.store->query("SELECT 1 FROM latchkey_user_origin")).empty());
}

TEST_CASE("a database with columns in snake_case is refused in words, and left as it is", "[credentials]") {
  const auto store = open_memory();
  must(
      store->execute("CREATE TABLE user (id text PRIMARY KEY NOT NULL, name text NOT NULL, email text NOT NULL UNIQUE, "
                     "email_verified integer NOT NULL, image text, created_at integer NOT NULL, "
                     "updated_at integer NOT NULL)"));
  const auto refused = sql_accounts::open(store);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::configuration_invalid);
  CHECK(refused.error().field == "store.url");
  CHECK(refused.error().message.find("The table \"user\" has no column emailVerified, createdAt, updatedAt") == 0);
  CHECK(refused.error().message.find("in snake_case, such as email_verified") != std::string::npos);
  CHECK(must(store->query("SELECT name FROM sqlite_master WHERE type = 'table'")).size() == 1);
  CHECK_FALSE(sql_accounts::check_layout(*store).has_value());
}

TEST_CASE("every table that is shared is looked at, by names as the database compares them", "[credentials]") {
  for (const auto& [statement, missing] : std::vector<std::pair<std::string, std::string>>{
           {"CREATE TABLE account (id text, account_id text, provider_id text, user_id text, password text, created_at "
            "integer, updated_at integer)",
            "accountId, providerId, userId"},
           {"CREATE TABLE session (id text, user_id text)", "userId"},
           {"CREATE TABLE verification (id text, key text)", "identifier"}}) {
    const auto store = open_memory();
    must(store->execute(statement));
    const auto refused = sql_accounts::open(store);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().message.find("has no column " + missing) != std::string::npos);
  }
  const auto store = open_memory();
  must(store->execute(
      "CREATE TABLE User (ID text PRIMARY KEY, name text, EMAIL text UNIQUE, emailverified integer, image "
      "text, createdat date, updatedat date, more text)"));
  CHECK(sql_accounts::open(store).has_value());
  CHECK(sql_accounts::check_layout(*open_memory()).has_value());
}

TEST_CASE("a password that was kept in another form signs in and is kept in the normal form from then on",
          "[credentials][CR-04]") {
  account_system system;
  // scrypt of the decomposed text as it is, ln=4,r=8,p=1, salt 00 to 0f.
  const std::string old = "$scrypt$ln=4,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$GKE/jGD3DaSJMlReC2BXAdsiTKjekY41czwFwTl2q1k";
  must(system.accounts->set_password_hash(system.ada, old));
  CHECK_FALSE(system.signs_in("caf\u00e9 au lait"));
  CHECK(system.signs_in("cafe\u0301 au lait"));
  CHECK(must(system.accounts->find_credential("ada@example.com"))->password_hash != old);
  CHECK(system.signs_in("caf\u00e9 au lait"));
  CHECK(system.signs_in("cafe\u0301 au lait"));
  CHECK_FALSE(system.signs_in(std::string(300 * 3, '\xef')));
}

}  // namespace latchkey::native::testing
