// SPDX-License-Identifier: Apache-2.0
#include "native/http_support.h"

namespace latchkey::native::testing {
namespace {

const char* const sign_up_paths[] = {"/api/auth/credentials/sign-up", "/api/auth/signup"};

http_response sign_up_with(world& w, const char* path, std::string_view code) {
  return w.post(path,
                R"({"email":"New@example.com","password":"long enough","setupCode":")" + std::string(code) + "\"}");
}

TEST_CASE("[CR-15] no server-only field gets in by sign-up") {
  const char* const fields[] = {"id",    "userId",  "role",     "roles",     "permissions", "emailVerified",
                                "admin", "isAdmin", "disabled", "createdAt", "session"};
  for (const char* path : sign_up_paths) {
    world w;
    w.start();
    for (const char* field : fields) {
      const auto body =
          std::string(R"({"email":"new@example.com","password":"long enough",")") + field + R"(":"u-owner"})";
      CHECK(w.post(path, body).status == 400);
    }
    CHECK(w.users->people.size() == 5);
    CHECK(w.post(path,
                 R"({"email":"new@example.com","password":"long enough","__proto__":{"role":"owner"},"theme":"dark"})")
              .status == 200);
  }
}

TEST_CASE("sign-up creates an account and a session") {
  for (const char* path : sign_up_paths) {
    world w;
    w.start();
    const auto response = w.post(path, R"({"email":"new@example.com","password":"long enough","name":"Neu Ö"})");
    CHECK(response.status == 200);
    CHECK(response.body == R"({"user":{"id":"u6","email":"new@example.com","name":"Neu Ö"}})");
    CHECK(header_of(response, "Set-Cookie").starts_with("mastra_session=s1;"));
    CHECK(w.audit->count("auth.sign_up", audit_outcome::success) == 1);
  }
}

TEST_CASE("sign-up with a set-up code is the owner's, and on record as that before it is so") {
  for (const char* path : sign_up_paths) {
    world w;
    w.start();
    const auto response = sign_up_with(w, path, w.credentials->setup_code);
    CHECK(response.status == 200);
    CHECK(header_of(response, "Set-Cookie").starts_with("mastra_session=s1;"));
    REQUIRE(w.audit->events.size() == 2);
    const audit_event& given = w.audit->events.front();
    CHECK(given.action == "role.assign");
    CHECK(given.resource == audit_resource{"user", {}, "new@example.com"});
    CHECK(to_json_text(given.metadata) == R"({"role":"owner","setupCode":"accepted"})");
    CHECK(w.audit->count("auth.sign_up", audit_outcome::success) == 1);
  }
}

TEST_CASE("[AU-11] nobody becomes owner while that can't be put on record") {
  world w;
  w.audit->how = mood::fails;
  w.start();
  CHECK(sign_up_with(w, "/api/auth/signup", w.credentials->setup_code).status == 503);
  CHECK(w.users->people.size() == 5);
}

TEST_CASE("a set-up code that is refused is on record as one, without the code") {
  world w;
  w.start();
  const auto wrong = sign_up_with(w, "/api/auth/signup", "another code");
  CHECK(wrong.status == 400);
  CHECK(contains(wrong.body, R"("issues":[{"field":"setupCode","message":"wrong"}])"));
  CHECK_FALSE(wrong.has_header("Set-Cookie"));
  REQUIRE(w.audit->events.size() == 1);
  CHECK(w.audit->count("auth.sign_up", audit_outcome::failure) == 1);
  CHECK(contains(to_json_text(w.audit->events.back().metadata), R"("setupCode":"refused")"));
  CHECK_FALSE(contains(to_json_text(w.audit->events.back().metadata), "another code"));
  CHECK(sign_up_with(w, "/api/auth/signup", "").status == 400);
  CHECK(sign_up_with(w, "/api/auth/signup", std::string(129, 'x')).status == 400);

  w.credentials->has_owner = true;
  CHECK(sign_up_with(w, "/api/auth/signup", w.credentials->setup_code).status == 400);
  CHECK(w.audit->count("role.assign", audit_outcome::failure) == 1);
  CHECK(w.users->people.size() == 5);
}

TEST_CASE("a provider's own refusal of a sign-up is no issue of the body") {
  world w;
  w.credentials->refusal = error{errc::request_invalid, "internal words", "quota"};
  w.start();
  const auto refused = w.post("/api/auth/signup", R"({"email":"new@example.com","password":"long enough"})");
  CHECK_FALSE(contains(refused.body, "internal words"));
  CHECK_FALSE(contains(refused.body, "quota"));
}

TEST_CASE("[CR-08] a taken address and a refused password are told apart by nobody") {
  world w;
  w.start();
  const auto taken = w.post("/api/auth/signup", R"({"email":"viewer@example.com","password":"long enough"})");
  const auto refused = w.post("/api/auth/signup", R"({"email":"new@example.com","password":"refused by the store"})");
  CHECK(taken.status == 400);
  CHECK(plain_body(taken) == R"({"error":"Failed to create account","code":"ERR_LATCHKEY_SIGN_UP_FAILED"})");
  CHECK(plain_body(refused) == plain_body(taken));
  CHECK(plain_headers(refused) == plain_headers(taken));
}

TEST_CASE("[CR-08] a password that nobody may have is named, whether the address is taken or not") {
  for (const char* email : {"viewer@example.com", "new@example.com"}) {
    world w;
    w.start();
    const auto refused = w.post("/api/auth/signup", std::string(R"({"email":")") + email + R"(","password":"short"})");
    CHECK(refused.status == 400);
    CHECK(refused.body.find(R"("issues":[{"field":"password","message":"Use at least 8 characters."}])") !=
          std::string::npos);
    CHECK(refused.body.find("ERR_LATCHKEY_REQUEST_INVALID") != std::string::npos);
    CHECK_FALSE(refused.has_header("Set-Cookie"));
  }
}

TEST_CASE("[CR-16] sign-up that is off answers 403 on every path, before it looks at the body") {
  world w;
  w.credentials->sign_up_enabled = false;
  w.start();
  for (const char* path : sign_up_paths) {
    CHECK(w.post(path, R"({"email":"new@example.com","password":"long enough"})").status == 403);
    CHECK(plain_body(w.post(path, "{}")) ==
          R"({"error":"Sign-up is disabled","code":"ERR_LATCHKEY_SIGN_UP_DISABLED"})");
  }
  CHECK(w.audit->count("auth.sign_up", audit_outcome::denied) == 4);
}

TEST_CASE("[CR-16] a sign-up that the rules of passwords refuse is on record, without the password", "[CR-16]") {
  world w;
  w.start();
  CHECK(w.post("/api/auth/signup", R"({"email":"new@example.com","password":"short"})").status == 400);
  REQUIRE(w.audit->count("auth.sign_up", audit_outcome::failure) == 1);
  CHECK(w.audit->events.back().actor.id == "anonymous");
  CHECK_FALSE(contains(to_json_text(w.audit->events.back().metadata), "short"));
}

}  // namespace
}  // namespace latchkey::native::testing
