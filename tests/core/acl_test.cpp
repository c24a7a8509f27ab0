// SPDX-License-Identifier: Apache-2.0
#include "latchkey/acl.h"

#include <algorithm>
#include <random>

#include "catch.h"

namespace latchkey {
namespace {

// A caller with what they point to.
struct person {
  std::string id;
  std::vector<std::string> roles;
  grant_set grants;

  [[nodiscard]] acl_caller caller() const { return {id, roles, grants}; }
};

person make_person(std::string id, std::vector<std::string> roles, const std::vector<std::string>& grants) {
  auto compiled = grant_set::compile(std::span<const std::string>(grants));
  REQUIRE(compiled.has_value());
  return {std::move(id), std::move(roles), std::move(*compiled)};
}

acl_grant to_user(std::string user, std::string type, std::string id, std::vector<std::string> actions) {
  return {
      {acl_subject_type::user, std::move(user)}, {std::move(type), std::move(id)}, std::move(actions), 0, "granter"};
}

acl_grant to_role(std::string role, std::string type, std::string id, std::vector<std::string> actions) {
  return {
      {acl_subject_type::role, std::move(role)}, {std::move(type), std::move(id)}, std::move(actions), 0, "granter"};
}

}  // namespace

TEST_CASE("[AC-01] roles and grants combine as the table says") {
  struct row {
    bool roles_cover, has_grants, grant_answers, extend, restrict;
  };
  for (const row& each : {row{true, false, false, true, true}, row{true, true, false, true, false},
                          row{true, true, true, true, true}, row{false, false, false, false, false},
                          row{false, true, false, false, false}, row{false, true, true, true, false}}) {
    CHECK(combine(acl_mode::extend, each.roles_cover, each.has_grants, each.grant_answers) == each.extend);
    CHECK(combine(acl_mode::restrict, each.roles_cover, each.has_grants, each.grant_answers) == each.restrict);
  }
}

TEST_CASE("[AC-01] a decision follows the table for roles and grants as they are") {
  const person reader = make_person("u1", {"viewer"}, {"agents:read"});
  const std::vector<acl_grant> grants = {to_user("u1", "agents", "a1", {"write"}), to_user("u2", "agents", "a2", {"*"}),
                                         to_role("viewer", "agents", "a3", {"*"})};
  const auto can = [&](acl_mode mode, const char* id, const char* action) {
    return can_access(mode, reader.caller(), grants, {"agents", id}, action);
  };
  CHECK(can(acl_mode::extend, "a1", "write"));
  CHECK(can(acl_mode::extend, "a1", "read"));
  CHECK(can(acl_mode::extend, "a2", "read"));
  CHECK_FALSE(can(acl_mode::extend, "a2", "write"));
  CHECK(can(acl_mode::extend, "a3", "delete"));
  CHECK(can(acl_mode::extend, "other", "read"));
  CHECK_FALSE(can(acl_mode::restrict, "a1", "read"));
  CHECK_FALSE(can(acl_mode::restrict, "a1", "write"));
  CHECK_FALSE(can(acl_mode::restrict, "a2", "read"));
  CHECK(can(acl_mode::restrict, "a3", "read"));
  CHECK(can(acl_mode::restrict, "other", "read"));
}

TEST_CASE("[AC-02] type and id are compared apart") {
  const person nobody = make_person("u1", {}, {});
  const std::vector<acl_grant> grants = {to_user("u1", "a", "b:c", {"read"})};
  CHECK(can_access(acl_mode::extend, nobody.caller(), grants, {"a", "b:c"}, "read"));
  CHECK_FALSE(can_access(acl_mode::extend, nobody.caller(), grants, {"a:b", "c"}, "read"));
  CHECK_FALSE(can_access(acl_mode::extend, nobody.caller(), grants, {"a", "b"}, "read"));
  CHECK_FALSE(can_access(acl_mode::extend, nobody.caller(), grants, {"a", "b:c:d"}, "read"));
  CHECK_FALSE(can_access(acl_mode::extend, nobody.caller(), grants, {"a", "B:C"}, "read"));
}

TEST_CASE("what is no single resource or action is refused, whatever is granted") {
  const person owner = make_person("u1", {"owner"}, {"*"});
  const std::vector<acl_grant> grants = {to_user("u1", "agents", "*", {"*"}), to_user("u1", "", "", {"*"})};
  for (const auto& [type, id, action] : {std::tuple{"agents", "*", "read"},
                                         {"*", "a1", "read"},
                                         {"agents", "a1", "*"},
                                         {"", "", "read"},
                                         {"agents", "", "read"},
                                         {"agents", "a1", ""},
                                         {"agents", "a b", "read"},
                                         {"agents", "a1", "re*"},
                                         {"agents:read", "a1", "x"},
                                         {"agents", "a1", "read:x"}}) {
    INFO(type << " " << id << " " << action);
    CHECK_FALSE(can_access(acl_mode::extend, owner.caller(), grants, {type, id}, action));
  }
  CHECK(can_access(acl_mode::extend, owner.caller(), grants, {"agents", "a1"}, "read"));
}

TEST_CASE("a grant for nobody answers for nobody") {
  const person anonymous = make_person("", {}, {});
  const std::vector<acl_grant> grants = {to_user("", "agents", "a1", {"*"})};
  CHECK_FALSE(can_access(acl_mode::extend, anonymous.caller(), grants, {"agents", "a1"}, "read"));
}

TEST_CASE("[AC-03] filtering and listing equal asking one by one") {
  std::mt19937 random(5);
  const std::vector<std::string> ids = {"a", "b", "c", "d", "e", "b:c"};
  const std::vector<std::string> actions = {"read", "write", "*"};
  const auto pick = [&](const std::vector<std::string>& from) { return from[random() % from.size()]; };
  for (int round = 0; round < 2'000; ++round) {
    std::vector<acl_grant> grants;
    for (auto count = random() % 8; count > 0; --count) {
      const std::string type = random() % 4 == 0 ? "tools" : "agents";
      grants.push_back(random() % 2 == 0 ? to_user(pick({"u1", "u2"}), type, pick(ids), {pick(actions)})
                                         : to_role(pick({"viewer", "other"}), type, pick(ids), {pick(actions)}));
    }
    const person asking = make_person(
        "u1", {"viewer"},
        random() % 2 == 0 ? std::vector<std::string>{"agents:read"} : std::vector<std::string>{"agents:read:a"});
    const auto mode = random() % 2 == 0 ? acl_mode::extend : acl_mode::restrict;
    std::vector<acl_resource> all;
    for (const std::string& id : ids) all.push_back({"agents", id});
    std::vector<acl_resource> allowed;
    for (const acl_resource& one : all) {
      if (can_access(mode, asking.caller(), grants, one, "read")) allowed.push_back(one);
    }
    REQUIRE(filter_accessible(mode, asking.caller(), grants, all, "read") == allowed);
    const std::vector<std::string> from_roles = {"a"};
    const auto listed = list_accessible(mode, asking.caller(), grants, "agents", "read", from_roles);
    for (const std::string& id : ids) {
      const bool expected = std::find(allowed.begin(), allowed.end(), acl_resource{"agents", id}) != allowed.end();
      const auto& named = listed.all ? listed.except : listed.ids;
      const bool is_named = std::find(named.begin(), named.end(), id) != named.end();
      REQUIRE((listed.all ? !is_named : is_named) == expected);
    }
  }
}

TEST_CASE("the resources that grants name are found, and nothing else", "[acl]") {
  const std::vector<std::string> grants = {"agents:read:b", "agents:read",  "*",
                                           "agents:*:a",    "*:write:c:d",  "agents:write:b",
                                           "agents:read:*", "tools:read:t", "agents:re*:x"};
  CHECK(resources_named_by(grants, "agents") == std::vector<std::string>{"b", "a", "c:d"});
  CHECK(resources_named_by(grants, "tools") == std::vector<std::string>{"c:d", "t"});
  CHECK(resources_named_by({}, "agents").empty());
}

TEST_CASE("[AC-06] granting needs acl:write on the resource and what is granted") {
  const std::vector<acl_grant> existing = {to_user("editor", "agents", "a1", {"write"})};
  const auto check = [&](const person& grantor, const acl_grant& wanted) {
    const auto checked = check_acl_grant(acl_mode::extend, grantor.caller(), existing, wanted);
    return checked ? std::string("granted") : std::string(to_string(checked.error().code));
  };
  const acl_grant read = to_user("u9", "agents", "a1", {"read"});
  const acl_grant write = to_user("u9", "agents", "a1", {"write"});
  const acl_grant everything = to_user("u9", "agents", "a1", {"*"});
  const person owner = make_person("owner", {"owner"}, {"*"});
  const person reader = make_person("reader", {}, {"agents:read", "acl:write"});
  const person editor = make_person("editor", {}, {"acl:write:agents:a1"});
  const person stranger = make_person("stranger", {}, {"agents:*"});
  CHECK(check(owner, everything) == "granted");
  CHECK(check(reader, read) == "granted");
  CHECK(check(reader, write) == "ERR_LATCHKEY_FORBIDDEN");
  CHECK(check(reader, everything) == "ERR_LATCHKEY_FORBIDDEN");
  CHECK(check(editor, write) == "granted");
  CHECK(check(editor, read) == "ERR_LATCHKEY_FORBIDDEN");
  CHECK(check(editor, to_user("u9", "agents", "a2", {"write"})) == "ERR_LATCHKEY_FORBIDDEN");
  CHECK(check(stranger, read) == "ERR_LATCHKEY_FORBIDDEN");
  for (const acl_grant& bad : {to_user("", "agents", "a1", {"read"}), to_user("u9", "*", "a1", {"read"}),
                               to_user("u9", "agents", "*", {"read"}), to_user("u9", "agents", "a1", {}),
                               to_user("u9", "agents", "a1", {"re*"}), to_user("u9", "agents", "a1", {""})}) {
    CHECK(check(owner, bad) == "ERR_LATCHKEY_PERMISSION_INVALID");
    CHECK_FALSE(check_acl_form(bad).has_value());
  }
  CHECK(check_acl_form(to_user("u9", "agents", "a1", std::vector<std::string>(acl_max_actions, "a"))).has_value());
  CHECK(
      check_acl_form(to_user("u9", "agents", "a1", std::vector<std::string>(acl_max_actions + 1, "a"))).error().field ==
      "actions");
}

TEST_CASE("[AC-06] taking a grant away needs acl:write on the resource and what is taken") {
  const acl_subject u9{acl_subject_type::user, "u9"};
  const acl_resource a1{"agents", "a1"};
  const std::vector<acl_grant> existing = {to_user("u9", "agents", "a1", {"read", "write"}),
                                           to_user("u8", "agents", "a1", {"delete"}),
                                           to_user("u9", "agents", "a2", {"delete"})};
  const auto check = [&](acl_mode mode, const person& revoker, const std::vector<std::string>& actions) {
    const auto checked = check_acl_revocation(mode, revoker.caller(), existing, u9, a1, actions);
    return checked ? std::string("revoked") : checked.error().field;
  };
  const person owner = make_person("owner", {"owner"}, {"*"});
  const person reader = make_person("reader", {}, {"agents:read", "acl:write:agents:a1"});
  const person writer = make_person("writer", {}, {"agents:read", "agents:write", "acl:write"});
  const person stranger = make_person("stranger", {}, {"agents:*"});
  for (const acl_mode mode : {acl_mode::extend, acl_mode::restrict}) CHECK(check(mode, owner, {}) == "revoked");
  CHECK(check(acl_mode::extend, writer, {}) == "revoked");
  CHECK(check(acl_mode::extend, reader, {"read"}) == "revoked");
  CHECK(check(acl_mode::extend, reader, {}) == "write");
  // What the subject does not have is taken from nobody.
  CHECK(check(acl_mode::extend, reader, {"delete"}) == "revoked");
  CHECK(check(acl_mode::extend, stranger, {"read"}) == "resource");
  // In this mode nobody holds on the resource what no grant there gives them, whatever their roles cover.
  CHECK(check(acl_mode::restrict, writer, {}) == "read");
}

TEST_CASE("[AC-06] a role is given and taken by who holds what is granted to it") {
  const std::vector<acl_grant> existing = {
      to_role("payroll", "secrets", "s1", {"read"}), to_role("other", "secrets", "s1", {"write"}),
      to_user("payroll", "secrets", "s2", {"delete"}), to_user("u1", "secrets", "s1", {"read"})};
  const auto check = [&](acl_mode mode, const person& changer, std::string_view role) {
    const auto checked = check_acl_role_change(mode, changer.caller(), existing, role);
    return checked ? std::string("changed") : checked.error().field;
  };
  const person owner = make_person("owner", {"owner"}, {"*"});
  const person manager = make_person("manager", {}, {"settings:*"});
  const person holder = make_person("holder", {}, {"secrets:read"});
  const person granted = make_person("u1", {}, {});
  for (const acl_mode mode : {acl_mode::extend, acl_mode::restrict}) {
    CHECK(check(mode, owner, "payroll") == "changed");
    CHECK(check(mode, manager, "payroll") == "secrets:read:s1");
    CHECK(check(mode, manager, "nobody") == "changed");
  }
  CHECK(check(acl_mode::extend, holder, "payroll") == "changed");
  CHECK(check(acl_mode::restrict, holder, "payroll") == "secrets:read:s1");
  CHECK(check(acl_mode::extend, granted, "payroll") == "changed");
  CHECK(check(acl_mode::extend, granted, "other") == "secrets:write:s1");
}

TEST_CASE("knows the names of the modes and no other") {
  CHECK(to_acl_mode("extend") == acl_mode::extend);
  CHECK(to_acl_mode("restrict") == acl_mode::restrict);
  CHECK_FALSE(to_acl_mode("Extend").has_value());
  CHECK_FALSE(to_acl_mode("").has_value());
}

}  // namespace latchkey
