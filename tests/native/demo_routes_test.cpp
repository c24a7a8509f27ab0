// SPDX-License-Identifier: Apache-2.0
#include "examples/browser-studio/demo_routes.h"

#include "native/access_support.h"

namespace latchkey::native::testing {
namespace {

std::unique_ptr<world> demo_world() {
  auto made = std::make_unique<world>();
  made->start();
  REQUIRE(demo::add_demo_routes(*made->server, made->config.clock));
  return made;
}

TEST_CASE("the demo's agents are listed, created, run and deleted") {
  const auto w = demo_world();
  CHECK(body_of(w->get("/api/agents", "viewer")).find("agents")->as_array()->size() == 6);
  const auto created = w->post("/api/agents", R"({"name":"Release notes!","model":"","description":""})", "developer");
  CHECK(created.status == 201);
  CHECK(*body_of(created).find_string("id") == "release-notes-2");
  const auto reply = body_of(w->post("/api/agents/release-notes-2/generate", R"({"prompt":"hello"})", "member"));
  CHECK(reply.find_string("text")->find("hello") != std::string::npos);
  CHECK(w->send(world::request("DELETE", "/api/agents/release-notes-2", "admin")).status == 200);
  const auto gone = w->send(world::request("DELETE", "/api/agents/release-notes-2", "admin"));
  CHECK(plain_body(gone) == R"({"error":"Agent not found","code":"ERR_LATCHKEY_NOT_FOUND"})");
}

TEST_CASE("the demo refuses what would grow without end") {
  const auto w = demo_world();
  int created = 0;
  while (w->post("/api/agents", R"({"name":"A"})", "owner").status == 201) ++created;
  CHECK(created == static_cast<int>(demo::max_agents) - 6);
  const std::string long_prompt(8001, 'x');
  CHECK(w->post("/api/agents/weather/generate", R"({"prompt":")" + long_prompt + "\"}", "owner").status == 400);
}

TEST_CASE("the grants on a demo's agent end with it, so that the next one of its id inherits none") {
  access_world w;
  w.start();
  REQUIRE(demo::add_demo_routes(*w.server, w.config.clock, w.acl));
  const auto create = [&w] { return w.call("POST", "/api/agents", "owner", R"({"name":"Mine"})").status; };
  const auto granted = [&w] { return must(w.acl->grants_on({"agents", "mine"})).size(); };
  CHECK(create() == 201);
  const auto given = w.call("PUT", "/api/auth/acl/agents/mine", "owner",
                            R"({"subject":{"type":"user","id":"u-other"},"actions":["read"]})");
  CHECK(given.status == 200);
  CHECK(granted() == 1);
  CHECK(w.send(world::request("DELETE", "/api/agents/mine", "owner")).status == 200);
  CHECK(create() == 201);
  CHECK(granted() == 0);
}

TEST_CASE("the demo's workflows tell when they ran") {
  const auto w = demo_world();
  const auto body = body_of(w->get("/api/workflows", "viewer"));
  const auto& first = body.find("workflows")->as_array()->front();
  CHECK(*first.find("lastRun")->find_string("at") == "2026-11-21T05:37:49.000Z");
  CHECK(!first.find("steps")->as_array()->empty());
}

}  // namespace
}  // namespace latchkey::native::testing
