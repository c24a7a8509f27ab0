// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/providers/jwt_auth.h"

#include "native/jwt_support.h"
#include "support.h"

namespace latchkey::native {
namespace {

using latchkey::testing::manual_clock;
using latchkey::testing::must;
using latchkey::testing::run_together;
using namespace native::testing;
using std::chrono::milliseconds;

TEST_CASE("a token of each allowed algorithm names its person by issuer and subject", "[jwt][SO-09]") {
  issuer world;
  const std::string algorithm = GENERATE("RS256", "PS256", "ES256", "EdDSA");
  INFO(algorithm);
  const auto found = world.known(world.token(
      algorithm, {{"email", "ada@example.com"}, {"name", "Ada"}, {"picture", "https://example.com/a.png"}}));
  REQUIRE(found.has_value());
  CHECK(found->provider == "jwt");
  CHECK(found->person ==
        user{"https://issuer.example.com/#auth0|7", "ada@example.com", "Ada", "https://example.com/a.png"});
  CHECK(world.fetches == 1);
}

TEST_CASE("[SO-12] forged tokens are nobody's: none, HMAC with the public key, another key or algorithm",
          "[jwt][SO-12]") {
  issuer world;
  const json_object claims = world.claims();
  const std::string unsigned_input = base64url_of(R"({"alg":"none"})") + "." + base64url_of(to_json_text(claims));
  CHECK_FALSE(world.knows(unsigned_input + "."));
  CHECK_FALSE(world.knows(unsigned_input + ".AA"));
  for (const char* name : {"none", "None", "NONE", "HS256", "HS512", "RS512", "ES384", "ES256K", "RS1", "dir",
                           "PBES2-HS256+A128KW", "eddsa", "", "Ed448"}) {
    INFO(name);
    CHECK_FALSE(world.knows(key_of("EdDSA").sign(issuer::header("EdDSA", {{"alg", name}}), claims)));
  }
  // HMAC under the bytes of the published key.
  const std::string hs_input =
      base64url_of(R"({"alg":"HS256","kid":"RS256"})") + "." + base64url_of(to_json_text(claims));
  unsigned char mac[32];
  std::size_t length = sizeof mac;
  const std::string secret = to_json_text(key_of("RS256").jwk("RS256"));
  REQUIRE(EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, secret.data(), secret.size(),
                    reinterpret_cast<const unsigned char*>(hs_input.data()), hs_input.size(), mac, sizeof mac,
                    &length) != nullptr);
  CHECK_FALSE(world.knows(hs_input + "." + to_base64url({mac, length})));
  // A stranger's key under a known name, and a known key under another's algorithm.
  CHECK_FALSE(world.knows(key_of("stranger").sign(issuer::header("EdDSA"), claims)));
  CHECK_FALSE(world.knows(key_of("PS256").sign(issuer::header("PS256", {{"alg", "RS256"}}), claims)));
  CHECK_FALSE(world.knows(key_of("RS256").sign(issuer::header("RS256", {{"alg", "PS256"}}), claims)));
  CHECK_FALSE(world.knows(key_of("EdDSA").sign(issuer::header("EdDSA", {{"kid", "ES256"}}), claims)));
  CHECK(world.knows(world.token()));
}

TEST_CASE("[SO-12] the operator's list of algorithms decides, not the token", "[jwt][SO-12]") {
  issuer world;
  world.options.algorithms = {jws_algorithm::es256};
  world.start();
  CHECK(world.knows(world.token("ES256")));
  for (const char* other : {"RS256", "PS256", "EdDSA"}) CHECK_FALSE(world.knows(world.token(other)));
}

TEST_CASE("[SO-12] an RSA key without alg serves RS256, or PS256 where only that is allowed", "[jwt][SO-12]") {
  issuer world;
  world.answer = jwk_set({key_of("PS256").jwk("k", {{"alg", nullptr}})});
  const std::string token = world.token("PS256", {}, {{"kid", "k"}});
  CHECK_FALSE(world.knows(token));
  world.options.algorithms = {jws_algorithm::ps256};
  world.start();
  CHECK(world.knows(token));
}

TEST_CASE("[SO-12] a signature must have the form of its algorithm", "[jwt][SO-12]") {
  issuer world;
  signing_key short_salt = key_of("PS256");
  short_salt.salt_bytes = 0;
  CHECK_FALSE(world.knows(short_salt.sign(issuer::header("PS256"), world.claims())));
  signing_key der = key_of("ES256");
  der.keeps_der = true;
  CHECK_FALSE(world.knows(der.sign(issuer::header("ES256"), world.claims())));
  for (const char* algorithm : {"RS256", "PS256", "ES256", "EdDSA"}) {
    const std::string token = world.token(algorithm);
    const auto dot = token.rfind('.');
    auto signature = must(from_base64url(token.substr(dot + 1)));
    const auto with = [&](const std::vector<std::uint8_t>& bytes) {
      return token.substr(0, dot + 1) + to_base64url(bytes);
    };
    REQUIRE(world.knows(with(signature)));
    for (const std::size_t at : {std::size_t{0}, signature.size() / 2, signature.size() - 1}) {
      signature[at] ^= 1;
      CHECK_FALSE(world.knows(with(signature)));
      signature[at] ^= 1;
    }
    signature.push_back(0);
    CHECK_FALSE(world.knows(with(signature)));
    signature.resize(signature.size() - 2);
    CHECK_FALSE(world.knows(with(signature)));
    CHECK_FALSE(world.knows(with(std::vector<std::uint8_t>(64, 0))));
    CHECK_FALSE(world.knows(token.substr(0, dot + 1)));
  }
}

TEST_CASE("[SO-13] keys that a token brings are not looked at, and unknown crit refuses it", "[jwt][SO-13]") {
  issuer world;
  const json_object own = key_of("stranger").jwk("EdDSA");
  const json_object lures{{"jwk", own},
                          {"jku", "https://evil.example.com/jwks"},
                          {"x5u", "https://evil.example.com/c"},
                          {"x5c", json_array{"AAAA"}}};
  CHECK_FALSE(world.knows(key_of("stranger").sign(issuer::header("EdDSA", lures), world.claims())));
  CHECK_FALSE(
      world.knows(key_of("stranger").sign(issuer::header("EdDSA", {{"kid", nullptr}, {"jwk", own}}), world.claims())));
  CHECK(world.knows(world.token("EdDSA", {}, lures)));
  for (const json_value& crit : {json_value(json_array{"exp"}), json_value(json_array{"b64"}), json_value(json_array{}),
                                 json_value("b64"), json_value(json_array{"urn:x"})}) {
    CHECK_FALSE(world.knows(world.token("EdDSA", {}, {{"crit", crit}, {"urn:x", 1}})));
  }
  CHECK_FALSE(world.knows(world.token("EdDSA", {}, {{"b64", false}})));
  CHECK_FALSE(world.knows(world.token("EdDSA", {}, {{"zip", "DEF"}})));
}

TEST_CASE("a token of another type, such as a logout token, signs nobody in", "[jwt]") {
  issuer world;
  for (const char* type : {"logout+jwt", "secevent+jwt", "id_token", "at+jwt;x", ""}) {
    INFO(type);
    CHECK(world.knows(world.token("EdDSA", {}, {{"typ", type}})) == std::string_view(type).empty());
  }
  for (const char* type : {"JWT", "jwt", "at+jwt", "application/at+jwt", "APPLICATION/JWT"}) {
    CHECK(world.knows(world.token("EdDSA", {}, {{"typ", type}})));
  }
  CHECK(world.knows(world.token("EdDSA", {}, {{"typ", nullptr}})));
  CHECK_FALSE(world.knows(world.token("EdDSA", {}, {{"typ", 1}})));
}

TEST_CASE("[SO-06] issuer and audience are compared whole", "[jwt][SO-06][SO-07]") {
  issuer world;
  for (const json_value& iss : {json_value("https://issuer.example.com"), json_value("http://issuer.example.com/"),
                                json_value("https://ISSUER.example.com/"), json_value(""), json_value(nullptr),
                                json_value(json_array{"https://issuer.example.com/"})}) {
    CHECK_FALSE(world.knows(world.token("EdDSA", {{"iss", iss}})));
  }
  for (const json_value& aud : {json_value("studio2"), json_value("Studio"), json_value(""), json_value(nullptr),
                                json_value(1), json_value(json_array{}), json_value(json_array{"other"}),
                                json_value(json_array{"studio", 1}), json_value(json_object{{"studio", true}})}) {
    CHECK_FALSE(world.knows(world.token("EdDSA", {{"aud", aud}})));
  }
  CHECK(world.knows(world.token("EdDSA", {{"aud", json_array{"other", "studio-next"}}})));
  world.options.allow_any_audience = true;
  world.start();
  CHECK(world.knows(world.token("EdDSA", {{"aud", nullptr}})));
  CHECK_FALSE(world.knows(world.token("EdDSA", {{"aud", "other"}})));
  world.options.audiences.clear();
  world.start();
  CHECK(world.knows(world.token("EdDSA", {{"aud", "other"}})));
}

TEST_CASE("[SO-08] exp is required, nbf and iat are honoured, with 60 s between the clocks", "[jwt][SO-08]") {
  issuer world;
  const std::int64_t now = world.clock.now() / 1000;
  const auto knows = [&](const json_object& times) { return world.knows(world.token("EdDSA", times)); };
  CHECK(knows({{"exp", now - 59}}));
  CHECK_FALSE(knows({{"exp", now - 60}}));
  CHECK(knows({{"exp", *json_number::from_text(std::to_string(now) + ".5")}}));
  CHECK(knows({{"nbf", now + 60}}));
  CHECK_FALSE(knows({{"nbf", now + 61}}));
  CHECK(knows({{"iat", now + 60}}));
  CHECK_FALSE(knows({{"iat", now + 61}}));
  CHECK(knows({{"iat", nullptr}}));
  for (const json_value& bad :
       {json_value(nullptr), json_value("1900000000"), json_value(true), json_value(json_array{now + 300}),
        json_value(*json_number::from_text("1e400")), json_value(*json_number::from_text("-1e30")),
        json_value(std::numeric_limits<std::int64_t>::max()), json_value(std::numeric_limits<std::int64_t>::min())}) {
    INFO(to_json_text(bad));
    CHECK_FALSE(knows({{"exp", bad}}));
    if (!bad.is_null()) CHECK_FALSE(knows({{"nbf", bad}}));
    if (!bad.is_null()) CHECK_FALSE(knows({{"iat", bad}}));
  }
  world.options.clock_skew = milliseconds(0);
  world.start();
  CHECK_FALSE(knows({{"exp", now}}));
  CHECK(knows({{"exp", now + 1}}));
}

TEST_CASE("[SO-09] a subject is required: at most 255 printable ASCII characters", "[jwt][SO-09]") {
  issuer world;
  for (const json_value& sub : {json_value(nullptr), json_value(""), json_value(7), json_value("caf\u00e9"),
                                json_value("a\nb"), json_value(std::string(256, 'a'))}) {
    CHECK_FALSE(world.knows(world.token("EdDSA", {{"sub", sub}})));
  }
  // Two issuers may know different people by one subject, and one e-mail address is no proof of a person.
  CHECK(external_user_id("https://a", "7") != external_user_id("https://b", "7"));
  CHECK_FALSE(user_of_claims(json_object{{"iss", "https://a#b"}, {"sub", "7"}}).has_value());
  const auto person = user_of_claims(
      json_object{{"iss", "https://a"}, {"sub", "7"}, {"email", 1}, {"name", ""}, {"picture", "javascript:x"}});
  CHECK(person == user{"https://a#7", std::nullopt, std::nullopt, std::nullopt});
}

TEST_CASE("a token that is no token is nobody's, and costs the issuer no fetch", "[jwt]") {
  issuer world;
  const std::string good = world.token();
  const auto first = good.find('.');
  const auto second = good.rfind('.');
  for (const std::string& bad :
       {std::string(), std::string("."), std::string(".."), std::string("..."), good + ".", good + ".AA", good + "=",
        good + " ", " " + good, "Bearer " + good, good.substr(0, second), good.substr(first + 1),
        good.substr(0, first) + "=" + good.substr(first), good.substr(0, first) + "\n" + good.substr(first),
        std::string("a.b.c.d.e"), good + std::string(1, '\0'), std::string(9000, 'a'), std::string(100'000, '.')}) {
    CHECK_FALSE(world.knows(bad));
  }
  // JSON that two readers would read differently, in header and claims.
  const auto signs = [&](const std::string& header, const std::string& payload) {
    return world.knows(key_of("EdDSA").sign(header, payload));
  };
  const std::string header = to_json_text(issuer::header("EdDSA"));
  const std::string claims = to_json_text(world.claims());
  CHECK_FALSE(signs(R"({"alg":"EdDSA","alg":"EdDSA","kid":"EdDSA"})", claims));
  CHECK_FALSE(signs(header, R"({"sub":"eve",)" + claims.substr(1)));
  CHECK_FALSE(signs(header, claims + "x"));
  CHECK_FALSE(signs(header, "[" + claims + "]"));
  CHECK_FALSE(signs("\"EdDSA\"", claims));
  CHECK_FALSE(signs(R"({"kid":"EdDSA"})", claims));
  CHECK_FALSE(signs(R"({"alg":["EdDSA"],"kid":"EdDSA"})", claims));
  CHECK_FALSE(signs(R"({"alg":"EdDSA","kid":7})", claims));
  CHECK_FALSE(signs(R"({"alg":"EdDSA","kid":""})", claims));
  CHECK_FALSE(signs(R"({"alg":"EdDSA","kid":"EdDSA","x":")" + std::string(2048, 'x') + "\"}", claims));
  CHECK(world.fetches == 0);
  CHECK(signs(header, claims));
}

TEST_CASE("a host's own mapping and its own say about a person count", "[jwt]") {
  issuer world;
  world.options.to_user = [](const json_value& claims) -> std::optional<user> {
    const std::string* team = claims.find_string("team");
    if (team == nullptr) return std::nullopt;
    return user{"team-" + *team, std::nullopt, std::nullopt, std::nullopt};
  };
  world.options.authorize = [](const authenticated_user& who, const http_request&) {
    return who.person.id == "team-a";
  };
  world.start();
  const auto a = world.known(world.token("EdDSA", {{"team", "a"}}));
  const auto b = world.known(world.token("EdDSA", {{"team", "b"}}));
  REQUIRE(a.has_value());
  REQUIRE(b.has_value());
  CHECK_FALSE(world.knows(world.token()));
  CHECK(must(world.provider.tokens->authorize_user(*a, {})));
  CHECK_FALSE(must(world.provider.tokens->authorize_user(*b, {})));
}

TEST_CASE("jwt_auth authorizes those whose token it knew, and whoever a session named", "[jwt]") {
  issuer world;
  CHECK(must(world.provider.tokens->authorize_user({{"a", {}, {}, {}}, "jwt", {}}, {})));
  CHECK(must(world.provider.tokens->authorize_user({{"a", {}, {}, {}}, "", {}}, {})));
  CHECK_FALSE(must(world.provider.tokens->authorize_user({{"a", {}, {}, {}}, "simple-auth", {}}, {})));
}

TEST_CASE("jwt_auth names the option that is missing or out of range", "[jwt]") {
  const auto refused = [](auto change) {
    issuer world;
    change(world.options);
    const auto made = jwt_auth(world.options);
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().code == errc::configuration_invalid);
    return made.error().field;
  };
  CHECK(refused([](auto& options) { options.name.clear(); }) == "name");
  CHECK(refused([](auto& options) { options.issuer.clear(); }) == "issuer");
  CHECK(refused([](auto& options) { options.issuer = "https://a#b"; }) == "issuer");
  CHECK(refused([](auto& options) { options.audiences.clear(); }) == "audiences");
  CHECK(refused([](auto& options) { options.jwks_url = "issuer.example.com"; }) == "jwks_url");
  CHECK(refused([](auto& options) { options.algorithms.clear(); }) == "algorithms");
  CHECK(refused([](auto& options) { options.clock_skew = milliseconds(60'001); }) == "clock_skew");
  CHECK(refused([](auto& options) { options.clock_skew = milliseconds(-1); }) == "clock_skew");
  CHECK(refused([](auto& options) { options.http = nullptr; }) == "http");
  CHECK(refused([](auto& options) { options.clock = nullptr; }) == "clock");
}

}  // namespace
}  // namespace latchkey::native
