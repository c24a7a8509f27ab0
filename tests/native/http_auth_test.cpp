// SPDX-License-Identifier: Apache-2.0
#include "native/http_support.h"

namespace latchkey::native::testing {
namespace {

const char* const sign_in_paths[] = {"/api/auth/credentials/sign-in", "/api/auth/login"};

TEST_CASE("[HT-14] capabilities tell a stranger only how to sign in") {
  world w;
  w.start();
  const auto response = w.get("/api/auth/capabilities");
  CHECK(response.status == 200);
  CHECK(response.body == R"({"enabled":true,"login":{"type":"credentials","signUpEnabled":true}})");
  CHECK(w.get("/api/auth/capabilities", "garbage").body == response.body);
}

TEST_CASE("capabilities and me of a server without providers are empty") {
  world w;
  w.start({});
  CHECK(w.get("/api/auth/capabilities").body == R"({"enabled":false,"login":null})");
  CHECK(w.get("/api/auth/me").body == "null");
  CHECK(plain_body(w.post("/api/auth/refresh", "")) ==
        R"({"error":"Session refresh not configured","code":"ERR_LATCHKEY_NOT_CONFIGURED"})");
  CHECK(w.post("/api/auth/logout", "").body == R"({"success":true})");
  for (const char* path : sign_in_paths) {
    CHECK(plain_body(w.post(path, sign_in_body)) ==
          R"({"error":"Credentials authentication not configured","code":"ERR_LATCHKEY_NOT_CONFIGURED"})");
  }
}

TEST_CASE("capabilities tell a signed-in person who they are and what they may do") {
  world w;
  w.start();
  const auto viewer = body_of(w.get("/api/auth/capabilities", "viewer"));
  CHECK(*viewer.find("user")->find_string("email") == "viewer@example.com");
  CHECK(to_json_text(*viewer.find("access")) ==
        R"({"roles":["viewer"],"permissions":["studio:read","agents:read","workflows:read","logs:read"]})");
  CHECK(viewer.find("availableRoles") == nullptr);
  const auto owner = body_of(w.get("/api/auth/capabilities", "owner"));
  REQUIRE(owner.find("availableRoles") != nullptr);
  CHECK(owner.find("availableRoles")->as_array()->size() == 4);
}

TEST_CASE("me answers null for a stranger and the person with roles otherwise") {
  world w;
  w.start();
  CHECK(w.get("/api/auth/me").body == "null");
  CHECK(w.get("/api/auth/me", "garbage").body == "null");
  CHECK(w.get("/api/auth/me", "owner").body ==
        R"({"id":"u-owner","email":"owner@example.com","name":"owner","roles":["owner"],"permissions":["*"]})");
}

TEST_CASE("[RB-09] a failing provider means not signed in, and no access, never more") {
  for (const mood how : {mood::fails, mood::throws}) {
    world w;
    w.start();
    w.rbac->how = how;
    CHECK(body_of(w.get("/api/auth/capabilities", "owner")).find("access")->is_null());
    CHECK(w.get("/api/auth/me", "owner").body ==
          R"({"id":"u-owner","email":"owner@example.com","name":"owner","roles":[],"permissions":[]})");
    CHECK(w.get("/api/audit", "owner").status == 503);
    CHECK(w.get("/api/auth/roles/admin/permissions", "owner").status == 503);
    if (how == mood::fails) continue;
    w.users->how = how;
    CHECK(w.get("/api/auth/me", "owner").body == "null");
    CHECK(w.get("/api/auth/capabilities", "owner").body == w.get("/api/auth/capabilities").body);
    CHECK(w.get("/api/auth/permission-patterns", "owner").status == 503);
    w.users->how = mood::well;
    w.sessions->opening = how;
    CHECK(w.get("/api/auth/me", "owner").body == "null");
    CHECK(w.get("/api/auth/permission-patterns", "owner").status == 503);
  }
}

TEST_CASE("[NS-05] a session that can't be judged is neither somebody's nor nobody's", "[NS-05]") {
  world w;
  w.start();
  for (mood* failing : {&w.sessions->opening, &w.users->how}) {
    *failing = mood::fails;
    for (const char* path : {"/api/auth/me", "/api/auth/capabilities", "/api/auth/permission-patterns"}) {
      const auto response = w.get(path, "owner");
      CHECK(response.status == 503);
      CHECK(header_of(response, "Retry-After") == "2");
      CHECK(plain_body(response) == R"({"error":"Service unavailable","code":"ERR_LATCHKEY_UNAVAILABLE"})");
    }
    // Without a session there is nothing to be judged.
    CHECK(w.get("/api/auth/me").body == "null");
    CHECK(w.get("/api/auth/capabilities").status == 200);
    *failing = mood::well;
    CHECK(w.get("/api/auth/me", "owner").status == 200);
  }
}

TEST_CASE("[RB-09] what grants can't be read is neither shown nor taken for nothing", "[RB-09]") {
  for (const mood how : {mood::fails, mood::throws}) {
    world w;
    w.start();
    w.rbac->reading = how;
    const auto capabilities = body_of(w.get("/api/auth/capabilities", "owner"));
    CHECK(capabilities.find("access")->is_null());
    CHECK(capabilities.find("availableRoles") == nullptr);
    CHECK(w.get("/api/auth/me", "owner").body ==
          R"({"id":"u-owner","email":"owner@example.com","name":"owner","roles":[],"permissions":[]})");
    CHECK(w.get("/api/auth/roles/admin/permissions", "owner").status == 503);
    CHECK(w.get("/api/auth/permission-patterns", "owner").status == 503);
    CHECK_FALSE(w.reports.empty());
  }
}

TEST_CASE("[SS-22] a disabled person's session is nobody's") {
  world w;
  w.start();
  w.users->people.erase("u-admin");
  CHECK(w.get("/api/auth/me", "admin").body == "null");
  CHECK(w.get("/api/auth/permission-patterns", "admin").status == 401);
  CHECK(w.post("/api/auth/refresh", "", "admin").status == 401);
  CHECK(w.sessions->live.size() == 4);
}

TEST_CASE("capabilities renew a session past half of its idle time, HEAD and others never do") {
  world w;
  w.start();
  w.sessions->renewal_due = true;
  CHECK(header_of(w.get("/api/auth/me", "viewer"), "Set-Cookie").empty());
  CHECK(header_of(w.send(world::request("HEAD", "/api/auth/capabilities", "viewer")), "Set-Cookie").empty());
  const auto renewed = w.get("/api/auth/capabilities", "viewer");
  CHECK(header_of(renewed, "Set-Cookie") == "mastra_session=s1; HttpOnly; SameSite=Lax; Path=/; Max-Age=3600");
  CHECK(body_of(renewed).find("user") != nullptr);
}

TEST_CASE("[CK-02] of several session cookies the first that opens wins") {
  world w;
  w.start();
  auto request = world::request("GET", "/api/auth/me");
  request.headers.emplace_back("Cookie", "mastra_session=x; mastra_session=viewer; mastra_session=owner");
  CHECK(*body_of(w.send(request)).find_string("id") == "u-viewer");
  request.headers.back().second =
      "mastra_session=1; mastra_session=2; mastra_session=3; mastra_session=4; mastra_session=owner";
  CHECK(w.send(request).body == "null");
}

TEST_CASE("[SS-13] sign-in sets a fresh session and ends the one that came along") {
  for (const char* path : sign_in_paths) {
    world w;
    w.start();
    const auto response = w.post(path, sign_in_body, "viewer");
    CHECK(response.status == 200);
    CHECK(response.body == R"({"user":{"id":"u-member","email":"member@example.com","name":"member"}})");
    CHECK(header_of(response, "Set-Cookie") == "mastra_session=s1; HttpOnly; SameSite=Lax; Path=/; Max-Age=3600");
    CHECK(w.get("/api/auth/me", "viewer").body == "null");
    CHECK(*body_of(w.get("/api/auth/me", "s1")).find_string("id") == "u-member");
    CHECK(w.audit->count("auth.sign_in", audit_outcome::success) == 1);
  }
}

TEST_CASE("[SS-15] over https the cookie carries the __Host- prefix and Secure") {
  world w;
  w.config.cookie.secure = true;
  w.start();
  const auto line = header_of(w.post("/api/auth/login", sign_in_body), "Set-Cookie");
  CHECK(line == "__Host-mastra_session=s1; HttpOnly; SameSite=Lax; Path=/; Max-Age=3600; Secure");
  CHECK(w.get("/api/auth/me", "owner").body == "null");
}

TEST_CASE("[CR-08] unknown user and wrong password are answered alike and stored hashed") {
  for (const char* path : sign_in_paths) {
    world w;
    w.start();
    const auto wrong = w.post(path, R"({"email":"member@example.com","password":"wrong-canary"})");
    const auto unknown = w.post(path, R"({"email":"stranger@example.com","password":"wrong-canary"})");
    CHECK(wrong.status == 401);
    CHECK(plain_body(wrong) == R"({"error":"Invalid email or password","code":"ERR_LATCHKEY_CREDENTIALS_INVALID"})");
    CHECK(plain_body(unknown) == plain_body(wrong));
    CHECK(plain_headers(unknown) == plain_headers(wrong));
    REQUIRE(w.audit->count("auth.sign_in", audit_outcome::failure) == 2);
    const auto& event = w.audit->events.back();
    CHECK(event.actor.email.empty());
    CHECK(event.actor.ip == "192.0.2.7");
    const auto stored = to_json_text(event.metadata);
    CHECK(stored.find("stranger") == std::string::npos);
    CHECK(stored.find("canary") == std::string::npos);
    CHECK(stored.find("sha256:") != std::string::npos);
  }
}

TEST_CASE("[CR-13] [CR-14] [CR-15] sign-in refuses every malformed body as recorded") {
  struct row {
    const char* body;
    const char* issues;
  };
  const row rows[] = {
      {R"({"email":"a@b.example"})",
       R"([{"field":"password","message":"Invalid input: expected string, received undefined"}])"},
      {R"({"email":"nope","password":"x"})", R"([{"field":"email","message":"Invalid email address"}])"},
      {R"({"email":"a@b.example,c@d.example","password":"x"})",
       R"([{"field":"email","message":"Invalid email address"}])"},
      {R"({"email":"a@b.example\nBcc: c@d.example","password":"x"})",
       R"([{"field":"email","message":"Invalid email address"}])"},
      {R"({"email":"a@b.example","password":""})",
       R"([{"field":"password","message":"Too small: expected string to have >=1 characters"}])"},
      {R"({"email":"a@b.example","password":1})",
       R"([{"field":"password","message":"Invalid input: expected string, received number"}])"},
      {R"({"email":{"$ne":null},"password":["x"]})",
       R"([{"field":"email","message":"Invalid input: expected string, received object"},{"field":"password","message":"Invalid input: expected string, received array"}])"},
      {R"({"email":null,"password":true})",
       R"([{"field":"email","message":"Invalid input: expected string, received null"},{"field":"password","message":"Invalid input: expected string, received boolean"}])"},
      {"[]", R"([{"field":"root","message":"Invalid input: expected object, received array"}])"},
      {"null", R"([{"field":"root","message":"Invalid input: expected object, received null"}])"},
      {"", R"([{"field":"root","message":"Invalid input: expected object, received undefined"}])"},
      {R"({"email":"member@example.com","password":"correct horse","role":"owner"})",
       R"([{"field":"role","message":"Unrecognized key: \"role\""}])"},
  };
  for (const char* path : sign_in_paths) {
    world w;
    w.start();
    for (const auto& [body, issues] : rows) {
      const auto response = w.post(path, body);
      INFO(body);
      CHECK(response.status == 400);
      CHECK(plain_body(response) ==
            std::string(R"({"error":"Invalid request body","code":"ERR_LATCHKEY_REQUEST_INVALID","issues":)") + issues +
                "}");
    }
    CHECK(w.sessions->created == 0);
  }
}

