// SPDX-License-Identifier: Apache-2.0
#include "access_support.h"

namespace latchkey::native::testing {
namespace {

TEST_CASE("role definitions are shown to who may read settings", "[http_roles]") {
  access_world w;
  w.start();
  const auto body = body_of(w.get("/api/auth/roles", "admin"));
  const auto& roles = *body.find("roles")->as_array();
  REQUIRE(roles.size() == default_roles().size());
  CHECK(to_json_text(roles.back()) ==
        R"({"id":"viewer","name":"Viewer","permissions":["studio:read","agents:read","workflows:read","logs:read"]})");
  must(w.roles->define_role({"auditor", "", {"audit:read"}, {"viewer"}}));
  CHECK(w.get("/api/auth/roles", "owner").body.find(R"("inherits":["viewer"])") != std::string::npos);
  CHECK(
      plain_body(w.get("/api/auth/roles", "viewer")) ==
      R"({"error":"Forbidden","code":"ERR_LATCHKEY_FORBIDDEN","message":"Missing required permission: settings:read"})");
}

TEST_CASE("[RB-15] a role given over HTTP is on record and counts at the next request", "[http_roles][RB-15]") {
  access_world w;
  w.start();
  CHECK(w.get("/api/auth/roles", "other").status == 403);
  const auto given = w.call("PUT", "/api/auth/users/u-other/roles/admin", "admin");
  CHECK(given.status == 200);
  CHECK(given.body == R"({"userId":"u-other","roles":["admin"]})");
  CHECK(w.get("/api/auth/roles", "other").status == 200);
  CHECK(w.call("PUT", "/api/auth/users/u-other/roles/admin", "admin").status == 200);
  CHECK(w.call("DELETE", "/api/auth/users/u-other/roles/admin", "admin").body == R"({"userId":"u-other","roles":[]})");
  CHECK(w.get("/api/auth/roles", "other").status == 403);
  CHECK(w.call("DELETE", "/api/auth/users/u-other/roles/admin", "admin").status == 200);
  CHECK(w.audit->count("role.assign", audit_outcome::success) == 2);
  CHECK(w.audit->count("role.remove", audit_outcome::success) == 2);
  const auto& event = *std::find_if(w.audit->events.begin(), w.audit->events.end(),
                                    [](const auto& each) { return each.action == "role.assign"; });
  CHECK(event.actor.id == "u-admin");
  CHECK(event.resource == audit_resource{"user", "u-other", {}});
  CHECK(to_json_text(event.metadata) == R"({"role":"admin"})");
}

TEST_CASE("nobody gives or takes over HTTP what they don't hold", "[http_roles]") {
  access_world w;
  w.start();
  CHECK(plain_body(w.call("PUT", "/api/auth/users/u-admin/roles/owner", "admin")) ==
        R"({"error":"Forbidden","code":"ERR_LATCHKEY_FORBIDDEN","message":"Missing required permission: *"})");
  CHECK(w.call("DELETE", "/api/auth/users/u-owner/roles/owner", "admin").status == 403);
  w.give("u-viewer", {"settings:write", "agents:read"});
  must(w.roles->define_role({"reader", "", {"agents:read"}, {}}));
  must(w.roles->define_role({"more", "", {}, {"reader", "developer"}}));
  CHECK(w.call("PUT", "/api/auth/users/u-other/roles/reader", "viewer").status == 200);
  CHECK(w.call("PUT", "/api/auth/users/u-other/roles/more", "viewer").status == 403);
  CHECK(w.roles_of("u-other") == text_list{"reader"});
  CHECK(w.roles_of("u-owner") == text_list{"owner"});
  CHECK(w.audit->count("role.assign", audit_outcome::denied) == 2);
  CHECK(w.audit->count("role.remove", audit_outcome::denied) == 1);
  CHECK(w.call("PUT", "/api/auth/users/u-other/roles/owner", "owner").status == 200);
}

TEST_CASE("[AC-06] nobody gives or takes a role to which more is granted on a resource than they hold",
          "[http_roles][AC-06]") {
  access_world w;
  w.start();
  must(w.roles->define_role({"payroll", "", {}, {}}));
  const acl_subject role{acl_subject_type::role, "payroll"};
  must(w.acl->grant({role, {"agents", "a1"}, {"read"}, 0, "test"}));
  must(w.acl->grant({role, {"secrets", "s1"}, {"read", "write"}, 0, "test"}));
  const auto refused = w.call("PUT", "/api/auth/users/u-admin/roles/payroll", "admin");
  CHECK(plain_body(refused) == R"({"error":"Forbidden","code":"ERR_LATCHKEY_FORBIDDEN","message":)"
                               R"("Missing required permission: secrets:read:s1"})");
  CHECK(w.roles_of("u-admin") == text_list{"admin"});
  CHECK(w.call("DELETE", "/api/auth/users/u-other/roles/payroll", "admin").status == 403);
  CHECK(w.audit->count("role.assign", audit_outcome::denied) == 1);
  // Who holds both actions themselves, by a grant on that resource, may hand them on.
  must(w.acl->grant(grant_for("u-admin", "secrets", "s1", {"read", "write"})));
  CHECK(w.call("PUT", "/api/auth/users/u-other/roles/payroll", "admin").status == 200);
  must(w.acl->revoke({acl_subject_type::user, "u-admin"}, {"secrets", "s1"}));
  must(w.acl->grant(grant_for("u-admin", "secrets", "s1", {"read"})));
  CHECK(w.call("PUT", "/api/auth/users/u-viewer/roles/payroll", "admin").status == 403);
  CHECK(w.call("PUT", "/api/auth/users/u-viewer/roles/payroll", "owner").status == 200);
}

TEST_CASE("[AC-06] an ACL that can't be looked through lets only who holds everything change roles",
          "[http_roles][AC-06]") {
  class closed_acl final : public acl_provider {
   public:
    acl_mode mode() const noexcept override { return acl_mode::extend; }
    result<bool> can_access(const acl_caller&, const acl_resource&, std::string_view) override { return true; }
    result<accessible_resources> list_accessible(const acl_caller&, std::string_view, std::string_view,
                                                 std::span<const std::string>) override {
      return accessible_resources{};
    }
    result<std::vector<acl_resource>> filter_accessible(const acl_caller&, std::span<const acl_resource>,
                                                        std::string_view) override {
      return std::vector<acl_resource>{};
    }
  };
  access_world w;
  auto provider = w.provider();
  provider.acl = std::make_shared<closed_acl>();
  w.world::start(provider);
  CHECK(w.call("PUT", "/api/auth/users/u-other/roles/viewer", "admin").status == 403);
  CHECK(w.call("PUT", "/api/auth/users/u-other/roles/viewer", "owner").status == 200);
}

TEST_CASE("the last owner can't be dismissed over HTTP, by themselves neither", "[http_roles]") {
  access_world w;
  w.start();
  const auto refused = w.call("DELETE", "/api/auth/users/u-owner/roles/owner", "owner");
  CHECK(refused.status == 409);
  CHECK(
      plain_body(refused) ==
      R"({"error":"This is the last owner","code":"ERR_LATCHKEY_LAST_OWNER","message":"Make another account owner first."})");
  CHECK(w.audit->count("role.remove", audit_outcome::denied) == 1);
  CHECK(w.audit->count("role.remove", audit_outcome::success) == 0);
  CHECK(w.call("PUT", "/api/auth/users/u-other/roles/owner", "owner").status == 200);
  CHECK(w.call("DELETE", "/api/auth/users/u-owner/roles/owner", "owner").status == 200);
  CHECK(w.call("DELETE", "/api/auth/users/u-other/roles/owner", "other").status == 409);
}

TEST_CASE("[RB-10] unknown people and roles are 404, whatever their names mean elsewhere", "[http_roles][RB-10]") {
  access_world w;
  w.start();
  for (const char* role : {"nobody", "__proto__", "_default", "constructor", "toString"}) {
    for (const char* method : {"PUT", "DELETE"}) {
      INFO(method << " " << role);
      CHECK(plain_body(w.call(method, std::string("/api/auth/users/u-other/roles/") + role, "owner")) ==
            R"({"error":"Role not found","code":"ERR_LATCHKEY_NOT_FOUND"})");
    }
  }
  for (const char* id : {"nobody", "__proto__"}) {
    CHECK(plain_body(w.call("PUT", std::string("/api/auth/users/") + id + "/roles/viewer", "owner")) ==
          R"({"error":"User not found","code":"ERR_LATCHKEY_NOT_FOUND"})");
  }
  CHECK(w.audit->count("role.assign", audit_outcome::success) == 0);
  must(w.accounts->set_roles("u-other", text_list{"long-gone", "viewer"}));
  CHECK(w.call("DELETE", "/api/auth/users/u-other/roles/viewer", "owner").status == 200);
  CHECK(w.call("DELETE", "/api/auth/users/u-other/roles/long-gone", "owner").status == 200);
  CHECK(w.roles_of("u-other").empty());
}

TEST_CASE("[AU-11] a role change that can't be put on record does not happen", "[http_roles][AU-11]") {
  for (const mood how : {mood::fails, mood::throws}) {
    access_world w;
    w.start();
    w.audit->how = how;
    CHECK(w.call("PUT", "/api/auth/users/u-other/roles/viewer", "owner").status == 503);
    CHECK(w.call("DELETE", "/api/auth/users/u-viewer/roles/viewer", "owner").status == 503);
    CHECK(w.roles_of("u-other").empty());
    CHECK(w.roles_of("u-viewer") == text_list{"viewer"});
  }
}

TEST_CASE("[RB-09] a store that is down changes and shows no roles", "[http_roles][RB-09]") {
  access_world w;
  w.start();
  w.store->fails = true;
  std::this_thread::sleep_for(std::chrono::milliseconds(250));
  CHECK(w.get("/api/auth/roles", "owner").status == 503);
  CHECK(w.call("PUT", "/api/auth/users/u-other/roles/viewer", "owner").status == 503);
  w.store->fails = false;
  CHECK(w.roles_of("u-other").empty());
  CHECK(w.get("/api/auth/roles", "owner").status == 200);
}

TEST_CASE("roles are managed over HTTP only where there is a manager", "[http_roles]") {
  world w;
  w.start();
  CHECK(w.get("/api/auth/roles", "owner").status == 200);
  CHECK(w.send(world::request("PUT", "/api/auth/users/u-viewer/roles/admin", "owner")).status == 404);
  world without;
  auto provider = without.provider();
  provider.rbac.reset();
  without.start(provider);
  CHECK(without.get("/api/auth/roles", "owner").status == 404);
}

}  // namespace
}  // namespace latchkey::native::testing
