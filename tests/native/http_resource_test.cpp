// SPDX-License-Identifier: Apache-2.0
#include "access_support.h"
#include "latchkey/json_mapping.h"

namespace latchkey::native::testing {
namespace {

/** `GET /notes/:id` guarded on the note, `GET /notes` filtered. */
void add_notes(access_world& w) {
  REQUIRE(w.server->add_route({"GET", "/notes/:id", route_guard::derived().on_resource("notes", "id"),
                               [](auto&) { return json_response(200, "a note"); }}));
  REQUIRE(w.server->add_route(
      {"GET", "/notes", route_guard::signed_in(), [](request_context& context) -> http_result<http_response> {
         std::vector<std::string> ids = {"n1", "n2", "n3", "n2"};
         const auto kept = context.keep_accessible(ids, "notes", "read", [](const std::string& id) { return id; });
         if (!kept) return context.failed(kept.error());
         const auto listed = context.accessible("notes", "read");
         if (!listed) return context.failed(listed.error());
         for (const auto& id : ids) {
           const auto one = context.can_access({"notes", id}, "read");
           if (!one || !*one) return refuse(errc::internal);
         }
         return json_response(200, json_object{{"kept", to_json(ids)},
                                               {"all", listed->all},
                                               {"ids", to_json(listed->ids)},
                                               {"except", to_json(listed->except)}});
       }}));
}

TEST_CASE("[AC-01] [RB-17] a route on a resource asks roles and grants in the configured mode",
          "[http_resource][AC-01][RB-17]") {
  for (const acl_mode mode : {acl_mode::extend, acl_mode::restrict}) {
    access_world w(mode);
    w.start();
    add_notes(w);
    w.give("u-member", {"notes:read"});
    w.give("u-viewer", {"notes:read:n2"});
    must(w.acl->grant(grant_for("u-other", "notes", "n1", {"read"})));
    must(w.acl->grant(grant_for("u-admin", "notes", "n1", {"write"})));
    const bool is_extending = mode == acl_mode::extend;
    const auto status = [&](const char* id, const char* as) {
      return w.get(std::string("/api/notes/") + id, as).status;
    };
    CHECK(status("n1", "") == 401);
    CHECK(status("n1", "other") == (is_extending ? 200 : 403));
    CHECK(status("n2", "other") == 403);
    CHECK(status("n1", "admin") == 403);
    CHECK(status("n1", "member") == (is_extending ? 200 : 403));
    CHECK(status("n2", "member") == 200);
    CHECK(status("n2", "viewer") == 200);
    CHECK(status("n3", "viewer") == 403);
    CHECK(
        plain_body(w.get("/api/notes/n3", "viewer")) ==
        R"({"error":"Forbidden","code":"ERR_LATCHKEY_FORBIDDEN","message":"Missing required permission: notes:read:n3"})");
    CHECK(w.audit->events.back().resource == audit_resource{"notes", "n3", {}});
  }
}

TEST_CASE("[AC-03] [AC-04] a handler's list holds what asking one by one allows", "[http_resource][AC-03][AC-04]") {
  const auto list = [](access_world& w, const char* as) { return w.get("/api/notes", as).body; };
  access_world w;
  w.start();
  add_notes(w);
  w.give("u-member", {"notes:read"});
  w.give("u-viewer", {"notes:read:n2", "*:read:n3"});
  must(w.acl->grant(grant_for("u-other", "notes", "n1", {"*"})));
  CHECK(list(w, "other") == R"({"kept":["n1"],"all":false,"ids":["n1"],"except":[]})");
  CHECK(list(w, "member") == R"({"kept":["n1","n2","n3","n2"],"all":true,"ids":[],"except":[]})");
  CHECK(list(w, "viewer") == R"({"kept":["n2","n3","n2"],"all":false,"ids":["n2","n3"],"except":[]})");
  CHECK(list(w, "admin") == R"({"kept":[],"all":false,"ids":[],"except":[]})");
  access_world strict(acl_mode::restrict);
  strict.start();
  add_notes(strict);
  strict.give("u-member", {"notes:read"});
  must(strict.acl->grant(grant_for("u-other", "notes", "n1", {"*"})));
  CHECK(list(strict, "other") == R"({"kept":[],"all":false,"ids":[],"except":[]})");
  CHECK(list(strict, "member") == R"({"kept":["n2","n3","n2"],"all":true,"ids":[],"except":["n1"]})");
}

TEST_CASE("[NS-05] access that can't be found out is 503, not a guess", "[http_resource][NS-05]") {
  access_world w;
  w.start();
  add_notes(w);
  auto provider = w.provider();
  provider.rbac = w.rbac;  // the one in memory goes on while the grants are down
  w.world::start(provider);
  add_notes(w);
  w.store->fails = true;
  CHECK(w.get("/api/notes/n1", "owner").status == 503);
  CHECK(w.get("/api/notes", "owner").status == 503);
  w.store->fails = false;
  CHECK(w.get("/api/notes/n1", "owner").status == 200);
}

TEST_CASE("without an ACL provider a resource is ruled by roles, and without roles by grants alone",
          "[http_resource]") {
  access_world w;
  auto provider = w.provider();
  provider.acl.reset();
  w.world::start(provider);
  add_notes(w);
  w.give("u-viewer", {"notes:read:n2"});
  CHECK(w.get("/api/notes/n2", "viewer").status == 200);
  CHECK(w.get("/api/notes/n1", "viewer").status == 403);
  CHECK(w.get("/api/notes", "viewer").body == R"({"kept":["n2","n2"],"all":false,"ids":["n2"],"except":[]})");

  provider = w.provider();
  provider.rbac.reset();
  w.world::start(provider);
  add_notes(w);
  must(w.acl->grant(grant_for("u-viewer", "notes", "n1", {"read"})));
  CHECK(w.get("/api/notes/n1", "viewer").status == 200);
  CHECK(w.get("/api/notes/n2", "viewer").status == 403);
  CHECK(w.get("/api/notes/n1", "owner").status == 403);

  provider.acl.reset();
  w.config.permissions_need_session_alone = true;
  w.world::start(provider);
  add_notes(w);
  CHECK(w.get("/api/notes/n2", "viewer").status == 200);
  CHECK(w.get("/api/notes/n2").status == 401);
}

TEST_CASE("[RB-16] a guard on a resource that could not be decided stops the start", "[http_resource][RB-16]") {
  world w;
  w.start();
  const auto add = [&](std::string pattern, route_guard guard, std::vector<std::string> aliases = {}) {
    const auto added = w.server->add_route({"GET", std::move(pattern), std::move(guard),
                                            [](auto&) { return json_response(200, nullptr); }, std::move(aliases)});
    return added ? std::string("added") : std::string(to_string(added.error().code)).substr(13);
  };
  using guard = route_guard;
  CHECK(add("/notes/:id", guard::derived().on_resource("notes", "id")) == "added");
  CHECK(add("/a/:id", guard::derived().on_resource("notes", "id")) == "CONFIGURATION_INVALID");
  CHECK(add("/b/:id", guard::derived().on_resource("b", "name")) == "CONFIGURATION_INVALID");
  CHECK(add("/c/:id", guard::permission("c:read:x").on_resource("c", "id")) == "CONFIGURATION_INVALID");
  CHECK(add("/d/:id", guard::permission("d:*").on_resource("d", "id")) == "CONFIGURATION_INVALID");
  CHECK(add("/e/:id", guard::signed_in().on_resource("e", "id")) == "CONFIGURATION_INVALID");
  CHECK(add("/f/:id", guard::open().on_resource("f", "id")) == "CONFIGURATION_INVALID");
  CHECK(add("/g/:id", guard::derived().on_resource("g")) == "CONFIGURATION_INVALID");
  CHECK(add("/h/:id", guard::derived().on_resource("", "id")) == "CONFIGURATION_INVALID");
  CHECK(add("/i/:id", guard::derived().on_resource("i", "id"), {"/j/:name"}) == "CONFIGURATION_INVALID");
  CHECK(add("/k/:id/x", guard::any_of({"k:read", "k:write"}).on_resource("k", "id"), {"/l/:id"}) == "added");
}

}  // namespace
}  // namespace latchkey::native::testing
