// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/rbac/sql_rbac.h"

#include <chrono>

#include "access_support.h"

namespace latchkey::native::testing {
namespace {

using latchkey::testing::open_file;
using latchkey::testing::run_together;
using latchkey::testing::temporary_folder;

/** Accounts and roles of one process over a database. */
struct roles_over {
  std::shared_ptr<database> store;
  std::shared_ptr<sql_accounts> accounts;
  std::shared_ptr<sql_rbac> roles;

  explicit roles_over(std::shared_ptr<database> over, sql_rbac_options options = {}) : store(std::move(over)) {
    accounts = must(sql_accounts::open(store));
    roles = must(sql_rbac::open(store, accounts, std::move(options)));
  }
  void add(const std::string& id, const text_list& held) const {
    insert_person(*store, id);
    must(accounts->set_roles(id, held));
  }
  text_list of(const std::string& id) const { return must(roles->roles_of(user{id, {}, {}, {}})); }
  bool covers(const std::string& id, const std::string& permission) const {
    return must(roles->grants_of(of(id)))->covers(permission);
  }
};

std::string outcome_of(const result<void>& done) {
  return done ? "done" : std::string(to_string(done.error().code)).substr(13) + " " + done.error().field;
}

TEST_CASE("an empty store begins with the preset, and keeps what was made of it", "[sql_rbac]") {
  const auto store = open_memory();
  {
    const roles_over first(store, {.initial_roles = default_roles(role_preset::mastra)});
    CHECK(must(first.roles->role_definitions()) == default_roles(role_preset::mastra));
    must(first.roles->define_role({"auditor", "Auditor", {"audit:read"}, {"viewer"}}));
    must(first.roles->delete_role("member"));
    must(first.roles->define_role({"admin", "Chief", {"*:read"}, {}}));
  }
  const roles_over again(store);
  text_list ids;
  for (const auto& role : must(again.roles->role_definitions())) ids.push_back(role.id);
  CHECK(ids == text_list{"owner", "admin", "viewer", "auditor"});
  CHECK(must(again.roles->role_definitions())[1].name == "Chief");
  CHECK(must(again.roles->permissions_of(text_list{"auditor"})) == text_list{"audit:read", "*:read"});
  CHECK_FALSE(sql_rbac::open(open_memory(), nullptr).has_value());
}

TEST_CASE("[RB-15] a role that is given, taken or changed counts at the next question", "[sql_rbac][RB-15]") {
  const roles_over w(open_memory());
  w.add("ada", {"viewer"});
  CHECK_FALSE(w.covers("ada", "agents:execute"));
  must(w.roles->assign_role("ada", "member"));
  must(w.roles->assign_role("ada", "member"));
  CHECK(w.of("ada") == text_list{"viewer", "member"});
  CHECK(w.covers("ada", "agents:execute"));
  must(w.roles->define_role({"member", "", {"agents:read"}, {}}));
  CHECK_FALSE(w.covers("ada", "agents:execute"));
  must(w.roles->define_role({"member", "", {}, {"developer"}}));
  CHECK(w.covers("ada", "agents:delete"));
  must(w.roles->remove_role("ada", "member"));
  must(w.roles->remove_role("ada", "member"));
  CHECK(w.of("ada") == text_list{"viewer"});
  CHECK_FALSE(w.covers("ada", "agents:delete"));
  must(w.roles->set_roles("ada", text_list{"admin", "viewer"}));
  CHECK(w.of("ada") == text_list{"admin", "viewer"});
}

TEST_CASE("[RB-15] a role that another process changed counts within a second", "[sql_rbac][RB-15]") {
  const temporary_folder folder;
  const roles_over here(open_file(folder.file("db")));
  const roles_over there(open_file(folder.file("db")));
  here.add("ada", {"viewer"});
  CHECK_FALSE(there.covers("ada", "agents:execute"));
  const auto within_a_second = [](const auto& is_so) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    while (!is_so() && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return is_so();
  };
  must(here.roles->assign_role("ada", "member"));
  CHECK(within_a_second([&] { return there.covers("ada", "agents:execute"); }));
  must(here.roles->define_role({"member", "", {"agents:read"}, {}}));
  CHECK(within_a_second([&] { return !there.covers("ada", "agents:execute"); }));
}

TEST_CASE("[RB-10] [RB-11] reserved and unknown roles are refused or grant nothing", "[sql_rbac][RB-10][RB-11]") {
  const roles_over w(open_memory(), {.mapping = {{"_default", {"logs:read"}}, {"engineering", {"agents:*"}}}});
  w.add("ada", {"viewer"});
  for (const char* id : {"__proto__", "_default", "", "a b"}) {
    CHECK(outcome_of(w.roles->define_role({id, "", {"*"}, {}})) == "ROLE_INVALID id");
    CHECK(outcome_of(w.roles->assign_role("ada", id)) == "NOT_FOUND role");
    CHECK(outcome_of(w.roles->delete_role(id)) == "NOT_FOUND role");
  }
  for (const char* id : {"constructor", "toString"})
    CHECK(outcome_of(w.roles->assign_role("ada", id)) == "NOT_FOUND role");
  CHECK(must(w.roles->permissions_of(text_list{"_default"})).empty());
  CHECK(must(w.roles->permissions_of(text_list{"__proto__"})) == text_list{"logs:read"});
  CHECK(must(w.roles->permissions_of(text_list{"engineering"})) == text_list{"agents:*"});
  CHECK(outcome_of(w.roles->set_roles("ada", text_list{"viewer", "nobody"})) == "NOT_FOUND role");
  CHECK(outcome_of(w.roles->assign_role("unknown", "viewer")) == "NOT_FOUND userId");
  CHECK(w.of("ada") == text_list{"viewer"});
  CHECK(w.of("unknown").empty());
}

TEST_CASE("[RB-13] no definition makes a circle or breaks the grammar", "[sql_rbac][RB-13]") {
  const roles_over w(open_memory());
  must(w.roles->define_role({"a", "", {}, {"viewer"}}));
  CHECK(outcome_of(w.roles->define_role({"viewer", "", {}, {"a"}})) == "ROLE_INVALID inherits");
  CHECK(outcome_of(w.roles->define_role({"b", "", {"agents:re*"}, {}})) == "GRANT_INVALID agents:re*");
  CHECK(must(w.roles->role_definitions()).size() == default_roles().size() + 1);
}

TEST_CASE("a role that somebody has, or another inherits, is not deleted", "[sql_rbac]") {
  std::vector<std::string> forgotten;
  const roles_over w(open_memory(), {.forget_role = [&](std::string_view role) -> result<void> {
                       forgotten.emplace_back(role);
                       return {};
                     }});
  w.add("ada", {"member"});
  CHECK(outcome_of(w.roles->delete_role("member")) == "ROLE_IN_USE role");
  must(w.accounts->set_disabled("ada", true));
  CHECK(outcome_of(w.roles->delete_role("member")) == "ROLE_IN_USE role");
  CHECK(outcome_of(w.roles->delete_role("viewer")) == "ROLE_IN_USE role");
  must(w.roles->define_role({"a", "", {}, {"developer"}}));
  CHECK(outcome_of(w.roles->delete_role("developer")) == "ROLE_IN_USE role");
  CHECK(forgotten.empty());
  must(w.roles->remove_role("ada", "member"));
  must(w.roles->delete_role("member"));
  CHECK(forgotten == text_list{"member"});
  CHECK(outcome_of(w.roles->delete_role("member")) == "NOT_FOUND role");
  CHECK(outcome_of(w.roles->assign_role("ada", "member")) == "NOT_FOUND role");
}

TEST_CASE("all roles are replaced at once, or none is", "[sql_rbac]") {
  std::vector<std::string> forgotten;
  const roles_over w(open_memory(), {.forget_role = [&](std::string_view role) -> result<void> {
                       forgotten.emplace_back(role);
                       return {};
                     }});
  w.add("ada", {"owner"});
  w.add("bob", {"member"});
  const std::vector<role_definition> wanted{{"viewer", "Viewer", {"agents:read"}, {}},
                                            {"editor", "Editor", {"agents:*"}, {"viewer"}},
                                            {"owner", "Owner", {"*"}, {}}};
  const auto before = must(w.roles->role_definitions());
  CHECK(outcome_of(w.roles->replace_roles(wanted)) == "ROLE_IN_USE role");
  CHECK(must(w.roles->role_definitions()) == before);
  CHECK(forgotten.empty());
  must(w.roles->set_roles("bob", text_list{"viewer"}));
  must(w.roles->replace_roles(wanted));
  CHECK(must(w.roles->role_definitions()) == wanted);
  CHECK(forgotten == text_list{"admin", "developer", "member"});
  must(w.roles->assign_role("bob", "editor"));
  CHECK(w.covers("bob", "agents:delete"));
  auto changed = wanted;
  changed[2].permissions = {"*:read"};
  CHECK(outcome_of(w.roles->replace_roles(changed)) == "LAST_OWNER permissions");
  changed = wanted;
  changed[1].inherits = {"nobody"};
  CHECK(outcome_of(w.roles->replace_roles(changed)) == "ROLE_INVALID inherits");
  changed = wanted;
  changed.push_back(wanted[0]);
  CHECK(outcome_of(w.roles->replace_roles(changed)) == "ROLE_INVALID id");
  CHECK(must(w.roles->role_definitions()) == wanted);
}

TEST_CASE("the last owner stays, whichever way they would go", "[sql_rbac]") {
  const roles_over w(open_memory());
  w.add("ada", {"owner"});
  w.add("bob", {"admin"});
  w.add("eve", {"owner"});
  must(w.accounts->set_disabled("eve", true));
  CHECK(outcome_of(w.roles->remove_role("ada", "owner")) == "LAST_OWNER role");
  CHECK(outcome_of(w.roles->set_roles("ada", text_list{"admin"})) == "LAST_OWNER role");
  CHECK(outcome_of(w.roles->check_roles("ada", text_list{"admin"})) == "LAST_OWNER role");
  CHECK(outcome_of(w.roles->define_role({"owner", "", {"*:read"}, {}})) == "LAST_OWNER permissions");
  CHECK(outcome_of(w.roles->check_disable("ada")) == "LAST_OWNER role");
  CHECK(outcome_of(w.roles->disable("ada")) == "LAST_OWNER role");
  CHECK(outcome_of(w.roles->disable("nobody")) == "NOT_FOUND userId");
  must(w.roles->disable("bob"));
  CHECK(must(w.accounts->find("bob"))->is_disabled);
  CHECK(w.of("bob") == text_list{"admin"});
  must(w.accounts->set_disabled("bob", false));
  CHECK(must(w.roles->has_owner()));
  CHECK_FALSE(must(w.accounts->find("ada"))->is_disabled);
  CHECK(w.of("ada") == text_list{"owner"});
  CHECK(w.covers("ada", "*"));
  must(w.roles->set_roles("ada", text_list{"owner", "viewer"}));
  must(w.roles->define_role({"root", "", {"*"}, {}}));
  must(w.roles->define_role({"chief", "", {}, {"root"}}));
  must(w.roles->check_roles("bob", text_list{"chief"}));
  CHECK(w.of("bob") == text_list{"admin"});
  must(w.roles->assign_role("bob", "chief"));
  must(w.roles->remove_role("ada", "owner"));
  CHECK(outcome_of(w.roles->define_role({"root", "", {"a:b"}, {}})) == "LAST_OWNER permissions");
  CHECK(outcome_of(w.roles->remove_role("bob", "chief")) == "LAST_OWNER role");
}

TEST_CASE("[F-13] of two owners who dismiss each other at once one stays", "[sql_rbac][F-13]") {
  const temporary_folder folder;
  const roles_over here(open_file(folder.file("db")));
  const roles_over there(open_file(folder.file("db")));
  here.add("ada", {"owner"});
  here.add("bob", {"owner"});
  for (int round = 0; round < 20; ++round) {
    must(here.roles->set_roles("ada", text_list{"owner"}));
    must(here.roles->set_roles("bob", text_list{"owner"}));
    std::atomic<int> done{0};
    run_together(2, [&](int i) {
      if ((i == 0 ? here : there).roles->remove_role(i == 0 ? "ada" : "bob", "owner")) ++done;
    });
    REQUIRE(done == 1);
  }
}

TEST_CASE("[RB-09] roles that can't be read deny, and heal by themselves", "[sql_rbac][RB-09]") {
  const auto store = std::make_shared<failing_database>(open_memory());
  const roles_over w(store);
  w.add("ada", {"owner"});
  CHECK(w.covers("ada", "*"));
  store->fails = true;
  std::this_thread::sleep_for(std::chrono::milliseconds(250));
  CHECK(w.roles->roles_of(user{"ada", {}, {}, {}}).error().code == errc::store_failed);
  CHECK_FALSE(w.roles->grants_of(text_list{"owner"}).has_value());
  CHECK_FALSE(w.roles->permissions_of(text_list{"owner"}).has_value());
  CHECK_FALSE(w.roles->role_definitions().has_value());
  CHECK_FALSE(w.roles->assign_role("ada", "viewer").has_value());
  store->fails = false;
  CHECK(w.covers("ada", "*"));
}

TEST_CASE("[RB-09] a definition that is not one denies instead of being guessed", "[sql_rbac][RB-09]") {
  const temporary_folder folder;
  const roles_over w(open_file(folder.file("db")));
  w.add("ada", {"owner"});
  CHECK(w.covers("ada", "*"));
  const auto other = open_file(folder.file("db"));
  must(
      other->execute("UPDATE latchkey_role SET definition = '{\"id\":\"viewer\",\"permissions\":[\"agents:re*\"]}' "
                     "WHERE id = 'viewer'"));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  CHECK_FALSE(w.roles->grants_of(text_list{"owner"}).has_value());
  must(other->execute("UPDATE latchkey_role SET definition = 'not json' WHERE id = 'viewer'"));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  CHECK_FALSE(w.roles->role_definitions().has_value());
  must(w.store->execute("DELETE FROM latchkey_role WHERE id = 'viewer'"));
  CHECK(w.covers("ada", "*"));
}

}  // namespace
}  // namespace latchkey::native::testing
