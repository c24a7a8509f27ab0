// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/providers/jwt_auth.h"

#include "native/jwt_support.h"
#include "native/net_support.h"
#include "support.h"

namespace latchkey::native {
namespace {

using latchkey::testing::manual_clock;
using latchkey::testing::must;
using latchkey::testing::run_together;
using namespace native::testing;
using std::chrono::milliseconds;

TEST_CASE("[SO-14] without a kid one matching key serves, and of several at most four are tried", "[jwt][SO-14]") {
  issuer world;
  const auto with_strangers = [&](int before) {
    json_array keys;
    for (int i = 0; i < before; ++i) keys.push_back(signing_key::ed25519().jwk("s" + std::to_string(i)));
    keys.push_back(key_of("EdDSA").jwk("own"));
    world.answer = jwk_set(keys);
    world.start();
    return world.knows(world.token("EdDSA", {}, {{"kid", nullptr}}));
  };
  CHECK(with_strangers(0));
  CHECK(with_strangers(3));
  CHECK_FALSE(with_strangers(4));
}

TEST_CASE("[SO-15] entries that are no usable key are skipped", "[jwt][SO-15]") {
  issuer world;
  const auto usable = [&](const signing_key& key, const std::string& algorithm, const json_object& further) {
    world.answer = jwk_set({key.jwk("k", further)});
    world.start();
    return world.knows(key.sign(issuer::header(algorithm, {{"kid", "k"}}), world.claims()));
  };
  const signing_key& ed = key_of("EdDSA");
  const signing_key& ec = key_of("ES256");
  const signing_key& rsa = key_of("RS256");
  CHECK(usable(ed, "EdDSA", {}));
  CHECK(usable(ed, "EdDSA", {{"use", nullptr}, {"alg", nullptr}, {"key_ops", json_array{"verify"}}}));
  CHECK_FALSE(usable(ed, "EdDSA", {{"use", "enc"}}));
  CHECK_FALSE(usable(ed, "EdDSA", {{"key_ops", json_array{"sign"}}}));
  CHECK_FALSE(usable(ed, "EdDSA", {{"alg", "ES256"}}));
  CHECK_FALSE(usable(ed, "EdDSA", {{"alg", "HS256"}}));
  CHECK_FALSE(usable(ed, "EdDSA", {{"alg", 1}}));
  CHECK_FALSE(usable(ed, "EdDSA", {{"crv", "X25519"}}));
  CHECK_FALSE(usable(ed, "EdDSA", {{"kty", "oct"}}));
  CHECK_FALSE(usable(ed, "EdDSA", {{"d", "AAAA"}}));
  CHECK_FALSE(usable(ed, "EdDSA", {{"kid", 7}}));
  CHECK_FALSE(usable(ed, "EdDSA", {{"kid", std::string(257, 'k')}}));
  CHECK_FALSE(usable(ed, "EdDSA", {{"x", "AAAA"}}));
  CHECK(usable(ec, "ES256", {{"alg", nullptr}}));
  CHECK_FALSE(usable(ec, "ES256", {{"crv", "P-384"}}));
  CHECK_FALSE(usable(ec, "ES256", {{"y", std::string(43, 'A')}}));
  CHECK_FALSE(usable(ec, "ES256", {{"y", nullptr}}));
  CHECK_FALSE(usable(rsa, "RS256", {{"e", "AQ"}}));
  CHECK_FALSE(usable(rsa, "RS256", {{"e", nullptr}}));
  CHECK_FALSE(usable(signing_key::rsa("RS256", 1024), "RS256", {}));

  world.answer = R"({"keys":[null,1,"x",{},{"kty":"RSA"},{"kty":"oct","k":"AAAA","alg":"HS256"},)" +
                 to_json_text(ed.jwk("EdDSA")) + "]}";
  world.start();
  CHECK(world.knows(world.token()));
}

TEST_CASE("[SO-15] an RSA key with the exponent 1, for which anybody can sign, is no key", "[jwt][SO-15]") {
  issuer world;
  world.answer = jwk_set({key_of("RS256").jwk("k", {{"e", "AQ"}})});
  const std::string input = base64url_of(to_json_text(issuer::header("RS256", {{"kid", "k"}}))) + "." +
                            base64url_of(to_json_text(world.claims()));
  // EMSA-PKCS1-v1_5 (RFC 8017 §9.2): what a real signature becomes when it is raised to its exponent.
  std::string padded = std::string("\0\1", 2) + std::string(256 - 2 - 1 - 19 - 32, '\xff') + std::string(1, '\0') +
                       std::string("\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\0\x04\x20", 19);
  unsigned char digest[32];
  REQUIRE(EVP_Q_digest(nullptr, "SHA256", nullptr, input.data(), input.size(), digest, nullptr) == 1);
  padded.append(reinterpret_cast<const char*>(digest), sizeof digest);
  CHECK_FALSE(world.knows(input + "." + base64url_of(padded)));
}

TEST_CASE("[SO-15] a set that is none, too large or of more than 64 keys is not taken", "[jwt][SO-15]") {
  issuer world;
  const std::string token = world.token();
  json_array many;
  for (int i = 0; i < 64; ++i) many.push_back(key_of("EdDSA").jwk(i == 63 ? "EdDSA" : "k"));
  world.answer = jwk_set(many);
  CHECK(world.knows(token));
  many.push_back(json_object{});
  const std::string good = jwk_set({key_of("EdDSA").jwk("EdDSA")});
  for (const std::string& bad :
       {jwk_set(many), std::string("[]"), std::string("{}"), std::string(R"({"keys":{}})"), good + "x", good.substr(1),
        std::string(), R"({"keys":[],)" + good.substr(1), good + std::string(256 * 1024, ' ')}) {
    world.answer = bad;
    world.start();
    const auto outcome = world.provider.tokens->authenticate_token(token, {});
    REQUIRE_FALSE(outcome.has_value());
    CHECK(outcome.error().code == errc::unavailable);
  }
}

TEST_CASE("[SO-15] an unknown key makes for one fetch a minute at most, and a new key is found with it",
          "[jwt][SO-15][F-08]") {
  issuer world;
  CHECK(world.knows(world.token()));
  CHECK(world.fetches == 1);
  const signing_key fresh = signing_key::p256();
  const std::string token = fresh.sign(issuer::header("ES256", {{"kid", "fresh"}}), world.claims());
  world.answer = jwk_set({fresh.jwk("fresh")});
  CHECK(world.knows(token));
  CHECK(world.fetches == 2);
  for (int i = 0; i < 1'000; ++i) {
    CHECK_FALSE(world.knows(world.token("EdDSA", {}, {{"kid", "flood" + std::to_string(i)}})));
  }
  CHECK(world.fetches == 2);
  world.monotonic.advance(59'999);
  CHECK_FALSE(world.knows(world.token("EdDSA", {}, {{"kid", "x"}})));
  CHECK(world.fetches == 2);
  world.monotonic.advance(1);
  CHECK_FALSE(world.knows(world.token("EdDSA", {}, {{"kid", "x"}})));
  CHECK(world.fetches == 3);
  // A forgery under a known name asks nobody.
  world.monotonic.advance(60'000);
  CHECK_FALSE(world.knows(key_of("stranger").sign(issuer::header("ES256", {{"kid", "fresh"}}), world.claims())));
  CHECK(world.fetches == 3);
}

TEST_CASE("[SO-15] keys are fetched again after ten minutes, and serve for an hour without their issuer",
          "[jwt][SO-15][F-07]") {
  issuer world;
  CHECK(world.knows(world.token()));
  world.monotonic.advance(10 * 60'000 - 1);
  CHECK(world.knows(world.token()));
  CHECK(world.fetches == 1);
  world.monotonic.advance(1);
  CHECK(world.knows(world.token()));
  CHECK(world.fetches == 2);
  world.is_down = true;
  world.monotonic.advance(10 * 60'000);
  for (int i = 0; i < 10; ++i) CHECK(world.knows(world.token()));
  CHECK(world.fetches == 3);
  world.monotonic.advance(50 * 60'000);
  const auto outcome = world.provider.tokens->authenticate_token(world.token(), {});
  REQUIRE_FALSE(outcome.has_value());
  CHECK(outcome.error().code == errc::unavailable);
}

TEST_CASE("[F-19] an issuer that was down is asked again after 5 s, not more often", "[jwt][F-19]") {
  issuer world;
  world.is_down = true;
  for (int i = 0; i < 10; ++i) CHECK_FALSE(world.provider.tokens->authenticate_token(world.token(), {}).has_value());
  CHECK(world.fetches == 1);
  world.is_down = false;
  world.monotonic.advance(5'000);
  CHECK(world.knows(world.token()));
  CHECK(world.fetches == 2);
}

TEST_CASE("a client of the host's that throws, or another status than 200, brings no keys", "[jwt]") {
  issuer world;
  world.options.http = [](const http_client_request&) -> result<http_client_response> {
    throw std::runtime_error("broken");
  };
  world.start();
  CHECK_FALSE(world.provider.tokens->authenticate_token(world.token(), {}).has_value());
  world.options.http = [&](const http_client_request&) -> result<http_client_response> {
    return http_client_response{500, {}, world.answer};
  };
  world.start();
  CHECK_FALSE(world.provider.tokens->authenticate_token(world.token(), {}).has_value());
}

TEST_CASE("[SO-15] many threads that need keys make for one fetch, over a real connection", "[jwt][SO-15]") {
  issuer world;
  const scripted_server server([&world](const std::string&, const auto& send) {
    std::this_thread::sleep_for(milliseconds(50));
    return send(raw_answer("200 OK", world.answer));
  });
  world.options.http = must(make_http_client());
  world.options.jwks_url = server.url("/jwks");
  world.start();
  const std::string token = world.token("RS256");
  std::atomic<int> known{0};
  run_together(16, [&](int) {
    const auto found = world.provider.tokens->authenticate_token(token, {});
    if (found && *found) ++known;
  });
  CHECK(known == 16);
  CHECK(server.requests == 1);
}

}  // namespace
}  // namespace latchkey::native
