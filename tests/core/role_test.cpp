// SPDX-License-Identifier: Apache-2.0
// Which roles may be defined, and who may give them.
#include "latchkey/role.h"

#include "catch.h"

namespace latchkey {
namespace {

using texts = std::vector<std::string>;

grant_set holding(const texts& grants) {
  auto compiled = grant_set::compile(std::span<const std::string>(grants));
  REQUIRE(compiled.has_value());
  return std::move(*compiled);
}

/** `fine`, or code and field of the refusal. */
std::string outcome_of(const result<void>& checked) {
  return checked ? "fine" : std::string(to_string(checked.error().code)).substr(13) + " " + checked.error().field;
}

texts many(std::size_t count) {
  texts grants;
  for (std::size_t i = 0; i < count; ++i) grants.push_back("n" + std::to_string(i) + ":read");
  return grants;
}

}  // namespace

TEST_CASE("[RB-10] [RB-11] a role's id is a plain word that no mapping and no language reserves", "[roles][RB-10]") {
  for (const char* id : {"owner", "a", "Team-7.lead_", "7", "constructor", "toString", "-"})
    CHECK(is_valid_role_id(id));
  CHECK(is_valid_role_id(std::string(role_id_max_bytes, 'a')));
  CHECK_FALSE(is_valid_role_id(std::string(role_id_max_bytes + 1, 'a')));
  for (const char* id : {"", "_", "_default", "__proto__", "a b", "a:b", "a*", "*", "a/b", "\u00e9", "a\n"}) {
    INFO(id);
    CHECK_FALSE(is_valid_role_id(id));
    CHECK(outcome_of(check_role({id, "", {}, {}}, {})) == "ROLE_INVALID id");
  }
}

TEST_CASE("a role is checked before it may stand beside the others", "[roles]") {
  const auto roles = default_roles();
  const auto check = [&](role_definition role) { return outcome_of(check_role(role, roles)); };
  CHECK(check({"auditor", "Auditor", {"audit:read", "logs:*"}, {"viewer"}}) == "fine");
  CHECK(check({"viewer", "", {}, {}}) == "fine");
  CHECK(check({"a", std::string(role_name_max_bytes, 'n'), {}, {}}) == "fine");
  CHECK(check({"a", std::string(role_name_max_bytes + 1, 'n'), {}, {}}) == "ROLE_INVALID name");
  CHECK(check({"a", "line\nbreak", {}, {}}) == "ROLE_INVALID name");
  CHECK(check({"a", "\xff", {}, {}}) == "ROLE_INVALID name");
  CHECK(check({"a", "", {"agents:re*"}, {}}) == "GRANT_INVALID agents:re*");
  CHECK(check({"a", "", many(role_max_permissions), {}}) == "fine");
  CHECK(check({"a", "", many(role_max_permissions + 1), {}}) == "ROLE_INVALID permissions");
  CHECK(check({"a", "", {}, {"nobody"}}) == "ROLE_INVALID inherits");
  CHECK(check({"a", "", {}, texts(role_max_inherits + 1, "viewer")}) == "ROLE_INVALID inherits");
}

TEST_CASE("roles that are written down expand like any others", "[roles]") {
  const std::vector<std::string> ids = {"member", "viewer"};
  CHECK(expand_roles({"member", "viewer"}, default_roles()) == expand_roles(ids, default_roles()));
  CHECK(expand_roles({}, default_roles()).empty());
}

TEST_CASE("a grant that is none is refused with the role that has it", "[roles]") {
  const auto refused = check_role({"auditor", "Auditor", {"audit:read", "not a perm"}, {}}, default_roles());
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::grant_invalid);
  CHECK(refused.error().field == "not a perm");
  CHECK(refused.error().message.find("\"not a perm\" of the role \"auditor\"") != std::string::npos);
}

