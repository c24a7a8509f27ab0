// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_TESTS_NATIVE_HTTP_SUPPORT_H_
#define LATCHKEY_TESTS_NATIVE_HTTP_SUPPORT_H_

/** Providers in memory with switches for their failures, and the shortest way to send a request to a server. */

#include <map>
#include <mutex>
#include <set>
#include <stdexcept>

#include "core/catch.h"
#include "latchkey/native/http/auth_server.h"

namespace latchkey::native::testing {

/** How a provider misbehaves. */
enum class mood { well, fails, throws };

inline tl::unexpected<error> misbehave(mood how) {
  if (how == mood::throws) throw std::runtime_error("SELECT secret FROM /var/lib/store");
  return fail(errc::store_failed, "SELECT secret FROM /var/lib/store");
}

class fake_users final : public user_provider {
 public:
  std::map<std::string, user, std::less<>> people;
  mood how = mood::well;
  result<std::optional<user>> find_user(std::string_view id) override {
    if (how != mood::well) return misbehave(how);
    const auto found = people.find(id);
    return found == people.end() ? std::nullopt : std::optional(found->second);
  }
};

/** The cookie's value is the session's id. */
class fake_sessions final : public session_provider {
 public:
  std::map<std::string, latchkey::session, std::less<>> live;
  std::mutex mutex;
  mood opening = mood::well;
  mood revoking = mood::well;
  bool renewal_due = false;
  int created = 0;

  issued_session issue(std::string_view user_id) {
    latchkey::session made;
    made.id = "s" + std::to_string(++created);
    made.user_id = std::string(user_id);
    live[made.id] = made;
    return {made, made.id};
  }
  /** Counts how often all sessions of somebody were ended. */
  std::int64_t cuts = 0;

  result<std::int64_t> begin_sign_in() override {
    const std::lock_guard lock(mutex);
    if (opening != mood::well) return misbehave(opening);
    return cuts;
  }
  result<issued_session> create_session(std::string_view user_id, const session_origin& origin) override {
    const std::lock_guard lock(mutex);
    if (origin.sign_in_mark < cuts) return fail(errc::unauthenticated, "ended meanwhile");
    return issue(user_id);
  }
  result<std::optional<opened_session>> open_session(std::string_view value) override {
    const std::lock_guard lock(mutex);
    if (opening != mood::well) return misbehave(opening);
    const auto found = live.find(value);
    return found == live.end() ? std::nullopt : std::optional(opened_session{found->second, renewal_due});
  }
  result<void> revoke_session(const latchkey::session& ended) override {
    const std::lock_guard lock(mutex);
    if (revoking != mood::well) return misbehave(revoking);
    live.erase(ended.id);
    return {};
  }
  result<refreshed_session> refresh_session(std::string_view value) override {
    const std::lock_guard lock(mutex);
    if (opening != mood::well) return misbehave(opening);
    const auto found = live.find(value);
    if (found == live.end()) return refreshed_session{};
    const std::string user_id = found->second.user_id;
    live.erase(found);
    return refreshed_session{issue(user_id)};
  }
  result<void> revoke_user_sessions(std::string_view) override {
    const std::lock_guard lock(mutex);
    ++cuts;
    return {};
  }
  std::int64_t max_age_seconds(const latchkey::session&) const override { return 3600; }
};

class fake_credentials final : public credentials_provider {
 public:
  explicit fake_credentials(std::shared_ptr<fake_users> users) : users_(std::move(users)) {}
  std::map<std::string, std::string, std::less<>> passwords;
  mood how = mood::well;
  bool is_full = false;
  bool sign_up_enabled = true;
  std::string setup_code = "the set-up code";
  /** What `sign_up` answers to everything. */
  std::optional<error> refusal;
  /** Somebody has become owner since the code was looked at. */
  bool has_owner = false;
  /** Called while a password is being checked. */
  std::function<void()> while_checking;

