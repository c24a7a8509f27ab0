// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_TESTS_NATIVE_SSO_SUPPORT_H_
#define LATCHKEY_TESTS_NATIVE_SSO_SUPPORT_H_

/** An identity provider in memory, and a browser that keeps its cookies. */

#include <atomic>

#include "native/http_support.h"
#include "support.h"

namespace latchkey::native::testing {

class fake_identity_provider final : public sso_provider {
 public:
  mood starting = mood::well;
  mood redeeming = mood::well;
  mood leaving = mood::well;
  std::string user_id = "u-member";
  std::optional<std::string> known_issuer;
  std::optional<std::string> after;
  std::vector<std::string> set_cookies;
  std::optional<sso_tokens> tokens;
  /** The id of the session whose sign-out asked for an address last. */
  std::string last_ended;
  std::atomic<int> redeemed{0};
  std::string last_redirect_uri;
  sso_callback last;

  login_button button() const override { return {"corp", "Sign in with Corp", "", "Your work account"}; }
  std::optional<std::string> issuer() const override { return known_issuer; }
  result<std::string> login_url(const login_transaction& login, std::string_view redirect_uri) override {
    if (starting != mood::well) return misbehave(starting);
    const std::lock_guard lock(mutex_);
    last_redirect_uri = std::string(redirect_uri);
    return "https://idp.example.com/authorize?state=" + login.state;
  }
  result<sso_login_result> handle_callback(const sso_callback& callback) override {
    ++redeemed;
    if (redeeming != mood::well) return misbehave(redeeming);
    const std::lock_guard lock(mutex_);
    last = callback;
    sso_login_result made;
    made.person.id = user_id;
    made.set_cookies = set_cookies;
    made.tokens = tokens;
    return made;
  }
  result<std::optional<std::string>> logout_url(std::string_view, std::string_view) override {
    if (leaving != mood::well) return misbehave(leaving);
    return after;
  }
  result<std::optional<std::string>> end_session_url(const ending_session& ending) override {
    last_ended = ending.session.id;
    return logout_url(ending.user_id, ending.return_url);
  }

 private:
  std::mutex mutex_;
};

struct sso_world : world {
  std::shared_ptr<fake_identity_provider> idp = std::make_shared<fake_identity_provider>();
  latchkey::testing::manual_clock time{1'795'264'189'000};

  sso_world() {
    config.public_url = "http://127.0.0.1:4111";
    config.clock = time.function();
    const std::vector<std::string> secrets{"0f8b2d5e7a914c36b1d4e8f02a7c5961aa"};
    config.sso.keys = latchkey::testing::must(key_ring::make(secrets));
  }
  [[nodiscard]] auth_provider sso_parts() const {
    auth_provider made = provider();
    made.sso = idp;
    return made;
  }
  void begin() { start(sso_parts()); }
};

/** Sends what it was given; a cookie that is cleared is gone. */
class browser {
 public:
  explicit browser(sso_world& world) : world_(world) {}
  std::map<std::string, std::string> cookies;

  http_response get(const std::string& path, const header_list& headers = {}) {
    http_request request = world::request("GET", path);
    std::string line;
    for (const auto& [name, value] : cookies) line += (line.empty() ? "" : "; ") + name + "=" + value;
    if (!line.empty()) request.headers.emplace_back("Cookie", line);
    request.headers.insert(request.headers.end(), headers.begin(), headers.end());
    return keep(world_.send(std::move(request)));
  }
  http_response keep(http_response response) {
    for (const auto& [name, value] : response.headers) {
      if (name != "Set-Cookie") continue;
      const std::string pair = value.substr(0, value.find(';'));
      const std::string cookie = pair.substr(0, pair.find('='));
      if (value.find("Max-Age=0") != std::string::npos) {
        cookies.erase(cookie);
      } else {
        cookies[cookie] = pair.substr(pair.find('=') + 1);
      }
    }
    return response;
  }
  /** Begins a login; its state. */
  std::string begin(const std::string& return_path = "/agents") {
    const auto answer = get("/api/auth/sso/login?redirect_uri=" + return_path);
    REQUIRE(answer.status == 200);
    const std::string url = *body_of(answer).find_string("url");
    return url.substr(url.find("state=") + 6);
  }
  http_response come_back(const std::string& state, const std::string& more = "&code=c0de") {
    return get("/api/auth/sso/callback?state=" + state + more);
  }
  [[nodiscard]] std::size_t logins() const {
    return static_cast<std::size_t>(std::count_if(cookies.begin(), cookies.end(), [](const auto& cookie) {
      return cookie.first.find("_login_") != std::string::npos;
    }));
  }

 private:
  sso_world& world_;
};

inline std::vector<std::string> set_cookies_of(const http_response& response) {
  std::vector<std::string> lines;
  for (const auto& [name, value] : response.headers) {
    if (name == "Set-Cookie") lines.push_back(value);
  }
  return lines;
}

inline constexpr const char* state_refused = "/login?error=ERR_LATCHKEY_SSO_STATE_INVALID";
inline constexpr const char* sign_in_failed = "/login?error=ERR_LATCHKEY_SSO_FAILED";

}  // namespace latchkey::native::testing

#endif  // LATCHKEY_TESTS_NATIVE_SSO_SUPPORT_H_