TEST_CASE("[HT-08] malformed JSON is an issue of the field body") {
  world w;
  w.start();
  const std::string deep = std::string(70, '[') + std::string(70, ']');
  for (const std::string body : {"{\"email\":", "{'email':1}", "{\"a\":1,\"a\":2}", "{}{}", "\xff", deep.c_str()}) {
    const auto response = w.post("/api/auth/login", body);
    CHECK(response.status == 400);
    CHECK(*body_of(response).find("issues")->as_array()->front().find_string("field") == "body");
  }
}

TEST_CASE("[CR-01] passwords over 1,024 bytes never reach the hashing") {
  world w;
  w.start();
  w.credentials->how = mood::throws;
  const auto with = [](std::size_t length) {
    return R"({"email":"a@b.example","password":")" + std::string(length, 'x') + "\"}";
  };
  CHECK(w.post("/api/auth/login", with(1025)).status == 400);
  CHECK(w.post("/api/auth/login", with(1024)).status == 503);
}

TEST_CASE("[SS-20] [CK-16] sign-out revokes, then clears the cookie with the attributes it was set with") {
  world w;
  w.start();
  const auto response = w.post("/api/auth/logout", "", "viewer");
  CHECK(response.status == 200);
  CHECK(response.body == R"({"success":true})");
  CHECK(header_of(response, "Set-Cookie").starts_with("mastra_session=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0"));
  CHECK(w.get("/api/auth/me", "viewer").body == "null");
  REQUIRE(w.audit->count("auth.sign_out", audit_outcome::success) == 1);
  CHECK(w.audit->events.back().actor.email == "viewer@example.com");
  CHECK(w.post("/api/auth/logout", "").body == R"({"success":true})");
  CHECK(w.audit->count("auth.sign_out", audit_outcome::success) == 1);
}

