// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/waiting.h"

#include <thread>

#include "credentials_support.h"
#include "http_support.h"
#include "latchkey/native/rbac/sql_rbac.h"
#include "latchkey/native/sessions/cookie_session_provider.h"
#include "latchkey/native/sessions/revocation_store.h"
#include "server_support.h"

namespace latchkey::native::testing {
namespace {

using latchkey::testing::open_file;
using latchkey::testing::sign_in;
using latchkey::testing::temporary_folder;

// Longer than the caches of another process's changes are trusted.
constexpr std::chrono::milliseconds stale_after{300};

/** The API over a database, with ada signed in. */
struct stored_world : real_accounts, world {
  std::shared_ptr<session_provider> signed_in;
  issued_session issued;
  int observed = 0;

  explicit stored_world(bool has_patient_providers = true) {
    signed_in = must(cookie_session_provider::make(
        must(key_ring::make(std::vector<std::string>{"Jq3c8Yw1Lr0Zt6Nv5Xb2Mk9Pd4Sg7HfAeUoIiCxTy"})),
        must(open_sql_revocation_store(system.store)), {.cookie_name = "mastra_session", .clock = config.clock}));
    auto parts = provider();
    parts.users = system.service;
    parts.credentials = system.service;
    parts.sessions = signed_in;
    parts.rbac = must(sql_rbac::open(system.store, system.accounts));
    config.has_patient_providers = has_patient_providers;
    config.observe = [this](const request_observation&) { ++observed; };
    start(std::move(parts));
    issued = must(sign_in(*signed_in, system.ada));
  }
  http_request request(const std::string& path, const std::string& method = "GET") const {
    http_request made;
    made.method = method;
    made.path = "/api" + path;
    made.headers = {{"Host", "127.0.0.1"}, {"Cookie", "mastra_session=" + issued.cookie_value}};
    return made;
  }
  /** The answer at once, once everything was asked where waiting is allowed. */
  std::optional<http_response> at_once(const std::string& path) const {
    must_answer(path);
    return server->answer_at_once(request(path));
  }
  std::string must_answer(const std::string& path) const {
    const auto answered = server->handle(request(path));
    REQUIRE(answered.status == 200);
    return answered.body;
  }
};

}  // namespace

TEST_CASE("what is in memory is answered at once, with the same bytes", "[waiting]") {
  stored_world w;
  std::this_thread::sleep_for(stale_after);
  CHECK_FALSE(w.server->answer_at_once(w.request("/auth/me")));
  for (const char* path : {"/auth/me", "/auth/capabilities"}) {
    const std::string expected = w.must_answer(path);
    CHECK(expected.find("ada@example.com") != std::string::npos);
    const auto answered = w.at_once(path);
    REQUIRE(answered);
    CHECK(answered->body == expected);
    CHECK(answered->has_header("X-Request-Id") == w.server->handle(w.request(path)).has_header("X-Request-Id"));
  }
  // What other processes did has to be asked for again.
  std::this_thread::sleep_for(stale_after);
  CHECK_FALSE(w.server->answer_at_once(w.request("/auth/me")));
}

TEST_CASE("an answer that would have to wait has no effect and tells nobody", "[waiting]") {
  stored_world w;
  std::this_thread::sleep_for(stale_after);
  const auto events = w.audit->events.size();
  CHECK_FALSE(w.server->answer_at_once(w.request("/auth/me")));
  CHECK_FALSE(w.server->answer_at_once(w.request("/auth/capabilities")));
  CHECK(w.observed == 0);
  CHECK(w.reports.empty());
  CHECK(w.audit->events.size() == events);
  CHECK(may_wait());
  REQUIRE(w.at_once("/auth/me"));
  CHECK(w.observed == 2);
}

TEST_CASE("a session that was ended is refused at once as well", "[waiting][SS-09]") {
  stored_world w;
  REQUIRE(w.at_once("/auth/me")->body.find("ada@example.com") != std::string::npos);
  must(w.signed_in->revoke_session(w.issued.session));
  CHECK(w.at_once("/auth/me")->body == "null");
}

TEST_CASE("only routes that read from memory are tried at once, and only over providers that know how", "[waiting]") {
  stored_world w;
  w.must_answer("/auth/me");
  for (const char* path : {"/auth/sessions", "/auth/roles", "/auth/nothing", "/auth/sso/login"}) {
    INFO(path);
    CHECK_FALSE(w.server->answer_at_once(w.request(path)));
  }
  for (const char* method : {"POST", "DELETE", "OPTIONS"}) {
    INFO(method);
    CHECK_FALSE(w.server->answer_at_once(w.request("/auth/me", method)));
  }
  CHECK(w.server->answer_at_once(w.request("/auth/me", "HEAD"))->body.empty());
  stored_world unknown(false);
  CHECK_FALSE(unknown.at_once("/auth/me"));
}

TEST_CASE("nothing of a database can be reached where nobody may wait", "[waiting]") {
  const temporary_folder folder;
  const auto store = open_file(folder.file("db"));
  const no_waiting here;
  CHECK_FALSE(no_waiting::was_in_the_way());
  CHECK(store->execute("CREATE TABLE a (b)").error().code == errc::unavailable);
  CHECK(no_waiting::was_in_the_way());
  CHECK_FALSE(store->query("SELECT 1"));
  CHECK_FALSE(store->begin(transaction_mode::read));
  CHECK_FALSE(store->begin(transaction_mode::write));
  CHECK_FALSE(store->change_counter());
  std::thread([&] { CHECK(store->query("SELECT 1")); }).join();
}

TEST_CASE("a host answers on its own thread what needs no waiting, and on a worker what does", "[waiting][server]") {
  std::atomic<bool> is_known{false};
  std::thread::id answering;
  std::thread::id working;
  http_host_handler handler = echo_handler(route_work::blocking);
  handler.handle = [&, echo = handler.handle](const http_request& request) {
    working = std::this_thread::get_id();
    return echo(request);
  };
  handler.answer_at_once = [&](const http_request& request) -> std::optional<http_response> {
    answering = std::this_thread::get_id();
    if (request.path == "/throws") throw std::runtime_error("secret reason");
    if (!is_known) return std::nullopt;
    http_response response;
    response.body = "at once";
    return response;
  };
  running_host host({}, handler);
  raw_client client(host.port());
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(client.read_answer().ends_with("GET /? [] from 127.0.0.1"));
  CHECK(answering != working);
  is_known = true;
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(client.read_answer().ends_with("at once"));
  client.send("GET /throws HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(client.read_answer().starts_with("HTTP/1.1 500 "));
}

}  // namespace latchkey::native::testing
