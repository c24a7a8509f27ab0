// SPDX-License-Identifier: Apache-2.0
#include "latchkey/sso.h"

#include "catch.h"
#include "latchkey/base64url.h"
#include "latchkey/json_codec.h"

namespace latchkey {
namespace {

constexpr std::int64_t now = 1'800'000'000'000;

login_transaction make_login(std::uint8_t seed = 1, std::string_view return_path = "/agents?x=1") {
  std::array<std::uint8_t, 20> state{};
  std::array<std::uint8_t, 20> nonce{};
  std::array<std::uint8_t, 32> verifier{};
  state.fill(seed);
  nonce.fill(static_cast<std::uint8_t>(seed + 1));
  verifier.fill(static_cast<std::uint8_t>(seed + 2));
  return begin_login({state, nonce, verifier}, "oidc", return_path, now);
}

authorization_request make_request() {
  return {"https://id.example/authorize", "studio", "https://studio.example/api/auth/sso/callback", "openid email", {}};
}

// The digest of the verifier in RFC 7636, appendix B.
sha256_digest appendix_b(std::string_view) {
  return {19,  211, 30,  150, 26,  26,  216, 236, 47,  22,  177, 12, 76,  152, 46,  8,
          118, 168, 120, 173, 109, 241, 68,  86,  110, 225, 137, 74, 203, 112, 249, 195};
}

}  // namespace

TEST_CASE("[SO-01] a login has fresh values of the length that the standards ask for") {
  const auto login = make_login();
  CHECK(login.state.size() == 27);
  CHECK(login.nonce.size() == 27);
  CHECK(login.verifier.size() == 43);
  CHECK(login.state != login.nonce);
  CHECK(login.return_path == "/agents?x=1");
  CHECK(make_login(1, "//evil.example").return_path == "/");
}

TEST_CASE("[SO-01] only the login that was begun is completed, once per state, and in time") {
  const std::vector<login_transaction> logins{make_login(1), make_login(50), make_login(90)};
  CHECK(find_login(logins, logins[1].state, "oidc", now) == &logins[1]);
  CHECK(find_login(logins, logins[2].state, "oidc", now + login_transaction_ms - 1) == &logins[2]);
  CHECK(find_login(logins, logins[1].state, "workos", now) == nullptr);
  CHECK(find_login(logins, logins[1].state, "oidc", now + login_transaction_ms) == nullptr);
  CHECK(find_login(logins, logins[1].state, "oidc", now - 60'001) == nullptr);
  CHECK(find_login(logins, logins[1].state, "oidc", now - 60'000) != nullptr);
  CHECK(find_login(logins, "", "oidc", now) == nullptr);
  CHECK(find_login(logins, logins[1].state.substr(1), "oidc", now) == nullptr);
  CHECK(find_login(logins, logins[1].state + "A", "oidc", now) == nullptr);
  CHECK(find_login(logins, logins[1].nonce, "oidc", now) == nullptr);
  CHECK(find_login({}, logins[1].state, "oidc", now) == nullptr);
  // A login without a state must not meet a callback without one.
  const std::vector<login_transaction> empty{{"", "", "", "oidc", "/", now}};
  CHECK(find_login(empty, "", "oidc", now) == nullptr);
  for (const std::int64_t absurd : {INT64_MIN, INT64_MAX}) CHECK_FALSE(is_alive(logins[0], absurd));
  login_transaction odd = logins[0];
  for (const std::int64_t absurd : {INT64_MIN, std::int64_t{-1}, INT64_MAX}) {
    odd.created_at_ms = absurd;
    CHECK_FALSE(is_alive(odd, now));
  }
}

TEST_CASE("[SO-02] a login survives its JSON, and nothing else is read") {
  const auto login = make_login();
  const std::string text = to_login_json(login).value();
  CHECK(parse_login_json(text).value() == login);
  const auto value = parse_json(text).value();
  for (const auto& [name, ignored] : *value.as_object()) {
    json_object without;
    json_object wrong;
    for (const auto& member : *value.as_object()) {
      if (member.first != name) without.push_back(member);
      wrong.emplace_back(member.first, member.first == name ? json_value(7) : member.second);
    }
    INFO(name);
    CHECK(parse_login_json(to_json_text(without)).error().code == errc::session_invalid);
    CHECK_FALSE(parse_login_json(to_json_text(wrong)).has_value());
  }
  const auto with = [&](std::string_view name, const char* other) {
    json_object changed;
    for (const auto& member : *value.as_object()) {
      changed.emplace_back(member.first, member.first == name ? json_value(other) : member.second);
    }
    return to_json_text(changed);
  };
  CHECK_FALSE(parse_login_json(with("returnPath", "//evil.example")).has_value());
  CHECK_FALSE(parse_login_json(with("state", "short")).has_value());
  CHECK_FALSE(parse_login_json(with("createdAt", "yesterday")).has_value());
  CHECK_FALSE(parse_login_json(with("createdAt", "1969-12-31T23:59:59.999Z")).has_value());
  CHECK_FALSE(parse_login_json(with("provider", std::string(65, 'p').c_str())).has_value());
  CHECK_FALSE(parse_login_json(text.substr(0, text.size() - 1) + R"(,"x":1})").has_value());
  CHECK_FALSE(parse_login_json("[]").has_value());
  CHECK_FALSE(to_login_json({}).has_value());
  login_transaction early = login;
  early.created_at_ms = -1;
  CHECK_FALSE(to_login_json(early).has_value());
}

TEST_CASE("[SO-03] the login address carries state, nonce and an S256 challenge") {
  login_transaction login = make_login();
  login.verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  CHECK(code_challenge(login.verifier, appendix_b) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
  auto request = make_request();
  request.parameters = {{"prompt", "select account"}};
  CHECK(to_login_url(request, login, appendix_b).value() ==
        "https://id.example/authorize?response_type=code&client_id=studio&redirect_uri="
        "https%3A%2F%2Fstudio.example%2Fapi%2Fauth%2Fsso%2Fcallback&scope=openid%20email&state=" +
            login.state + "&nonce=" + login.nonce +
            "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
            "&prompt=select%20account");
  request.endpoint = "https://id.example/authorize?tenant=1";
  CHECK(to_login_url(request, login, appendix_b)->starts_with(request.endpoint + "&response_type=code&"));
  request.client_id = "a&b=c#d\r\n";
  CHECK(to_login_url(request, login, appendix_b)->find("client_id=a%26b%3Dc%23d%0D%0A&") != std::string::npos);
}

TEST_CASE("[SO-19] a login address is refused when it would lead elsewhere than configured") {
  const auto login = make_login();
  for (const char* endpoint :
       {"", "https://", "http://id.example/a", "ftp://id.example", "javascript:alert(1)", "https://id.example/#x",
        "https://user@id.example/", "https://id.example/a b", "https://id.example/\r\nx", "https:\\\\id.example",
        "//id.example", "http://localhost.evil.example/", "http://localhost:80x/", "http://127.0.0.1.evil/"}) {
    auto request = make_request();
    request.endpoint = endpoint;
    INFO(endpoint);
    const auto url = to_login_url(request, login, appendix_b);
    REQUIRE_FALSE(url.has_value());
    CHECK(url.error().code == errc::configuration_invalid);
    CHECK(url.error().field == "endpoint");
    request = make_request();
    request.redirect_uri = endpoint;
    CHECK(to_login_url(request, login, appendix_b).error().field == "redirectUri");
  }
  for (const char* endpoint :
       {"http://localhost:4000/a", "http://127.0.0.1/", "http://[::1]:9/a", "HTTPS://id.example"}) {
    auto request = make_request();
    request.endpoint = endpoint;
    INFO(endpoint);
    CHECK(to_login_url(request, login, appendix_b).has_value());
  }
  auto request = make_request();
  request.client_id.clear();
  CHECK(to_login_url(request, login, appendix_b).error().field == "clientId");
  request = make_request();
  request.parameters = {{"state", "mine"}};
  CHECK(to_login_url(request, login, appendix_b).error().field == "state");
  request.parameters = {{"", "mine"}};
  CHECK_FALSE(to_login_url(request, login, appendix_b).has_value());
  request = make_request();
  request.endpoint = "https://id.example/a?tenant=1&state=2";
  CHECK(to_login_url(request, login, appendix_b).error().field == "endpoint");
  request.endpoint = "https://id.example/a?tenant=1";
  request.parameters = {{"tenant", "2"}};
  CHECK(to_login_url(request, login, appendix_b).error().field == "tenant");
  request = make_request();
  request.parameters = {{"prompt", "a"}, {"prompt", "b"}};
  CHECK_FALSE(to_login_url(request, login, appendix_b).has_value());
}

}  // namespace latchkey
