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

TEST_CASE("the demo's agents take Mastra's messages as well as a prompt") {
  const auto w = demo_world();
  const auto asked = [&w](const std::string& body) {
    const auto answer = w->post("/api/agents/weather/generate", body, "member");
    INFO(answer.body);
    REQUIRE(answer.status == 200);
    const std::string text = *body_of(answer).find_string("text");
    const auto end = text.find("\u201D");
    return text.substr(text.find("\u201C") + 3, end - text.find("\u201C") - 3);
  };
  CHECK(asked(R"({"prompt":"rain?"})") == "rain?");
  CHECK(asked(R"({"messages":"rain?"})") == "rain?");
  CHECK(asked(R"({"messages":["first","rain?"]})") == "rain?");
  CHECK(asked(R"({"messages":[{"role":"user","content":"rain?"}],"threadId":"t1","maxSteps":3})") == "rain?");
  CHECK(asked(R"({"messages":[{"role":"user","content":"rain?"},{"role":"assistant","content":"no"}]})") == "rain?");
  CHECK(asked(R"({"messages":[{"role":"user","content":[{"type":"text","text":"rain"},{"type":"image","image":"x"},)"
              R"({"type":"text","text":"or sun?"}]}]})") == "rain\nor sun?");
}

TEST_CASE("the demo's agents refuse messages without a text of the user") {
  const auto w = demo_world();
  for (const std::string body :
       {R"({"messages":[]})", R"({"messages":""})", R"({"messages":5})", R"({"messages":[{"role":"user"}]})",
        R"({"messages":[{"role":"assistant","content":"hi"}]})", R"({"messages":[{"role":"user","content":[{}]}]})",
        R"({"messages":[[]]})"}) {
    INFO(body);
    const auto refused = w->post("/api/agents/weather/generate", body, "member");
    CHECK(refused.status == 400);
    CHECK(*body_of(refused).find("issues")->as_array()->front().find_string("field") == "messages");
  }
  const auto neither = w->post("/api/agents/weather/generate", "{}", "member");
  CHECK(*body_of(neither).find("issues")->as_array()->front().find_string("field") == "prompt");
  const std::string long_text(8001, 'x');
  CHECK(w->post("/api/agents/weather/generate", R"({"messages":")" + long_text + "\"}", "member").status == 400);
  CHECK(w->post("/api/agents/weather/generate", R"({"messages":"x","role":"owner"})", "member").status == 400);
  CHECK(w->post("/api/agents/weather/generate", R"({"messages":)", "member").status == 400);
}

TEST_CASE("the demo's agents are looked at and changed, and both are on record") {
  const auto w = demo_world();
  const auto patch = [&w](const std::string& path, std::string body, const std::string& as) {
    auto request = world::request("PATCH", path, as);
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = std::move(body);
    return w->send(std::move(request));
  };
  const auto changed = patch("/api/agents/weather", R"({"name":"Weather","description":""})", "developer");
  CHECK(changed.status == 200);
  const auto shown = body_of(w->get("/api/agents/weather", "viewer"));
  CHECK(shown == body_of(changed));
  CHECK(*shown.find_string("name") == "Weather");
  CHECK(shown.find_string("description")->empty());
  CHECK(*shown.find_string("model") == "gpt-4o-mini");
  CHECK(w->audit->count("agents:write", audit_outcome::success) == 1);
  CHECK(w->audit->count("agents:read", audit_outcome::success) == 1);
  CHECK(w->audit->events.front().resource == audit_resource{"agent", "weather", {}});

  CHECK(patch("/api/agents/weather", R"({"name":""})", "owner").status == 400);
  CHECK(patch("/api/agents/weather", R"({"id":"other"})", "owner").status == 400);
  CHECK(patch("/api/agents/none", R"({"name":"x"})", "owner").status == 404);
  CHECK(patch("/api/agents/weather", R"({"name":"x"})", "member").status == 403);
  CHECK(w->get("/api/agents/none", "viewer").status == 404);
}

TEST_CASE("the demo's workflows are run, which is on record and shows in the list") {
  const auto w = demo_world();
  const auto run = [&w](const std::string& path, const std::string& as = "member") {
    return w->post("/api/workflows/" + path, "{}", as);
  };
  const auto answer = run("invoice-run/start");
  CHECK(answer.status == 200);
  CHECK(*body_of(answer).find_string("status") == "success");
  CHECK(*body_of(answer).find("steps")->find("compare")->find_string("status") == "success");
  CHECK(w->audit->count("workflows:execute", audit_outcome::success) == 1);
  CHECK(w->audit->events.front().resource == audit_resource{"workflow", "invoice-run", {}});
  const auto listed = body_of(w->get("/api/workflows", "viewer"));
  const auto& shown = listed.find("workflows")->as_array()->at(2);
  CHECK(*shown.find("lastRun")->find_string("at") == to_iso_time(w->config.clock()));
  CHECK(*shown.find("lastRun")->find_string("outcome") == "success");

  CHECK(w->post("/api/workflows/release-train/start-async", R"({"inputData":{"version":"1"}})", "member").status ==
        200);
  CHECK(w->post("/api/workflows/release-train/start", "", "member").status == 200);
  CHECK(w->post("/api/workflows/release-train/start", "[]", "member").status == 400);
  CHECK(run("knowledge-refresh/start").status == 400);
  CHECK(plain_body(run("none/start")) == R"({"error":"Workflow not found","code":"ERR_LATCHKEY_NOT_FOUND"})");
  CHECK(run("invoice-run/start", "viewer").status == 403);
  CHECK(w->audit->count("workflows:execute", audit_outcome::denied) == 1);
}

}  // namespace
}  // namespace latchkey::native::testing
