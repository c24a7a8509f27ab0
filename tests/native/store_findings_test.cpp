// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <sstream>

#include "composition.h"
#include "findings.h"
#include "latchkey/native/sql/sqlite_database.h"
#include "support.h"

using namespace latchkey;
using namespace latchkey::app;
using namespace latchkey::testing;

namespace {

/** A data folder, and what the doctor says about it. */
struct looked_at {
  temporary_folder folder;
  settings all;

  looked_at() { all.server.data = folder.file("data"); }
  [[nodiscard]] std::string path() const { return must(database_path(all)); }
  [[nodiscard]] std::string bytes() const {
    std::ifstream stream(path(), std::ios::binary);
    std::stringstream text;
    text << stream.rdbuf();
    return text.str();
  }
  void run(const std::string& statement) const {
    must(must(native::open_sqlite_database({.path = path()}))->execute(statement));
  }
  /** The lines of the store; looking must leave the file as it is. */
  [[nodiscard]] std::string look() const {
    const std::string before = bytes();
    findings found;
    (void)look_at_store(all, found);
    CHECK(bytes() == before);
    return found.lines();
  }
};

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a database of somebody else is told from our own, and left alone", "[doctor]") {
  looked_at t;
  std::filesystem::create_directory(t.all.server.data);
  t.run("CREATE TABLE note (text TEXT)");
  CHECK(says(t.look(), "warn  store      " + t.path() + " is no Latchkey database: the first start adds its tables"));
}

TEST_CASE("a database whose layout no server could use is said to be one, by the doctor and at the start", "[doctor]") {
  looked_at t;
  std::filesystem::create_directory(t.all.server.data);
  t.run(
      "CREATE TABLE user (id text PRIMARY KEY NOT NULL, name text NOT NULL, email text NOT NULL UNIQUE, "
      "email_verified integer NOT NULL, image text, created_at integer NOT NULL, updated_at integer NOT NULL)");
  const std::string reason = t.path() + ": The table \"user\" has no column emailVerified, createdAt, updatedAt: ";
  CHECK(says(t.look(), "FAIL  store      " + reason));
  const std::string before = t.bytes();
  const auto refused = open_stores(t.all);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::configuration_invalid);
  CHECK(says(refused.error().message, reason));
  CHECK(says(refused.error().message, "the layout that Better Auth's own migration makes"));
  CHECK(t.bytes() == before);
}

TEST_CASE("who could become owner is said with what works here", "[doctor]") {
  looked_at t;
  must(open_stores(t.all));
  const std::string command = "warn  accounts   nobody is owner: latchkey user add EMAIL --role owner";
  const std::string code = ", or sign up with the set-up code that serve prints";
  CHECK(says(t.look(), command + code));
  t.all.credentials.is_sign_up_enabled = false;
  CHECK(says(t.look(), command + "\n"));
  t.all.credentials = {};
  t.all.credentials.is_enabled = false;
  CHECK(says(t.look(), command + "\n"));
  t.all.credentials = {};
  t.all.server.is_development = true;
  CHECK(says(t.look(), command + "\n"));

  const auto opened = must(open_stores(t.all));
  must(opened.roles->define_role({"root", "Root", {"*"}, {}}));
  must(opened.roles->define_role({"owner", "Owner", {"agents:*"}, {}}));
  must(opened.accounts->insert({"ada@example.com", "", "hash", {"viewer"}, false, {}}));
  CHECK(says(t.look(), "nobody is owner: latchkey user add EMAIL --role root\n"));
  must(opened.accounts->insert({"eve@example.com", "", "hash", {"root"}, false, {}}));
  CHECK_FALSE(says(t.look(), "owner"));
}

TEST_CASE("a database of another version is told from one of this version, and not migrated", "[doctor]") {
  looked_at t;
  must(open_stores(t.all));
  CHECK(says(t.look(), "ok    store      " + t.path() + ", 0 accounts"));
  t.run("DELETE FROM latchkey_migration WHERE component = 'server record'");
  t.run("DROP TABLE latchkey_server");
  const std::string older = t.look();
  CHECK(says(older, "warn  store      " + t.path() + " has schema "));
  CHECK(says(older, ": the next start changes it; keep a copy"));
  t.run("INSERT INTO latchkey_migration VALUES ('roles', 99, 'later')");
  CHECK(
      says(t.look(), "FAIL  store      " + t.path() + " was made by a newer version of Latchkey: update this program"));
}

TEST_CASE("roles that were defined at run time may be the default", "[doctor]") {
  looked_at t;
  const auto opened = must(open_stores(t.all));
  must(opened.roles->define_role({"guest", "Guest", {"agents:read"}, {}}));
  t.all.roles.default_role = "guest";
  CHECK_FALSE(says(t.look(), "FAIL"));
  t.all.roles.default_role = "nobody";
  CHECK(says(t.look(), "roles.default_role is \"nobody\", but there are only"));
}
