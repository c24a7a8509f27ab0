// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/acl/sql_acl.h"

#include <chrono>
#include <random>

#include "access_support.h"

namespace latchkey::native::testing {
namespace {

using latchkey::testing::manual_clock;
using latchkey::testing::open_file;
using latchkey::testing::temporary_folder;

/** A caller with what they point to. */
struct asker {
  std::string id;
  text_list roles;
  grant_set grants;

  explicit asker(std::string who, text_list held = {}, const text_list& granted = {})
      : id(std::move(who)), roles(std::move(held)) {
    grants = must(grant_set::compile(std::span<const std::string>(granted)));
  }
  operator acl_caller() const { return {id, roles, grants}; }
};

std::shared_ptr<sql_acl> make_acl(std::shared_ptr<database> store, acl_mode mode = acl_mode::extend) {
  return must(sql_acl::open(std::move(store), {.mode = mode, .clock = manual_clock().function()}));
}

acl_subject user_called(const std::string& id) { return {acl_subject_type::user, id}; }

std::string code_of(const result<void>& done) {
  return done ? "done" : std::string(to_string(done.error().code)).substr(13) + " " + done.error().field;
}

TEST_CASE("[AC-01] stored grants combine with roles as the table of each mode says", "[sql_acl][AC-01]") {
  const asker reader("ada", {"viewer"}, {"agents:read"});
  for (const acl_mode mode : {acl_mode::extend, acl_mode::restrict}) {
    const auto acl = make_acl(open_memory(), mode);
    const bool is_extending = mode == acl_mode::extend;
    CHECK(acl->mode() == mode);
    must(acl->grant(grant_for("ada", "agents", "mine", {"read", "write"})));
    must(acl->grant(grant_for("bob", "agents", "his", {"read"})));
    must(acl->grant({{acl_subject_type::role, "viewer"}, {"agents", "ours"}, {"*"}, 0, "test"}));
    const auto can = [&](const char* id, const char* action) {
      return must(acl->can_access(reader, {"agents", id}, action));
    };
    CHECK(can("free", "read"));
    CHECK_FALSE(can("free", "write"));
    CHECK(can("mine", "read"));
    CHECK(can("mine", "write") == is_extending);
    CHECK(can("his", "read") == is_extending);
    CHECK(can("ours", "delete") == is_extending);
    CHECK(can("ours", "read"));
  }
}

TEST_CASE("[AC-02] type and id are compared apart and exactly", "[sql_acl][AC-02]") {
  const auto acl = make_acl(open_memory());
  must(acl->grant(grant_for("ada", "a", "b:c", {"read"})));
  must(acl->grant(grant_for("ada", "Agents", "x", {"read"})));
  const asker ada("ada");
  CHECK(must(acl->can_access(ada, {"a", "b:c"}, "read")));
  for (const auto& [type, id, action] : {std::tuple{"a:b", "c", "read"},
                                         {"a", "b", "read"},
                                         {"a", "B:c", "read"},
                                         {"a", "b:c ", "read"},
                                         {"a", "b:c", "READ"},
                                         {"a", "b:%", "read"},
                                         {"agents", "x", "read"}}) {
    INFO(type << " " << id << " " << action);
    CHECK_FALSE(must(acl->can_access(ada, {type, id}, action)));
  }
  CHECK_FALSE(must(acl->can_access(asker("Ada"), {"a", "b:c"}, "read")));
}

TEST_CASE("[AC-03] filtering and listing equal asking one by one", "[sql_acl][AC-03]") {
  std::mt19937 random(11);
  const text_list ids = {"a", "b", "c", "d", "a:b", "aa"};
  const text_list actions = {"read", "write", "*"};
  const auto pick = [&](const text_list& from) { return from[random() % from.size()]; };
  for (int round = 0; round < 60; ++round) {
    const auto acl = make_acl(open_memory(), round % 2 == 0 ? acl_mode::extend : acl_mode::restrict);
    for (auto count = random() % 8; count > 0; --count) {
      acl_grant made = grant_for(pick({"ada", "bob"}), pick({"agents", "tools"}), pick(ids), {pick(actions)});
      if (random() % 3 == 0) made.subject = {acl_subject_type::role, pick({"viewer", "other"})};
      must(acl->grant(made));
    }
    const text_list held = random() % 2 == 0 ? text_list{"agents:read"} : text_list{"agents:read:a", "tools:*:b"};
    const asker ada("ada", {"viewer"}, held);
    std::vector<acl_resource> all;
    for (const std::string& id : ids) all.push_back({pick({"agents", "tools"}), id});
    std::vector<acl_resource> allowed;
    for (const auto& one : all) {
      if (must(acl->can_access(ada, one, "read"))) allowed.push_back(one);
    }
    REQUIRE(must(acl->filter_accessible(ada, all, "read")) == allowed);
    const auto listed = must(acl->list_accessible(ada, "agents", "read", resources_named_by(held, "agents")));
    for (const std::string& id : ids) {
      const auto& named = listed.all ? listed.except : listed.ids;
      const bool is_named = std::find(named.begin(), named.end(), id) != named.end();
      REQUIRE(is_named != (listed.all == must(acl->can_access(ada, {"agents", id}, "read"))));
    }
  }
}

TEST_CASE("[AC-04] a list names no resource of another person or type", "[sql_acl][AC-04]") {
  const auto acl = make_acl(open_memory());
  must(acl->grant(grant_for("ada", "agents", "mine", {"read"})));
  must(acl->grant(grant_for("bob", "agents", "his", {"read"})));
  must(acl->grant(grant_for("ada", "tools", "tool", {"read"})));
  must(acl->grant({{acl_subject_type::role, "bob"}, {"agents", "role"}, {"read"}, 0, "test"}));
  CHECK(must(acl->list_accessible(asker("ada"), "agents", "read")) == accessible_resources{false, {"mine"}, {}});
  CHECK(must(acl->list_accessible(asker("bob"), "agents", "read")) == accessible_resources{false, {"his"}, {}});
  CHECK(must(acl->list_accessible(asker("eve"), "agents", "read")) == accessible_resources{});
  CHECK(must(acl->list_accessible(asker(""), "agents", "read")) == accessible_resources{});
}

TEST_CASE("[AC-05] a grant is revoked at once, action by action, as often as one likes", "[sql_acl][AC-05]") {
  const auto acl = make_acl(open_memory());
  const acl_resource agent{"agents", "a1"};
  must(acl->grant(grant_for("ada", "agents", "a1", {"read", "write", "delete"})));
  must(acl->grant(grant_for("ada", "agents", "a1", {"read"})));
  must(acl->grant(grant_for("bob", "agents", "a1", {"read"})));
  const auto can = [&](const char* who, const char* action) {
    return must(acl->can_access(asker(who), agent, action));
  };
  CHECK((can("ada", "read") && can("ada", "write") && can("ada", "delete")));
  CHECK(must(acl->grants_on(agent)).size() == 2);
  CHECK(must(acl->grants_on(agent)).front().actions == text_list{"delete", "read", "write"});
  CHECK(must(acl->grants_on(agent)).front().granted_at_ms == manual_clock().now());
  must(acl->revoke(user_called("ada"), agent, text_list{"write", "unknown"}));
  CHECK_FALSE(can("ada", "write"));
  CHECK((can("ada", "read") && can("ada", "delete") && can("bob", "read")));
  must(acl->revoke(user_called("ada"), agent, text_list{"write"}));
  must(acl->revoke({acl_subject_type::role, "ada"}, agent));
  CHECK(can("ada", "read"));
  must(acl->revoke(user_called("ada"), agent));
  must(acl->revoke(user_called("ada"), agent));
  CHECK_FALSE((can("ada", "read") || can("ada", "delete")));
  CHECK(can("bob", "read"));
  CHECK_FALSE(acl->revoke(user_called("ada"), agent, text_list(acl_max_actions + 1, "a")).has_value());
}

TEST_CASE("[AC-05] [F-13] what another process revoked is gone within a second", "[sql_acl][AC-05]") {
  const temporary_folder folder;
  const auto here = make_acl(open_file(folder.file("db")));
  const auto there = make_acl(open_file(folder.file("db")));
  const acl_resource agent{"agents", "a1"};
  const auto becomes = [&](bool expected) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    while (must(there->can_access(asker("ada"), agent, "read")) != expected && std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return must(there->can_access(asker("ada"), agent, "read")) == expected;
  };
  CHECK(becomes(false));
  must(here->grant(grant_for("ada", "agents", "a1", {"read"})));
  CHECK(becomes(true));
  must(here->revoke(user_called("ada"), agent));
  CHECK(becomes(false));
}

TEST_CASE("[AC-06] a person grants what they hold where they may, decided with the change", "[sql_acl][AC-06]") {
  const auto acl = make_acl(open_memory());
  must(acl->grant(grant_for("ada", "agents", "a1", {"write"})));
  const asker owner("owner", {"owner"}, {"*"});
  const asker ada("ada", {}, {"acl:write:agents:a1"});
  const asker reader("eve", {}, {"agents:*"});
  const auto give = [&](const asker& who, const char* id, text_list actions) {
    return code_of(acl->grant_as(who, grant_for("bob", "agents", id, std::move(actions))));
  };
  CHECK(give(owner, "a1", {"*"}) == "done");
  CHECK(must(acl->grants_on({"agents", "a1"})).back().granted_by == "owner");
  CHECK(give(ada, "a1", {"write"}) == "done");
  CHECK(give(ada, "a1", {"read"}) == "FORBIDDEN read");
  CHECK(give(ada, "a1", {"write", "*"}) == "FORBIDDEN *");
  CHECK(give(ada, "a2", {"write"}) == "FORBIDDEN resource");
  CHECK(give(reader, "a1", {"read"}) == "FORBIDDEN resource");
  must(acl->revoke(user_called("ada"), {"agents", "a1"}));
  CHECK(give(ada, "a1", {"write"}) == "FORBIDDEN write");
  CHECK(give(owner, "*", {"read"}) == "PERMISSION_INVALID resource");
  CHECK(give(owner, "a1", {}) == "PERMISSION_INVALID actions");
  CHECK(code_of(acl->grant(grant_for("", "agents", "a1", {"read"}))) == "PERMISSION_INVALID subject");
  CHECK(code_of(acl->grant(grant_for("ada", "a:b", "c", {"read"}))) == "PERMISSION_INVALID resource");
}

TEST_CASE("[AC-08] what is made again under an old id inherits nothing", "[sql_acl][AC-08]") {
  const auto acl = make_acl(open_memory());
  const auto can = [&](const asker& who, const char* id) { return must(acl->can_access(who, {"agents", id}, "read")); };
  must(acl->grant(grant_for("ada", "agents", "a1", {"read"})));
  must(acl->grant(grant_for("ada", "agents", "a2", {"read"})));
  must(acl->grant(grant_for("bob", "agents", "a2", {"read"})));
  must(acl->grant({{acl_subject_type::role, "ada"}, {"agents", "a2"}, {"read"}, 0, "test"}));
  must(acl->forget_resource({"agents", "a1"}));
  CHECK_FALSE(can(asker("ada"), "a1"));
  CHECK(can(asker("ada"), "a2"));
  must(acl->forget_user("ada"));
  CHECK_FALSE(can(asker("ada"), "a2"));
  CHECK(can(asker("bob"), "a2"));
  CHECK(can(asker("eve", {"ada"}), "a2"));
  must(acl->forget_role("ada"));
  CHECK_FALSE(can(asker("eve", {"ada"}), "a2"));
}

TEST_CASE("[NS-05] grants that can't be read deny, and heal by themselves", "[sql_acl][NS-05]") {
  const auto store = std::make_shared<failing_database>(open_memory());
  const auto acl = make_acl(store);
  must(acl->grant(grant_for("ada", "agents", "a1", {"read"})));
  store->fails = true;
  CHECK(acl->can_access(asker("ada"), {"agents", "a1"}, "read").error().code == errc::store_failed);
  CHECK_FALSE(acl->list_accessible(asker("ada"), "agents", "read").has_value());
  const std::vector<acl_resource> one = {{"agents", "a1"}};
  CHECK_FALSE(acl->filter_accessible(asker("ada"), one, "read").has_value());
  CHECK_FALSE(acl->grant(grant_for("bob", "agents", "a1", {"read"})).has_value());
  CHECK_FALSE(acl->grants_on(one.front()).has_value());
  store->fails = false;
  CHECK(must(acl->can_access(asker("ada"), {"agents", "a1"}, "read")));
  CHECK_FALSE(must(acl->can_access(asker("bob"), {"agents", "a1"}, "read")));
}

TEST_CASE("memory keeps the grants of no more types than it may", "[sql_acl]") {
  const auto acl = must(sql_acl::open(open_memory(), {.cached_types = 2}));
  for (const char* type : {"a", "b", "c"}) must(acl->grant(grant_for("ada", type, "x", {"read"})));
  for (int round = 0; round < 3; ++round) {
    for (const char* type : {"a", "b", "c", "d"}) {
      CHECK(must(acl->can_access(asker("ada"), {type, "x"}, "read")) == (std::string(type) != "d"));
    }
  }
  CHECK_FALSE(sql_acl::open(nullptr).has_value());
}

}  // namespace
}  // namespace latchkey::native::testing