TEST_CASE("sign-out ends every session that came along") {
  world w;
  w.start();
  auto request = world::request("POST", "/api/auth/logout");
  request.headers.emplace_back("Cookie", "mastra_session=x; mastra_session=viewer; mastra_session=owner");
  CHECK(w.send(request).status == 200);
  CHECK(w.sessions->live.size() == 3);
}

TEST_CASE("sign-out keeps the cookie when the session could not be revoked") {
  for (const mood how : {mood::fails, mood::throws}) {
    world w;
    w.start();
    w.sessions->revoking = how;
    const auto response = w.post("/api/auth/logout", "", "viewer");
    CHECK(response.status == 503);
    CHECK(plain_body(response) == R"({"error":"Service unavailable","code":"ERR_LATCHKEY_UNAVAILABLE"})");
    CHECK(header_of(response, "Set-Cookie").empty());
  }
}

TEST_CASE("refresh tells no session from an ended one") {
  world w;
  w.start();
  CHECK(plain_body(w.post("/api/auth/refresh", "")) == R"({"error":"No session","code":"ERR_LATCHKEY_NO_SESSION"})");
  CHECK(plain_body(w.post("/api/auth/refresh", "", "ended")) ==
        R"({"error":"Session expired","code":"ERR_LATCHKEY_SESSION_EXPIRED"})");
  const auto response = w.post("/api/auth/refresh", "", "member");
  CHECK(response.body == R"({"success":true})");
  CHECK(header_of(response, "Set-Cookie").starts_with("mastra_session=s1;"));
  w.sessions->opening = mood::fails;
  CHECK(w.post("/api/auth/refresh", "", "s1").status == 503);
}