TEST_CASE("[RB-13] a role inherits neither itself nor more than 10,000 grants", "[roles][RB-13]") {
  const std::vector<role_definition> roles = {{"a", "", {}, {"b"}}, {"b", "", {}, {"c"}}, {"c", "", {}, {}}};
  CHECK(outcome_of(check_role({"c", "", {}, {"a"}}, roles)) == "ROLE_INVALID inherits");
  CHECK(outcome_of(check_role({"c", "", {}, {"c"}}, roles)) == "ROLE_INVALID inherits");
  CHECK(outcome_of(check_role({"d", "", {}, {"d"}}, roles)) == "ROLE_INVALID inherits");
  CHECK(outcome_of(check_role({"d", "", {}, {"a", "b"}}, roles)) == "fine");
  CHECK(outcome_of(check_role({"a", "", {}, {"c"}}, roles)) == "fine");

  std::vector<role_definition> large;
  for (int i = 0; i < 10; ++i) {
    texts grants;
    for (int j = 0; j < 1'000; ++j) grants.push_back("n" + std::to_string(i) + ":a" + std::to_string(j));
    large.push_back({"r" + std::to_string(i), "", std::move(grants), {}});
  }
  role_definition all{"all", "", {}, {}};
  for (const role_definition& each : large) all.inherits.push_back(each.id);
  CHECK(outcome_of(check_role(all, large)) == "fine");
  all.permissions = {"one:more"};
  CHECK(outcome_of(check_role(all, large)) == "ROLE_INVALID inherits");

  std::vector<role_definition> full;
  for (std::size_t i = 0; i < role_max_definitions; ++i) full.push_back({"r" + std::to_string(i), "", {}, {}});
  CHECK(outcome_of(check_role({"r0", "other name", {}, {}}, full)) == "fine");
  CHECK(outcome_of(check_role({"further", "", {}, {}}, full)) == "ROLE_INVALID id");
}

TEST_CASE("what a role covers is asked of its grants, inherited and mapped ones") {
  const std::vector<role_definition> roles{
      {"reader", "", {"*:read"}, {}}, {"lead", "", {"agents:*"}, {"reader"}}, {"bad", "", {"no grant"}, {}}};
  CHECK(role_covers("reader", roles, "audit:read"));
  CHECK_FALSE(role_covers("reader", roles, "*"));
  CHECK(role_covers("lead", roles, "settings:read"));
  CHECK_FALSE(role_covers("reader", roles, "agents:write"));
  CHECK_FALSE(role_covers("bad", roles, "no grant"));
  CHECK_FALSE(role_covers("nobody", roles, "audit:read"));
  const role_mapping mapping{{"reader", {"agents:read"}}, {"_default", {"*"}}};
  CHECK_FALSE(role_covers("reader", roles, "audit:read", mapping));
  CHECK(role_covers("reader", roles, "agents:read", mapping));
}

TEST_CASE("nobody gives a role that grants more than they hold", "[roles]") {
  const auto owner = holding({"*"});
  const auto admin = holding({"studio:*", "agents:*", "settings:*"});
  CHECK(outcome_of(check_role_change(owner, texts{"*"})) == "fine");
  CHECK(outcome_of(check_role_change(admin, texts{"*"})) == "FORBIDDEN *");
  CHECK(outcome_of(check_role_change(admin, texts{"agents:*", "agents:read:a1", "studio:read"})) == "fine");
  CHECK(outcome_of(check_role_change(admin, texts{"agents:read", "logs:read", "tools:read"})) == "FORBIDDEN logs:read");
  CHECK(outcome_of(check_role_change(admin, texts{"*:read"})) == "FORBIDDEN *:read");
  CHECK(outcome_of(check_role_change(holding({"agents:read:a1"}), texts{"agents:read"})) == "FORBIDDEN agents:read");
  CHECK(outcome_of(check_role_change(holding({}), texts{})) == "fine");
  CHECK(outcome_of(check_role_change(owner, texts{"agents:re*"})) == "FORBIDDEN agents:re*");
}

}  // namespace latchkey
