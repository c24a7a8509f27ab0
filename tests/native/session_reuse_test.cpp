// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "latchkey/native/sessions/cookie_session_provider.h"
#include "native/http_support.h"
#include "session_contract.h"
#include "support.h"

namespace latchkey::native::testing {
namespace {

using namespace latchkey::testing;

/** The server of `world` with sealed sessions. */
struct sealed_world : world {
  manual_clock clock;
  std::shared_ptr<cookie_session_provider> sealed;

  sealed_world() {
    const std::vector<std::string> secrets{"k3Jx9-Vq2LmN7_pRtYwZ8sUaBcDfGhKe5oQiXv1n4M0"};
    cookie_session_options options;
    options.cookie_name = "mastra_session";
    options.clock = clock.function();
    sealed = must(cookie_session_provider::make(must(key_ring::make(secrets)),
                                                must(open_sql_revocation_store(open_memory())), options));
    config.clock = clock.function();
    auth_provider made = provider();
    made.sessions = sealed;
    start(made);
  }

  http_response ask(const std::string& path, const std::string& cookie, const std::string& body = {}) const {
    auto asked = request("POST", path, cookie);
    if (!body.empty()) asked.headers.emplace_back("Content-Type", "application/json");
    asked.headers.emplace_back("User-Agent", "Browser/1");
    asked.body = body;
    return send(asked);
  }
  static std::string cookie_of(const http_response& response) {
    REQUIRE(response.status == 200);
    const auto line = header_of(response, "Set-Cookie");
    const auto begin = line.find('=') + 1;
    return line.substr(begin, line.find(';') - begin);
  }
  std::string login(const std::string& carried = {}) const {
    return cookie_of(ask("/api/auth/login", carried, sign_in_body));
  }
  std::string refresh(const std::string& cookie) const { return cookie_of(ask("/api/auth/refresh", cookie)); }
  /** Of the session that the cookie opens now. */
  std::string hash_of(const std::string& cookie) const {
    return must(session_handle(must(sealed->open_session(cookie))->session.id));
  }
  bool is_signed_in(const std::string& cookie) const { return get("/api/auth/me", cookie).body != "null"; }
  std::vector<audit_event> events(std::string_view action) const {
    std::vector<audit_event> found;
    for (const auto& event : audit->events) {
      if (event.action == action) found.push_back(event);
    }
    return found;
  }
  /** One reuse is on record: of the session with this hash, with whoever came with it. */
  void check_reuse(const std::string& hash) const {
    const auto reuses = events("auth.refresh_reuse");
    REQUIRE(reuses.size() == 1);
    CHECK(reuses[0].outcome == audit_outcome::denied);
    CHECK(reuses[0].actor.id == "u-member");
    CHECK(reuses[0].actor.ip == "192.0.2.7");
    CHECK(reuses[0].actor.user_agent == "Browser/1");
    CHECK_FALSE(reuses[0].request_id.empty());
    CHECK(reuses[0].session_hash == hash);
  }
};

/** Counts the statements of its transactions. */
class counting_database final : public database {
 public:
  explicit counting_database(std::shared_ptr<database> inner) : inner_(std::move(inner)) {}
  int statements = 0;

  result<std::int64_t> execute(std::string_view statement, std::span<const sql_value> parameters) override {
    return inner_->execute(statement, parameters);
  }
  result<void> visit(std::string_view statement, std::span<const sql_value> parameters,
                     const sql_visitor& visitor) override {
    return inner_->visit(statement, parameters, visitor);
  }
  result<std::unique_ptr<sql_transaction>> begin(transaction_mode mode) override {
    return std::make_unique<counted>(must(inner_->begin(mode)), statements);
  }
  result<std::int64_t> change_counter() override { return inner_->change_counter(); }

 private:
  class counted final : public sql_transaction {
   public:
    counted(std::unique_ptr<sql_transaction> inner, int& statements)
        : inner_(std::move(inner)), statements_(statements) {}
    result<std::int64_t> execute(std::string_view statement, std::span<const sql_value> parameters) override {
      ++statements_;
      return inner_->execute(statement, parameters);
    }
    result<void> visit(std::string_view statement, std::span<const sql_value> parameters,
                       const sql_visitor& visitor) override {
      ++statements_;
      return inner_->visit(statement, parameters, visitor);
    }
    result<void> commit() override { return inner_->commit(); }

   private:
    std::unique_ptr<sql_transaction> inner_;
    int& statements_;
  };