TEST_CASE("[AU-11] a required audit write that fails fails the request and leaves no session behind") {
  for (const mood how : {mood::fails, mood::throws}) {
    world w;
    w.start();
    w.audit->how = how;
    const auto response = w.post("/api/auth/login", sign_in_body);
    CHECK(response.status == 503);
    CHECK(header_of(response, "Set-Cookie").empty());
    CHECK(w.sessions->live.size() == 5);
    CHECK(w.post("/api/auth/login", R"({"email":"a@b.example","password":"x"})").status == 503);
    CHECK(w.post("/api/auth/signup", R"({"email":"viewer@example.com","password":"long enough"})").status == 503);
    CHECK(w.post("/api/auth/logout", "", "viewer").status == 503);
    // What is best effort only goes unrecorded.
    CHECK(w.get("/api/auth/permission-patterns").status == 401);
  }
}

TEST_CASE("a sign-in that can't end the old session gives no new one") {
  world w;
  w.start();
  w.sessions->revoking = mood::fails;
  const auto response = w.post("/api/auth/login", sign_in_body, "viewer");
  CHECK(response.status == 503);
  CHECK(header_of(response, "Set-Cookie").empty());
}

TEST_CASE("[HT-10] a full hashing queue answers 503 and a failing store never shows its text") {
  world w;
  w.start();
  w.credentials->is_full = true;
  CHECK(w.post("/api/auth/login", sign_in_body).status == 503);
  w.credentials->is_full = false;
  for (const mood how : {mood::fails, mood::throws}) {
    w.credentials->how = how;
    const auto response = w.post("/api/auth/login", sign_in_body);
    CHECK(response.status == 503);
    CHECK(response.body.find("SELECT") == std::string::npos);
    REQUIRE(!w.reports.empty());
    CHECK(w.reports.back().find("SELECT") != std::string::npos);
  }
}

}  // namespace
}  // namespace latchkey::native::testing
