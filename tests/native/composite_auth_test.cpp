// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/composite_auth.h"

#include "latchkey/native/throttle/memory_throttle.h"
#include "native/token_support.h"
#include "support.h"

namespace latchkey::native {
namespace {

using latchkey::testing::must;
using namespace native::testing;

user person(std::string id) { return {std::move(id), std::nullopt, std::nullopt, std::nullopt}; }

/** Knows the current user and clears a cookie of its own. */
class tracking_users final : public user_provider {
 public:
  explicit tracking_users(std::string current) : current_(std::move(current)) {}
  std::map<std::string, user, std::less<>> people;
  mood how = mood::well;
  result<std::optional<user>> find_user(std::string_view id) override {
    if (how != mood::well) return misbehave(how);
    const auto found = people.find(id);
    return found == people.end() ? std::nullopt : std::optional(found->second);
  }
  result<std::optional<user>> find_current_user(const http_request&) override {
    if (how != mood::well) return misbehave(how);
    return current_.empty() ? std::nullopt : std::optional(person(current_));
  }

 private:
  std::string current_;
};

class fake_sso final : public sso_provider {
 public:
  explicit fake_sso(std::string id) : id_(std::move(id)) {}
  std::optional<std::string> after;
  login_button button() const override { return {id_, "Sign in with " + id_}; }
  result<std::string> login_url(const login_transaction&, std::string_view) override { return "https://" + id_; }
  result<sso_login_result> handle_callback(const sso_callback&) override {
    return sso_login_result{person("u-" + id_), std::nullopt, {}};
  }
  result<std::optional<std::string>> logout_url(std::string_view, std::string_view) override { return after; }

 private:
  std::string id_;
};

class clearing_sessions final : public session_provider {
 public:
  explicit clearing_sessions(std::string name) : name_(std::move(name)) {}
  fake_sessions inner;
  int ended_users = 0;
  result<std::int64_t> begin_sign_in() override { return 0; }
  result<issued_session> create_session(std::string_view user_id, const session_origin& origin) override {
    auto made = inner.create_session(user_id, origin);
    made->cookie_value = name_ + made->cookie_value;
    return made;
  }
  result<std::optional<opened_session>> open_session(std::string_view value) override {
    return inner.open_session(value);
  }
  result<void> revoke_session(const latchkey::session& ended) override { return inner.revoke_session(ended); }
  result<refreshed_session> refresh_session(std::string_view value) override { return inner.refresh_session(value); }
  result<void> revoke_user_sessions(std::string_view) override {
    ++ended_users;
    if (inner.revoking != mood::well) return misbehave(inner.revoking);
    return {};
  }
  std::int64_t max_age_seconds(const latchkey::session&) const override { return 3600; }
  std::vector<std::string> clearing_cookies() const override { return {name_ + "=; Max-Age=0"}; }

 private:
  std::string name_;
};

/** Two members, `a` and `b`, each with every part. */
struct two_members {
  std::shared_ptr<fake_tokens> a_tokens = std::make_shared<fake_tokens>();
  std::shared_ptr<fake_tokens> b_tokens = std::make_shared<fake_tokens>();
  std::shared_ptr<tracking_users> a_users = std::make_shared<tracking_users>("");
  std::shared_ptr<tracking_users> b_users = std::make_shared<tracking_users>("u-current-b");
  std::shared_ptr<clearing_sessions> a_sessions = std::make_shared<clearing_sessions>("a");
  std::shared_ptr<clearing_sessions> b_sessions = std::make_shared<clearing_sessions>("b");
  auth_provider a;
  auth_provider b;
  composite_auth_options options;
  auth_provider both;

