// SPDX-License-Identifier: Apache-2.0
#include "access_support.h"

namespace latchkey::native::testing {
namespace {

constexpr const char* path = "/api/auth/acl/agents/a1";
constexpr const char* read_for_other = R"({"subject":{"type":"user","id":"u-other"},"actions":["read"]})";

bool can(const access_world& w, const char* user_id, const char* id, const char* action) {
  const auto roles = w.roles_of(user_id);
  const auto grants = must(w.roles->grants_of(roles));
  return must(w.acl->can_access({user_id, roles, *grants}, {"agents", id}, action));
}

TEST_CASE("grants of a resource are given, shown and revoked, and each is on record", "[http_acl]") {
  access_world w;
  w.start();
  const std::string empty = R"({"resource":{"type":"agents","id":"a1"},"grants":[]})";
  CHECK(w.get(path, "owner").body == empty);
  const auto given = w.call("PUT", path, "owner", read_for_other);
  CHECK(given.status == 200);
  CHECK(given.body ==
        R"({"resource":{"type":"agents","id":"a1"},"grants":[{"subject":{"type":"user","id":"u-other"},)"
        R"("resource":{"type":"agents","id":"a1"},"actions":["read"],"grantedAt":"2026-11-21T12:29:49.000Z",)"
        R"("grantedBy":"u-owner"}]})");
  CHECK(w.get(path, "owner").body == given.body);
  CHECK(can(w, "u-other", "a1", "read"));
  CHECK_FALSE(can(w, "u-other", "a1", "write"));
  CHECK(w.call("DELETE", path, "owner", R"({"subject":{"type":"user","id":"u-other"},"actions":["write"]})").body ==
        given.body);
  CHECK(w.call("DELETE", path, "owner", R"({"subject":{"type":"user","id":"u-other"}})").body == empty);
  CHECK_FALSE(can(w, "u-other", "a1", "read"));
  CHECK(w.call("DELETE", path, "owner", read_for_other).body == empty);
  CHECK(w.audit->count("acl.grant", audit_outcome::success) == 1);
  CHECK(w.audit->count("acl.revoke", audit_outcome::success) == 3);
  const auto& event = w.audit->events.front();
  CHECK(event.actor.id == "u-owner");
  CHECK(event.resource == audit_resource{"agents", "a1", {}});
  CHECK(to_json_text(event.metadata) == R"({"subject":{"type":"user","id":"u-other"},"actions":["read"]})");
}

TEST_CASE("[AC-06] the grants of a resource are for who may read or write them there", "[http_acl][AC-06]") {
  access_world w;
  w.start();
  CHECK(w.call("PUT", path, "").status == 401);
  CHECK(plain_body(w.call("PUT", path, "admin", "not json")) ==
        R"({"error":"Forbidden","code":"ERR_LATCHKEY_FORBIDDEN","message":)"
        R"("Missing required permission: acl:write:agents:a1"})");
  w.give("u-viewer", {"acl:read:agents:a1"});
  CHECK(w.get(path, "viewer").status == 200);
  CHECK(w.get("/api/auth/acl/agents/a2", "viewer").status == 403);
  CHECK(w.get("/api/auth/acl/tools/a1", "viewer").status == 403);
  CHECK(w.call("PUT", path, "viewer", read_for_other).status == 403);
  CHECK(w.call("DELETE", path, "viewer", read_for_other).status == 403);
  w.give("u-viewer", {"acl:write:agents:a1", "agents:read"});
  CHECK(w.get(path, "viewer").status == 403);
  CHECK(w.call("PUT", path, "viewer", read_for_other).status == 200);
  CHECK(w.call("PUT", "/api/auth/acl/agents/a2", "viewer", read_for_other).status == 403);
  const auto more = w.call("PUT", path, "viewer", R"({"subject":{"type":"user","id":"u-other"},"actions":["delete"]})");
  CHECK(plain_body(more) == R"({"error":"Forbidden","code":"ERR_LATCHKEY_FORBIDDEN","message":)"
                            R"("Missing required permission: agents:delete:a1"})");
  CHECK(w.call("PUT", path, "viewer", R"({"subject":{"type":"user","id":"u-other"},"actions":["*"]})").status == 403);
  CHECK_FALSE(can(w, "u-other", "a1", "delete"));
  CHECK(w.audit->count("acl.grant", audit_outcome::denied) == 2);
}

TEST_CASE("[AC-07] a body that speaks of another resource changes nothing", "[http_acl][AC-07]") {
  access_world w;
  w.start();
  const std::string rest = R"("subject":{"type":"user","id":"u-other"},"actions":["read"]})";
  for (const char* other :
       {R"({"resource":{"type":"agents","id":"a2"},)", R"({"resource":{"type":"tools","id":"a1"},)",
        R"({"resource":{"id":"a1"},)", R"({"resource":"a1",)", R"({"resource":null,)", R"({"id":"a2",)",
        R"({"type":"tools",)", R"({"resourceId":"a2",)", R"({"resourceType":"tools",)", R"({"grantedBy":"u-owner",)"}) {
    for (const char* method : {"PUT", "DELETE"}) {
      INFO(method << " " << other);
      CHECK(w.call(method, path, "owner", other + rest).status == 400);
    }
  }
  CHECK_FALSE(can(w, "u-other", "a1", "read"));
  CHECK_FALSE(can(w, "u-other", "a2", "read"));
  CHECK(w.audit->events.empty());
  CHECK(w.call("PUT", path, "owner", R"({"resource":{"type":"agents","id":"a1"},)" + rest).status == 200);
}

TEST_CASE("a malformed grant is 400 with the field at fault", "[http_acl]") {
  access_world w;
  w.start();
  const auto field = [&](const std::string& method, const std::string& body) {
    const auto response = w.call(method, path, "owner", body);
    if (response.status != 400) return std::to_string(response.status);
    const auto parsed = body_of(response);
    CHECK(*parsed.find_string("error") == "Invalid request body");
    return *parsed.find("issues")->as_array()->front().find_string("field");
  };
  const std::string someone = R"({"subject":{"type":"user","id":"u-other"},)";
  CHECK(field("PUT", "") == "root");
  CHECK(field("PUT", "not json") == "body");
  CHECK(field("PUT", "[]") == "root");
  CHECK(field("PUT", R"({"actions":["read"]})") == "subject");
  CHECK(field("PUT", R"({"subject":{"type":"group","id":"x"},"actions":["read"]})") == "subject");
  CHECK(field("PUT", R"({"subject":{"type":"user","id":""},"actions":["read"]})") == "subject");
  CHECK(field("PUT", R"({"subject":{"type":"user","id":")" + std::string(257, 'x') + R"("},"actions":["read"]})") ==
        "subject");
  CHECK(field("PUT", R"({"subject":{"type":"user","id":"u-other","roles":[]},"actions":["read"]})") == "subject");
  CHECK(field("PUT", someone + R"("actions":[]})") == "actions");
  CHECK(field("PUT", someone + R"("actions":"read"})") == "actions");
  CHECK(field("PUT", someone + R"("actions":[1]})") == "actions");
  CHECK(field("PUT", someone + R"("actions":["re*"]})") == "actions");
  CHECK(field("PUT", someone + R"("actions":["a:b"]})") == "actions");
  CHECK(field("PUT", R"({"subject":{"type":"user","id":"u-other"}})") == "actions");
  CHECK(field("DELETE", R"({"actions":["read"]})") == "subject");
  CHECK(field("DELETE", someone + R"("actions":[]})") == "actions");
  std::string many = R"("actions":["a")";
  for (std::size_t i = 0; i < acl_max_actions; ++i) many += R"(,"a")";
  CHECK(field("PUT", someone + many + "]}") == "actions");
  const auto bad_path = w.call("GET", "/api/auth/acl/~a/x", "owner");
  CHECK(bad_path.status == 400);
  CHECK(*body_of(bad_path).find_string("error") == "Invalid path parameters");
}

TEST_CASE("[AC-08] nothing is granted to who does not exist", "[http_acl][AC-08]") {
  access_world w;
  w.start();
  const auto grant_to = [&](const char* type, const char* id) {
    return w.call("PUT", path, "owner",
                  std::string(R"({"subject":{"type":")") + type + R"(","id":")" + id + R"("},"actions":["read"]})");
  };
  CHECK(plain_body(grant_to("user", "nobody")) == R"({"error":"User not found","code":"ERR_LATCHKEY_NOT_FOUND"})");
  for (const char* role : {"nobody", "__proto__", "_default"}) {
    CHECK(plain_body(grant_to("role", role)) == R"({"error":"Role not found","code":"ERR_LATCHKEY_NOT_FOUND"})");
  }
  must(w.roles->define_role({"team", "", {}, {}}));
  CHECK(grant_to("role", "team").status == 200);
  must(w.roles->delete_role("team"));
  CHECK(must(w.acl->grants_on({"agents", "a1"})).empty());
}

TEST_CASE("[AU-11] a grant that can't be put on record is not given, and not revoked", "[http_acl][AU-11]") {
  access_world w;
  w.start();
  must(w.acl->grant(grant_for("u-other", "agents", "a1", {"write"})));
  w.audit->how = mood::fails;
  CHECK(w.call("PUT", path, "owner", read_for_other).status == 503);
  CHECK(w.call("DELETE", path, "owner", R"({"subject":{"type":"user","id":"u-other"}})").status == 503);
  CHECK_FALSE(can(w, "u-other", "a1", "read"));
  CHECK(can(w, "u-other", "a1", "write"));
}

TEST_CASE("[RB-18] an ACL needs its license, and capabilities say that it is there", "[http_acl][RB-18]") {
  access_world w;
  w.start();
  CHECK(body_of(w.get("/api/auth/capabilities", "owner")).find("capabilities")->is_true("acl"));
  access_world unlicensed;
  unlicensed.config.license = {.license = check_license(std::string(32, 'x'))};
  unlicensed.config.license.license.features = {};
  unlicensed.config.license.license.features.add(license_feature::rbac);
  const auto made = auth_server::create(unlicensed.provider(), unlicensed.config);
  REQUIRE_FALSE(made.has_value());
  CHECK(made.error().code == errc::license_required);
  CHECK(made.error().field == "acl");
}

TEST_CASE("[AC-06] nobody takes away what they don't hold, which could open a resource to themselves",
          "[http_acl][AC-06]") {
  access_world w(acl_mode::restrict);
  w.start();
  w.give("u-viewer", {"acl:write", "acl:read", "agents:*"});
  must(w.acl->grant(grant_for("u-other", "agents", "a1", {"read", "write"})));
  CHECK_FALSE(can(w, "u-viewer", "a1", "read"));
  const auto refused = w.call("DELETE", path, "viewer", R"({"subject":{"type":"user","id":"u-other"}})");
  CHECK(plain_body(refused) == R"({"error":"Forbidden","code":"ERR_LATCHKEY_FORBIDDEN","message":)"
                               R"("Missing required permission: agents:read:a1"})");
  CHECK_FALSE(can(w, "u-viewer", "a1", "read"));
  CHECK(w.audit->count("acl.revoke", audit_outcome::denied) == 1);
  CHECK(w.audit->count("acl.revoke", audit_outcome::success) == 0);
  // The manager decides as well, in one step with the change.
  const auto roles = w.roles_of("u-viewer");
  const auto grants = must(w.roles->grants_of(roles));
  const auto done =
      w.acl->revoke_as({"u-viewer", roles, *grants}, {acl_subject_type::user, "u-other"}, {"agents", "a1"});
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().code == errc::forbidden);
  must(w.acl->grant(grant_for("u-viewer", "agents", "a1", {"read"})));
  CHECK(w.call("DELETE", path, "viewer", read_for_other).status == 200);
  CHECK(w.call("DELETE", path, "viewer", R"({"subject":{"type":"user","id":"u-other"},"actions":["write"]})").status ==
        403);
  CHECK(w.call("DELETE", path, "owner", R"({"subject":{"type":"user","id":"u-other"}})").status == 200);
}

TEST_CASE("without roles the grants of a resource are closed over HTTP", "[http_acl]") {
  access_world w;
  auto provider = w.provider();
  provider.rbac.reset();
  w.world::start(provider);
  CHECK(w.get(path, "owner").status == 403);
  CHECK(w.call("PUT", path, "owner", read_for_other).status == 403);
}

}  // namespace
}  // namespace latchkey::native::testing
