// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_TESTS_NATIVE_JWT_SUPPORT_H_
#define LATCHKEY_TESTS_NATIVE_JWT_SUPPORT_H_

/** An issuer of tokens: keys made by OpenSSL, their public form as JSON, and signatures, forged ones included. */

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "latchkey/base64url.h"
#include "latchkey/json_codec.h"
#include "latchkey/native/providers/jwt_auth.h"
#include "support.h"

namespace latchkey::native::testing {

inline std::string base64url_of(std::string_view text) {
  return to_base64url({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

/** A private key with the name of its algorithm. */
class signing_key {
 public:
  static signing_key rsa(const std::string& algorithm = "RS256", unsigned bits = 2048) {
    return {EVP_RSA_gen(bits), algorithm};
  }
  static signing_key p256() { return {EVP_EC_gen("P-256"), "ES256"}; }
  static signing_key ed25519() { return {EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), "EdDSA"}; }

  /** The public key as an entry of a set; the further members replace what stands there. */
  [[nodiscard]] json_object jwk(const std::string& kid, const json_object& further = {}) const {
    json_object entry{{"kid", kid}, {"use", "sig"}, {"alg", algorithm_}};
    if (algorithm_ == "EdDSA") {
      std::vector<std::uint8_t> x(32);
      std::size_t length = x.size();
      REQUIRE(EVP_PKEY_get_raw_public_key(key_.get(), x.data(), &length) == 1);
      entry.insert(entry.end(), {{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", to_base64url(x)}});
    } else if (algorithm_ == "ES256") {
      entry.insert(entry.end(), {{"kty", "EC"},
                                 {"crv", "P-256"},
                                 {"x", number(OSSL_PKEY_PARAM_EC_PUB_X, 32)},
                                 {"y", number(OSSL_PKEY_PARAM_EC_PUB_Y, 32)}});
    } else {
      entry.insert(entry.end(),
                   {{"kty", "RSA"}, {"n", number(OSSL_PKEY_PARAM_RSA_N, 0)}, {"e", number(OSSL_PKEY_PARAM_RSA_E, 0)}});
    }
    for (const auto& [name, value] : further) {
      std::erase_if(entry, [&name = name](const auto& member) { return member.first == name; });
      if (!value.is_null()) entry.emplace_back(name, value);
    }
    return entry;
  }

  /** `<header>.<payload>.<signature>` of these very texts. */
  [[nodiscard]] std::string sign(const std::string& header, const std::string& payload) const {
    const std::string input = base64url_of(header) + "." + base64url_of(payload);
    return input + "." + to_base64url(signature_of(input));
  }
  [[nodiscard]] std::string sign(const json_object& header, const json_object& claims) const {
    return sign(to_json_text(header), to_json_text(claims));
  }

  [[nodiscard]] std::vector<std::uint8_t> signature_of(const std::string& input) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    EVP_PKEY_CTX* settings = nullptr;
    const char* digest = algorithm_ == "EdDSA" ? nullptr : "SHA256";
    REQUIRE(EVP_DigestSignInit_ex(context.get(), &settings, digest, nullptr, nullptr, key_.get(), nullptr) == 1);
    if (algorithm_ == "PS256") {
      EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING);
      EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, salt_bytes);
    }
    std::size_t length = 1024;
    std::vector<std::uint8_t> signature(length);
    REQUIRE(EVP_DigestSign(context.get(), signature.data(), &length,
                           reinterpret_cast<const unsigned char*>(input.data()), input.size()) == 1);
    signature.resize(length);
    return algorithm_ == "ES256" && !keeps_der ? to_raw(signature) : signature;
  }

  /** Faults: another salt length for PS256, the DER form for ES256. */
  int salt_bytes = RSA_PSS_SALTLEN_DIGEST;
  bool keeps_der = false;

 private:
  signing_key(EVP_PKEY* key, std::string algorithm) : key_(key, EVP_PKEY_free), algorithm_(std::move(algorithm)) {
    REQUIRE(key != nullptr);
  }
  [[nodiscard]] std::string number(const char* name, int width) const {
    BIGNUM* value = nullptr;
    REQUIRE(EVP_PKEY_get_bn_param(key_.get(), name, &value) == 1);
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(width > 0 ? width : BN_num_bytes(value)));
    REQUIRE(BN_bn2binpad(value, bytes.data(), static_cast<int>(bytes.size())) >= 0);
    BN_free(value);
    return to_base64url(bytes);
  }
  static std::vector<std::uint8_t> to_raw(const std::vector<std::uint8_t>& der) {
    const unsigned char* in = der.data();
    ECDSA_SIG* pair = d2i_ECDSA_SIG(nullptr, &in, static_cast<long>(der.size()));
    REQUIRE(pair != nullptr);
    std::vector<std::uint8_t> raw(64);
    BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw.data(), 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw.data() + 32, 32);
    ECDSA_SIG_free(pair);
    return raw;
  }

  std::shared_ptr<EVP_PKEY> key_;
  std::string algorithm_;
};

/** The text of a set of keys. */
inline std::string jwk_set(const json_array& entries) { return to_json_text(json_object{{"keys", entries}}); }

/** Keys are slow to make; every test has the same. */
inline const signing_key& key_of(const std::string& name) {
  static const std::map<std::string, signing_key> keys{{"RS256", signing_key::rsa()},
                                                       {"PS256", signing_key::rsa("PS256")},
                                                       {"ES256", signing_key::p256()},
                                                       {"EdDSA", signing_key::ed25519()},
                                                       {"stranger", signing_key::ed25519()}};
  return keys.at(name);
}

/** An issuer whose answer a test sets, and a provider that trusts it. */
struct issuer {
  latchkey::testing::manual_clock clock;
  latchkey::testing::manual_clock monotonic{1'000};
  std::atomic<int> fetches{0};
  std::string answer = jwk_set({key_of("RS256").jwk("RS256"), key_of("PS256").jwk("PS256"),
                                key_of("ES256").jwk("ES256"), key_of("EdDSA").jwk("EdDSA")});
  bool is_down = false;
  jwt_auth_options options;
  auth_provider provider;

  issuer() {
    options.issuer = "https://issuer.example.com/";
    options.audiences = {"studio", "studio-next"};
    options.jwks_url = "https://issuer.example.com/jwks";
    options.clock = clock.function();
    options.monotonic_clock = [this] { return std::chrono::milliseconds(monotonic.now()); };
    options.http = [this](const http_client_request& request) -> result<http_client_response> {
      ++fetches;
      CHECK(request.method == "GET");
      CHECK(request.url == options.jwks_url);
      if (is_down) return fail(errc::network, "down");
      return http_client_response{200, {}, answer};
    };
    start();
  }
  void start() { provider = latchkey::testing::must(jwt_auth(options)); }

  [[nodiscard]] json_object claims(const json_object& further = {}) const {
    const std::int64_t now = clock.now() / 1000;
    json_object made{{"iss", options.issuer}, {"aud", "studio"}, {"sub", "auth0|7"}, {"iat", now}, {"exp", now + 300}};
    for (const auto& [name, value] : further) {
      std::erase_if(made, [&name = name](const auto& member) { return member.first == name; });
      if (!value.is_null()) made.emplace_back(name, value);
    }
    return made;
  }
  [[nodiscard]] static json_object header(const std::string& algorithm, const json_object& further = {}) {
    json_object made{{"alg", algorithm}, {"kid", algorithm}, {"typ", "JWT"}};
    for (const auto& [name, value] : further) {
      std::erase_if(made, [&name = name](const auto& member) { return member.first == name; });
      if (!value.is_null()) made.emplace_back(name, value);
    }
    return made;
  }
  [[nodiscard]] std::string token(const std::string& algorithm = "EdDSA", const json_object& further_claims = {},
                                  const json_object& further_header = {}) const {
    return key_of(algorithm).sign(header(algorithm, further_header), claims(further_claims));
  }
  std::optional<authenticated_user> known(const std::string& token) {
    return latchkey::testing::must(provider.tokens->authenticate_token(token, {}));
  }
  bool knows(const std::string& token) { return known(token).has_value(); }
};

}  // namespace latchkey::native::testing

#endif  // LATCHKEY_TESTS_NATIVE_JWT_SUPPORT_H_