  two_members() {
    a_tokens->known = {{"both", "u-a"}, {"a", "u-a"}};
    b_tokens->known = {{"both", "u-b"}, {"b", "u-b"}};
    a_users->people = {{"u-a", person("u-a")}, {"u-shared", user{"u-shared", "a@example.com", {}, {}}}};
    b_users->people = {{"u-b", person("u-b")}, {"u-shared", user{"u-shared", "b@example.com", {}, {}}}};
    a.name = "a";
    a.tokens = a_tokens;
    a.users = a_users;
    a.sessions = a_sessions;
    b.name = "b";
    b.tokens = b_tokens;
    b.users = b_users;
    b.sessions = b_sessions;
    compose();
  }
  void compose() { both = must(composite_auth({a, b}, options)); }
  [[nodiscard]] std::optional<authenticated_user> known(std::string_view token) const {
    return must(both.tokens->authenticate_token(token, {}));
  }
  [[nodiscard]] bool authorizes(const authenticated_user& who) const {
    return must(both.tokens->authorize_user(who, {}));
  }
};

TEST_CASE("composite: a token is tried in order, and the first that knows it wins and is remembered", "[composite]") {
  two_members world;
  CHECK(world.known("both") == authenticated_user{person("u-a"), "a", {0}});
  CHECK(world.b_tokens->tried.empty());
  CHECK(world.known("b") == authenticated_user{person("u-b"), "b", {1}});
  CHECK(world.a_tokens->tried == std::vector<std::string>{"both", "b"});
  CHECK_FALSE(world.known("neither").has_value());
}

TEST_CASE("composite: a member that fails is skipped, and nobody is known by its failure", "[composite][RB-09]") {
  two_members world;
  world.a_tokens->how = GENERATE(mood::fails, mood::throws);
  CHECK(world.known("both")->provider == "b");
  CHECK_FALSE(world.both.tokens->authenticate_token("a", {}).has_value());
}

TEST_CASE("composite: tokens of every member's own places are found once", "[composite]") {
  two_members world;
  world.a_tokens->explicit_tokens = {"x", "y"};
  world.b_tokens->explicit_tokens = {"y", "z"};
  world.b_tokens->ambient_tokens = {"c"};
  const auto found = world.both.tokens->find_tokens({});
  CHECK(found.explicit_tokens == std::vector<std::string_view>{"x", "y", "z"});
  CHECK(found.ambient_tokens == std::vector<std::string_view>{"c"});
  world.a_tokens->how = mood::throws;
  CHECK(world.both.tokens->find_tokens({}).explicit_tokens == std::vector<std::string_view>{"y", "z"});
}

TEST_CASE("composite: the three policies ask the right members", "[composite]") {
  struct row {
    composite_authorization policy;
    bool a_says, b_says;
    bool may_a, may_b;
  };
  using enum composite_authorization;
  const std::vector<row> rows{{authenticator, true, true, true, true},
                              {authenticator, true, false, true, false},
                              {authenticator, false, true, false, true},
                              {authenticator, false, false, false, false},
                              {any, true, true, true, true},
                              {any, true, false, true, true},
                              {any, false, true, true, true},
                              {any, false, false, false, false},
                              {every, true, true, true, true},
                              {every, true, false, false, false},
                              {every, false, true, false, false},
                              {every, false, false, false, false}};
  const row asked = GENERATE_COPY(from_range(rows));
  two_members world;
  world.options.authorization = asked.policy;
  world.compose();
  world.a_tokens->authorizes = asked.a_says;
  world.b_tokens->authorizes = asked.b_says;
  CAPTURE(static_cast<int>(asked.policy), asked.a_says, asked.b_says);
  CHECK(world.authorizes(*world.known("a")) == asked.may_a);
  CHECK(world.authorizes(*world.known("b")) == asked.may_b);
  // Whom a session named belongs to the first member that knows them.
  CHECK(world.authorizes({person("u-a"), "", {}}) == asked.may_a);
  CHECK(world.authorizes({person("u-b"), "", {}}) == asked.may_b);
  CHECK(world.authorizes({person("u-shared"), "", {}}) == asked.may_a);
  CHECK_FALSE(world.authorizes({person("u-stranger"), "", {}}));
  CHECK_FALSE(world.authorizes({person("u-a"), "c", {}}));
  CHECK_FALSE(world.authorizes({person("u-a"), "a", {7}}));
}

TEST_CASE("composite: by default the member that knew the token is asked, about nobody else's", "[composite]") {
  two_members world;
  CHECK(composite_auth_options{}.authorization == composite_authorization::authenticator);
  CHECK(world.authorizes(*world.known("b")));
  CHECK(world.a_tokens->asked_about.empty());
  REQUIRE(world.b_tokens->asked_about.size() == 1);
  CHECK(world.b_tokens->asked_about[0] == authenticated_user{person("u-b"), "b", {}});
  // A member that is asked about another's session is told whose it is.
  world.options.authorization = composite_authorization::every;
  world.compose();
  CHECK(world.authorizes({person("u-b"), "", {}}));
  CHECK(world.a_tokens->asked_about.at(0).provider == "b");
  CHECK(world.b_tokens->asked_about.at(1).provider.empty());
}

TEST_CASE("composite: a member that fails to say authorizes nobody", "[composite][RB-09]") {
  two_members world;
  const mood how = GENERATE(mood::fails, mood::throws);
  world.a_tokens->authorizing = how;
  CHECK_FALSE(world.both.tokens->authorize_user(*world.known("a"), {}).has_value());
  CHECK(world.authorizes(*world.known("b")));
  world.options.authorization = composite_authorization::every;
  world.compose();
  CHECK_FALSE(world.both.tokens->authorize_user(*world.known("b"), {}).has_value());
  world.options.authorization = composite_authorization::any;
  world.compose();
  CHECK(world.authorizes(*world.known("a")));
  world.b_tokens->authorizing = how;
  CHECK_FALSE(world.authorizes(*world.known("a")));
}

TEST_CASE("composite: a member without tokens has nothing to say about its own people", "[composite]") {
  two_members world;
  world.b.tokens = nullptr;
  world.compose();
  CHECK(world.authorizes({person("u-b"), "", {}}));
  world.options.authorization = composite_authorization::every;
  world.a_tokens->authorizes = false;
  world.compose();
  CHECK_FALSE(world.authorizes({person("u-b"), "", {}}));
}

TEST_CASE("composite: composites nest, and each remembers its own member", "[composite]") {
  two_members world;
  auth_provider other;
  other.name = "other";
  other.tokens = std::make_shared<fake_tokens>();
  const auto outer = must(composite_auth({other, world.both}));
  const auto who = must(outer.tokens->authenticate_token("b", {}));
  REQUIRE(who.has_value());
  CHECK(who->provider == "b");
  CHECK(who->member_path == std::vector<std::size_t>{1, 1});
  CHECK(must(outer.tokens->authorize_user(*who, {})));
  world.b_tokens->authorizes = false;
  CHECK_FALSE(must(outer.tokens->authorize_user(*who, {})));
}

TEST_CASE("composite: current user and user by id are looked for in turn", "[composite]") {
  two_members world;
  CHECK(must(world.both.users->find_current_user({})) == person("u-current-b"));
  CHECK(must(world.both.users->find_user("u-b")) == person("u-b"));
  CHECK(must(world.both.users->find_user("u-shared"))->email == "a@example.com");
  CHECK_FALSE(must(world.both.users->find_user("u-c")).has_value());
  world.a_users->how = GENERATE(mood::fails, mood::throws);
  CHECK(must(world.both.users->find_user("u-shared"))->email == "b@example.com");
  CHECK(must(world.both.users->find_current_user({})) == person("u-current-b"));
  CHECK_FALSE(world.both.users->find_user("u-c").has_value());
}

TEST_CASE("composite: sessions are made by the first member and validated by each in turn", "[composite]") {
  two_members world;
  CHECK(must(world.both.sessions->create_session("u-a", {})).cookie_value == "as1");
  CHECK(world.b_sessions->inner.created == 0);
  world.b_sessions->inner.live["of-b"] = latchkey::session{"of-b", "u-b", 0, 0, {}};
  CHECK(must(world.both.sessions->open_session("of-b"))->session.user_id == "u-b");
  CHECK_FALSE(must(world.both.sessions->open_session("of-c")).has_value());
  CHECK(must(world.both.sessions->refresh_session("of-b"))->session.user_id == "u-b");
  CHECK_FALSE(must(world.both.sessions->refresh_session("of-b")).has_value());
  world.b_sessions->inner.live["of-b"] = latchkey::session{"of-b", "u-b", 0, 0, {}};
  CHECK(must(world.both.sessions->end_session("of-b"))->session.user_id == "u-b");
  CHECK_FALSE(must(world.both.sessions->end_session("of-b")).has_value());
  world.b_sessions->inner.live["of-b"] = latchkey::session{"of-b", "u-b", 0, 0, {}};
  world.a_sessions->inner.opening = GENERATE(mood::fails, mood::throws);
  CHECK(must(world.both.sessions->open_session("of-b"))->session.user_id == "u-b");
  CHECK_FALSE(world.both.sessions->open_session("of-a").has_value());
}

TEST_CASE("composite: a member without sessions is passed over", "[composite]") {
  two_members world;
  world.a.sessions = nullptr;
  world.compose();
  CHECK(must(world.both.sessions->create_session("u-b", {})).cookie_value == "bs1");
}

TEST_CASE("[SS-20] composite: sessions are ended by all members, also behind one that fails", "[composite][SS-20]") {
  two_members world;
  const latchkey::session same{"same", "u-a", 0, 0, {}};
  world.a_sessions->inner.live["same"] = world.b_sessions->inner.live["same"] = same;
  must(world.both.sessions->revoke_session(same));
  CHECK(world.a_sessions->inner.live.empty());
  CHECK(world.b_sessions->inner.live.empty());
  world.b_sessions->inner.live["same"] = same;
  world.a_sessions->inner.revoking = GENERATE(mood::fails, mood::throws);
  CHECK_FALSE(world.both.sessions->revoke_session(same).has_value());
  CHECK(world.b_sessions->inner.live.empty());
  CHECK_FALSE(world.both.sessions->revoke_user_sessions("u-a").has_value());
  CHECK(world.a_sessions->ended_users == 1);
  CHECK(world.b_sessions->ended_users == 1);
}

TEST_CASE("[CK-17] composite: cookies are cleared by all, as separate lines", "[composite][CK-17]") {
  two_members world;
  CHECK(world.both.sessions->clearing_cookies() == std::vector<std::string>{"a=; Max-Age=0", "b=; Max-Age=0"});
}

TEST_CASE("composite: single sign-on, credentials and the rest are the first member's that has them", "[composite]") {
  two_members world;
  const auto users = std::make_shared<fake_users>();
  const auto first = std::make_shared<fake_sso>("first");
  first->after = "https://first/out";
  world.b.sso = first;
  world.b.credentials = std::make_shared<fake_credentials>(users);
  world.b.rbac = std::make_shared<fake_rbac>();
  world.b.audit = std::make_shared<fake_audit>();
  world.b.throttling = must(memory_throttle::make());
  auth_provider third;
  third.sso = std::make_shared<fake_sso>("second");
  third.credentials = std::make_shared<fake_credentials>(users);
  const auto made = must(composite_auth({world.a, world.b, third}));
  CHECK(must(require_sso(made))->button().provider == "first");
  CHECK(made.credentials == world.b.credentials);
  CHECK(made.rbac == world.b.rbac);
  CHECK(made.audit == world.b.audit);
  CHECK(made.throttling == world.b.throttling);
  CHECK(with_ee(world.a, world.b).throttling == world.b.throttling);
  CHECK(must(logout_url(made, "u-a", "/")) == "https://first/out");
  CHECK(must(logout_url(must(composite_auth({third})), "u-a", "/")) == std::nullopt);
}

TEST_CASE("composite: events that may be late stay with the log of those that may not", "[composite]") {
  two_members world;
  world.a.audit = std::make_shared<fake_audit>();
  world.a.best_effort_audit = std::make_shared<fake_audit>();
  world.b.audit = std::make_shared<fake_audit>();
  CHECK(with_ee(world.a, auth_provider{}).best_effort_audit == world.a.best_effort_audit);
  CHECK(with_ee(world.a, world.b).best_effort_audit == nullptr);
  CHECK(with_ee(world.b, world.a).best_effort_audit == world.a.best_effort_audit);
  CHECK(must(composite_auth({world.b, world.a})).best_effort_audit == nullptr);
  CHECK(must(composite_auth({world.a, world.b})).best_effort_audit == world.a.best_effort_audit);
}

TEST_CASE("composite: what none has is said by name, and absent from capabilities", "[composite]") {
  auth_provider tokens_alone;
  tokens_alone.tokens = std::make_shared<fake_tokens>();
  const auto made = must(composite_auth({tokens_alone, tokens_alone}));
  CHECK(made.sessions == nullptr);
  const auto sso = require_sso(made);
  const auto sessions = require_sessions(made);
  REQUIRE_FALSE(sso.has_value());
  REQUIRE_FALSE(sessions.has_value());
  CHECK(to_string(sso.error().code) == "ERR_LATCHKEY_NO_SSO_PROVIDER");
  CHECK(to_string(sessions.error().code) == "ERR_LATCHKEY_NO_SESSION_PROVIDER");
  CHECK(must(logout_url(made, "u-a", "/")) == std::nullopt);
  world server;
  server.start(made);
  CHECK(body_of(server.get("/api/auth/capabilities")).find("login")->is_null());
}

TEST_CASE("composite: it is a cloud provider when one member is, a simple one when all are", "[composite]") {
  auth_provider plain;
  auth_provider cloud;
  cloud.is_mastra_cloud_auth = true;
  auth_provider simple;
  simple.is_simple_auth = true;
  CHECK(must(composite_auth({plain, cloud})).is_mastra_cloud_auth);
  CHECK_FALSE(must(composite_auth({plain, simple})).is_mastra_cloud_auth);
  CHECK(must(composite_auth({simple, simple})).is_simple_auth);
  CHECK_FALSE(must(composite_auth({simple, plain})).is_simple_auth);
}

TEST_CASE("composite: nothing can't be composed", "[composite]") {
  CHECK(composite_auth({}).error().code == errc::configuration_invalid);
  CHECK(composite_auth({auth_provider{}}, {"", composite_authorization::any}).error().field == "name");
  CHECK(must(composite_auth({auth_provider{}})).name == "composite");
}

TEST_CASE("with_ee: parts win over the base's, the rest stays, and the name says so", "[composite]") {
  two_members world;
  world.a.rbac = std::make_shared<fake_rbac>();
  world.a.is_mastra_cloud_auth = true;
  world.b.tokens = nullptr;
  world.b.sso = std::make_shared<fake_sso>("b");
  world.b.is_simple_auth = true;
  const auto made = with_ee(world.a, world.b);
  CHECK(made.name == "a-ee");
  CHECK(made.tokens == world.a.tokens);
  CHECK(made.rbac == world.a.rbac);
  CHECK(made.sessions == world.b.sessions);
  CHECK(made.sso == world.b.sso);
  CHECK(made.is_mastra_cloud_auth);
  CHECK_FALSE(made.is_simple_auth);
  CHECK_FALSE(with_ee(world.b, world.a).is_mastra_cloud_auth);
}

TEST_CASE("with_ee: the current user is the base's to tell, users by id are the parts'", "[composite]") {
  two_members world;
  const auto made = with_ee(world.a, world.b);
  CHECK_FALSE(must(made.users->find_current_user({})).has_value());
  CHECK(must(made.users->find_user("u-b")) == person("u-b"));
  CHECK_FALSE(must(made.users->find_user("u-a")).has_value());
  CHECK(must(with_ee(world.b, world.a).users->find_current_user({})) == person("u-current-b"));
  world.a.users = nullptr;
  CHECK_FALSE(must(with_ee(world.a, world.b).users->find_current_user({})).has_value());
  CHECK(with_ee(world.b, auth_provider{}).users == world.b.users);
}

class profile_users final : public user_provider {
 public:
  explicit profile_users(std::optional<std::string> page) : page_(std::move(page)) {}
  result<std::optional<user>> find_user(std::string_view) override { return std::nullopt; }
  std::optional<std::string> user_profile_url(const user& about) const override {
    return page_ ? std::optional(*page_ + about.id) : std::nullopt;
  }