  result<std::optional<user>> sign_in(std::string_view email, std::string_view password) override {
    if (is_full) return fail(errc::unavailable, "queue");
    if (while_checking) while_checking();
    if (how != mood::well) return misbehave(how);
    for (const auto& [id, person] : users_->people) {
      if (person.email != email) continue;
      const auto known = passwords.find(id);
      if (known != passwords.end() && known->second == password) return person;
    }
    return std::nullopt;
  }
  result<void> check_sign_up(std::string_view, std::string_view password, std::string_view) const override {
    if (password == "short") return fail(errc::request_invalid, "Use at least 8 characters.", "password");
    return {};
  }
  result<user> sign_up(std::string_view email, std::string_view password, std::string_view name) override {
    if (how != mood::well) return misbehave(how);
    if (refusal) return tl::unexpected<error>(*refusal);
    if (password == "refused by the store") return fail(errc::sign_up_failed, "refused");
    for (const auto& [id, person] : users_->people) {
      if (person.email == email) return fail(errc::sign_up_failed, "taken");
    }
    user made{"u" + std::to_string(users_->people.size() + 1), std::string(email), std::nullopt, std::nullopt};
    if (!name.empty()) made.name = std::string(name);
    users_->people[made.id] = made;
    passwords[made.id] = std::string(password);
    return made;
  }
  result<void> check_setup_code(std::string_view code) const override {
    if (how != mood::well) return misbehave(how);
    if (code != setup_code) return fail(errc::request_invalid, "wrong", "setupCode");
    return {};
  }
  result<user> sign_up_owner(std::string_view email, std::string_view password, std::string_view name,
                             std::string_view code) override {
    if (how != mood::well) return misbehave(how);
    if (code != setup_code || has_owner) return fail(errc::request_invalid, "wrong", "setupCode");
    return sign_up(email, password, name);
  }
  bool is_sign_up_enabled() const override { return sign_up_enabled; }

 private:
  std::shared_ptr<fake_users> users_;
};

class fake_rbac final : public rbac_provider {
 public:
  std::vector<role_definition> definitions = default_roles();
  std::map<std::string, std::vector<std::string>, std::less<>> roles;
  mood how = mood::well;
  /** For what is read to be shown, not to decide. */
  mood reading = mood::well;

  result<std::vector<std::string>> roles_of(const user& person) override {
    if (how != mood::well) return misbehave(how);
    const auto found = roles.find(person.id);
    return found == roles.end() ? std::vector<std::string>{} : found->second;
  }
  result<std::shared_ptr<const grant_set>> grants_of(std::span<const std::string> ids) override {
    auto set = grant_set::compile(expand_roles(ids, definitions));
    if (!set) return fail(std::move(set));
    return std::make_shared<const grant_set>(std::move(*set));
  }
  result<std::vector<std::string>> permissions_of(std::span<const std::string> ids) override {
    if (reading != mood::well) return misbehave(reading);
    return to_grant_texts(expand_roles(ids, definitions));
  }
  result<std::vector<role_definition>> role_definitions() override {
    if (reading != mood::well) return misbehave(reading);
    return definitions;
  }
};

class fake_audit final : public audit_logger, public audit_reader {
 public:
  std::vector<audit_event> events;
  audit_filter last_filter;
  audit_paging last_paging;
  mood how = mood::well;

  result<void> log(const audit_event& event) override {
    const std::lock_guard lock(mutex_);
    if (how != mood::well) return misbehave(how);
    events.push_back(event);
    events.back().sequence = static_cast<std::int64_t>(events.size());
    return {};
  }
  result<audit_page> query(const audit_filter& filter, const audit_paging& paging) override {
    last_paging = paging;
    if (how != mood::well) return misbehave(how);
    last_filter = filter;
    return audit_page{{events.rbegin(), events.rend()}, static_cast<std::int64_t>(events.size())};
  }
  std::size_t count(std::string_view action, audit_outcome outcome) const {
    return static_cast<std::size_t>(std::count_if(events.begin(), events.end(), [&](const auto& event) {
      return event.action == action && event.outcome == outcome;
    }));
  }