  std::shared_ptr<database> inner_;
};

TEST_CASE("[SS-24] ending a long family takes no more writing than ending a short one", "[sessions][SS-24]") {
  const auto store = std::make_shared<counting_database>(open_memory());
  const auto s = sealed_subject(must(open_sql_revocation_store(store)));
  const auto bystander = s.enter("user-1");
  std::set<int> counts;
  for (const int renewals : {1, 7, 300}) {
    std::vector<issued_session> chain{s.enter("user-1")};
    for (int i = 0; i < renewals; ++i) chain.push_back(s.renew(chain.back()).value());
    const auto rows = must(store->query("SELECT 1 FROM latchkey_revoked_session")).size();
    store->statements = 0;
    must(s.sessions->revoke_session(chain.front().session));
    counts.insert(store->statements);
    CHECK(must(store->query("SELECT 1 FROM latchkey_revoked_session")).size() == rows + 2);
    for (const auto& member : chain) {
      CHECK_FALSE(s.opens(member.cookie_value));
      CHECK_FALSE(s.renew(member).has_value());
      CHECK_FALSE(s.end(member).has_value());
    }
    CHECK(*s.reuses == 0);
    CHECK(must(s.sessions->list_sessions("user-1")).size() == 1);
  }
  CHECK(counts.size() == 1);
  CHECK(s.opens(bystander.cookie_value));
}

TEST_CASE("[SS-24] signing out with a cookie that a thief has renewed signs the thief out and is on record",
          "[http][SS-24]") {
  sealed_world w;
  const auto old = w.login();
  const auto hash = w.hash_of(old);
  const auto stolen = w.refresh(old);
  w.clock.advance(renewal_grace_ms);
  REQUIRE_FALSE(w.is_signed_in(old));
  REQUIRE(w.is_signed_in(stolen));
  const auto answer = w.ask("/api/auth/logout", old);
  CHECK(answer.status == 200);
  CHECK_FALSE(w.is_signed_in(stolen));
  CHECK(w.ask("/api/auth/refresh", stolen).status == 401);
  w.check_reuse(hash);
  const auto ended = w.events("auth.sign_out");
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].session_hash == hash);
  // What is over stays quiet.
  CHECK(w.ask("/api/auth/logout", old).status == 200);
  CHECK(w.ask("/api/auth/refresh", old).status == 401);
  CHECK(w.events("auth.refresh_reuse").size() == 1);
  CHECK(w.events("auth.sign_out").size() == 1);
}

TEST_CASE("[SS-24] [SS-13] signing in over a cookie that a thief has renewed signs the thief out and is on record",
          "[http][SS-24][SS-13]") {
  sealed_world w;
  const auto old = w.login();
  const auto hash = w.hash_of(old);
  const auto stolen = w.refresh(old);
  w.clock.advance(renewal_grace_ms);
  const auto answer = w.ask("/api/auth/login", old, sign_in_body);
  CHECK(w.is_signed_in(sealed_world::cookie_of(answer)));
  CHECK_FALSE(w.is_signed_in(stolen));
  w.check_reuse(hash);
}

TEST_CASE("[SS-24] [AU-01] a reuse at a refresh is on record with whoever came with the cookie",
          "[http][SS-24][AU-01]") {
  sealed_world w;
  const auto old = w.login();
  const auto hash = w.hash_of(old);
  const auto renewed = w.refresh(old);
  w.clock.advance(renewal_grace_ms);
  const auto answer = w.ask("/api/auth/refresh", old);
  CHECK(answer.status == 401);
  CHECK_FALSE(w.is_signed_in(renewed));
  w.check_reuse(hash);
}

TEST_CASE("[AU-11] a reuse that can't be put on record is answered 503, and the family is over all the same",
          "[http][AU-11]") {
  for (const char* path : {"/api/auth/refresh", "/api/auth/logout"}) {
    sealed_world w;
    const auto old = w.login();
    const auto renewed = w.refresh(old);
    w.clock.advance(renewal_grace_ms);
    w.audit->how = mood::fails;
    CHECK(w.ask(path, old).status == 503);
    CHECK_FALSE(w.is_signed_in(renewed));
  }
}

TEST_CASE("[AU-01] [AU-03] signing in and out name their session by its hash", "[http][AU-01][AU-03]") {
  sealed_world w;
  const auto first = w.login();
  const auto first_hash = w.hash_of(first);
  const auto second = w.login(first);
  const auto second_hash = w.hash_of(second);
  CHECK(w.ask("/api/auth/logout", second).status == 200);
  const auto entered = w.events("auth.sign_in");
  REQUIRE(entered.size() == 2);
  CHECK(entered[0].session_hash == first_hash);
  // Not the one that the request came with.
  CHECK(entered[1].session_hash == second_hash);
  const auto left = w.events("auth.sign_out");
  REQUIRE(left.size() == 1);
  CHECK(left[0].session_hash == second_hash);
  CHECK(w.events("auth.refresh_reuse").empty());
}

}  // namespace
}  // namespace latchkey::native::testing