 private:
  std::optional<std::string> page_;
};

TEST_CASE("the page about a user is that of the first provider that has one") {
  auth_provider without;
  without.users = std::make_shared<profile_users>(std::nullopt);
  auth_provider with;
  with.users = std::make_shared<profile_users>("https://people.example.com/");
  const auto made = must(composite_auth({without, with}));
  CHECK(made.users->user_profile_url(person("u-1")) == "https://people.example.com/u-1");
  CHECK(with_ee(without, with).users->user_profile_url(person("u-1")) == "https://people.example.com/u-1");
  CHECK(must(composite_auth({without})).users->user_profile_url(person("u-1")) == std::nullopt);
}

TEST_CASE("a host can ask which capabilities a provider has under a license") {
  auth_provider parts;
  CHECK(to_capability_flags(facts_of(parts), {.license = {}, .exempt = true}, 0) == capability_flags{});
  parts.users = std::make_shared<profile_users>(std::nullopt);
  parts.sso = std::make_shared<fake_sso>("corp");
  const provider_facts facts = facts_of(parts);
  REQUIRE(facts.sso);
  CHECK(facts.sso->text == "Sign in with corp");
  capability_flags expected;
  expected.user = expected.sso = true;
  CHECK(to_capability_flags(facts, {.license = {}, .exempt = true}, 0) == expected);
  CHECK(to_capability_flags(facts, {}, 0) == capability_flags{});
  license_gate users_alone{.license = check_license(std::string(32, 'k'))};
  users_alone.license.features = {license_feature::user};
  expected.sso = false;
  CHECK(to_capability_flags(facts, users_alone, 0) == expected);
}

}  // namespace
}  // namespace latchkey::native