 private:
  std::mutex mutex_;
};

/** A server with one person a role (`viewer@example.com` and so on, password `correct horse`) and a session for each. */
struct world {
  std::shared_ptr<fake_users> users = std::make_shared<fake_users>();
  std::shared_ptr<fake_sessions> sessions = std::make_shared<fake_sessions>();
  std::shared_ptr<fake_credentials> credentials = std::make_shared<fake_credentials>(users);
  std::shared_ptr<fake_rbac> rbac = std::make_shared<fake_rbac>();
  std::shared_ptr<fake_audit> audit = std::make_shared<fake_audit>();
  auth_server_config config;
  std::vector<std::string> reports;
  std::mutex reports_mutex;  // any thread may report
  std::unique_ptr<auth_server> server;

  world() {
    config.license.exempt = true;
    config.cookie.secure = false;
    config.trusted_origins = {"https://studio.example.com"};
    config.clock = [] { return std::int64_t{1'795'264'189'000}; };
    config.report = [this](const failure_report& report) {
      const std::lock_guard lock(reports_mutex);
      reports.emplace_back(report.reason);
    };
    for (const char* role : {"viewer", "member", "developer", "admin", "owner"}) {
      const std::string id = std::string("u-") + role;
      users->people[id] = user{id, std::string(role) + "@example.com", role, std::nullopt};
      credentials->passwords[id] = "correct horse";
      rbac->roles[id] = {role};
      sessions->live[role] = latchkey::session{role, id, 0, 0, {}};
    }
  }

  auth_provider provider() const {
    auth_provider made;
    made.users = users;
    made.sessions = sessions;
    made.credentials = credentials;
    made.rbac = rbac;
    made.audit = audit;
    made.audit_events = audit;
    return made;
  }

  void start() { start(provider()); }
  void start(auth_provider with) {
    auto made = auth_server::create(std::move(with), config);
    REQUIRE(made.has_value());
    server = std::move(*made);
  }

  http_response send(http_request request) const { return server->handle(request); }
  http_response get(std::string path, std::string as = {}) const {
    return send(request("GET", std::move(path), std::move(as)));
  }
  http_response post(std::string path, std::string body, std::string as = {}) const {
    http_request made = request("POST", std::move(path), std::move(as));
    if (!body.empty()) made.headers.emplace_back("Content-Type", "application/json");
    made.body = std::move(body);
    return send(std::move(made));
  }

  /** `as` is a role: its session's cookie goes along. A `?` in the path begins the query. */
  static http_request request(std::string method, std::string path, std::string as = {}) {
    http_request made;
    made.method = std::move(method);
    const auto mark = path.find('?');
    if (mark != std::string::npos) made.query = path.substr(mark + 1);
    made.path = path.substr(0, mark);
    made.headers = {{"Host", "127.0.0.1:4111"}};
    made.remote_address = "192.0.2.7";
    if (!as.empty()) made.headers.emplace_back("Cookie", "mastra_session=" + as);
    return made;
  }
};

inline std::string header_of(const http_response& response, std::string_view name) {
  http_request view;
  view.headers = response.headers;
  return std::string(view.header(name));
}

inline bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

inline json_value body_of(const http_response& response) {
  auto parsed = parse_json(response.body);
  REQUIRE(parsed.has_value());
  return *parsed;
}

/** The body without its request id, which differs from answer to answer. */
inline std::string plain_body(const http_response& response) {
  json_value body = body_of(response);
  if (json_object* object = body.as_object()) {
    std::erase_if(*object, [](const auto& member) { return member.first == "requestId"; });
  }
  return to_json_text(body);
}

/** The headers without the request id, which differs from answer to answer. */
inline header_list plain_headers(const http_response& response) {
  header_list headers = response.headers;
  std::erase_if(headers, [](const auto& entry) { return entry.first == "X-Request-Id"; });
  return headers;
}

inline constexpr const char* sign_in_body = R"({"email":"member@example.com","password":"correct horse"})";

}  // namespace latchkey::native::testing

#endif  // LATCHKEY_TESTS_NATIVE_HTTP_SUPPORT_H_
