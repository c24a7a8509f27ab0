// SPDX-License-Identifier: Apache-2.0
#include "providers/jwk.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>

#include "latchkey/base64url.h"

namespace latchkey::native {
namespace {

constexpr std::size_t coordinate_bytes = 32;
constexpr int min_rsa_bits = 2048;
// A larger key costs each verification more than a key of an honest issuer would.
constexpr int max_rsa_bits = 8192;
constexpr std::size_t max_exponent_bytes = 4;

constexpr std::array<std::pair<jws_algorithm, std::string_view>, 4> algorithm_names{{{jws_algorithm::rs256, "RS256"},
                                                                                     {jws_algorithm::es256, "ES256"},
                                                                                     {jws_algorithm::ps256, "PS256"},
                                                                                     {jws_algorithm::eddsa, "EdDSA"}}};

template <auto Free>
struct free_with {
  template <class T>
  void operator()(T* value) const noexcept {
    Free(value);
  }
};
using number = std::unique_ptr<BIGNUM, free_with<BN_free>>;
using bytes = std::vector<std::uint8_t>;
using key_pointer = std::shared_ptr<EVP_PKEY>;

bool is_listed(std::span<const jws_algorithm> listed, jws_algorithm algorithm) {
  return std::find(listed.begin(), listed.end(), algorithm) != listed.end();
}

bytes bytes_of(const json_value& entry, std::string_view name) {
  const std::string* text = entry.find_string(name);
  if (text == nullptr) return {};
  auto decoded = from_base64url(*text);
  return decoded ? std::move(*decoded) : bytes{};
}

key_pointer make_key(const char* type, OSSL_PARAM_BLD* builder) {
  const std::unique_ptr<OSSL_PARAM, free_with<OSSL_PARAM_free>> parameters(OSSL_PARAM_BLD_to_param(builder));
  const std::unique_ptr<EVP_PKEY_CTX, free_with<EVP_PKEY_CTX_free>> context(
      EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  return {key, EVP_PKEY_free};
}

key_pointer to_rsa_key(const json_value& entry) {
  const bytes modulus = bytes_of(entry, "n");
  const bytes exponent = bytes_of(entry, "e");
  if (modulus.empty() || exponent.empty() || exponent.size() > max_exponent_bytes) return nullptr;
  const number n(BN_bin2bn(modulus.data(), static_cast<int>(modulus.size()), nullptr));
  const number e(BN_bin2bn(exponent.data(), static_cast<int>(exponent.size()), nullptr));
  if (!n || !e || BN_num_bits(n.get()) < min_rsa_bits || BN_num_bits(n.get()) > max_rsa_bits) return nullptr;
  // With 1 as its exponent every text would be its own signature.
  if (!BN_is_odd(n.get()) || !BN_is_odd(e.get()) || BN_is_one(e.get())) return nullptr;
  const std::unique_ptr<OSSL_PARAM_BLD, free_with<OSSL_PARAM_BLD_free>> builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return nullptr;
  }
  return make_key("RSA", builder.get());
}

key_pointer to_p256_key(const json_value& entry) {
  const bytes x = bytes_of(entry, "x");
  const bytes y = bytes_of(entry, "y");
  const std::string* curve = entry.find_string("crv");
  if (curve == nullptr || *curve != "P-256" || x.size() != coordinate_bytes || y.size() != coordinate_bytes) {
    return nullptr;
  }
  bytes point{0x04};
  point.insert(point.end(), x.begin(), x.end());
  point.insert(point.end(), y.begin(), y.end());
  const std::unique_ptr<OSSL_PARAM_BLD, free_with<OSSL_PARAM_BLD_free>> builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1) {
    return nullptr;
  }
  key_pointer key = make_key("EC", builder.get());
  const std::unique_ptr<EVP_PKEY_CTX, free_with<EVP_PKEY_CTX_free>> context(
      key ? EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr) : nullptr);
  return context && EVP_PKEY_public_check(context.get()) == 1 ? key : nullptr;
}

key_pointer to_ed25519_key(const json_value& entry) {
  const bytes x = bytes_of(entry, "x");
  const std::string* curve = entry.find_string("crv");
  if (curve == nullptr || *curve != "Ed25519" || x.size() != coordinate_bytes) return nullptr;
  EVP_PKEY* key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, x.data(), x.size());
  return key == nullptr ? nullptr : key_pointer(key, EVP_PKEY_free);
}

/** The algorithm of a key: what it names itself, otherwise the one that its type stands for. */
std::optional<jws_algorithm> algorithm_of(const json_value& entry, std::span<const jws_algorithm> listed) {
  const std::string* type = entry.find_string("kty");
  if (type == nullptr) return std::nullopt;
  const bool is_rsa = *type == "RSA";
  if (const json_value* named = entry.find("alg")) {
    const auto algorithm =
        named->as_string() ? parse_jws_algorithm(*named->as_string()) : std::optional<jws_algorithm>();
    if (!algorithm || !is_listed(listed, *algorithm)) return std::nullopt;
    const bool fits = is_rsa ? *algorithm == jws_algorithm::rs256 || *algorithm == jws_algorithm::ps256
                             : *type == (*algorithm == jws_algorithm::es256   ? "EC"
                                         : *algorithm == jws_algorithm::eddsa ? "OKP"
                                                                              : "");
    return fits ? algorithm : std::nullopt;
  }
  auto implied = *type == "EC" ? jws_algorithm::es256 : jws_algorithm::eddsa;
  if (is_rsa) implied = is_listed(listed, jws_algorithm::rs256) ? jws_algorithm::rs256 : jws_algorithm::ps256;
  if (!is_rsa && *type != "EC" && *type != "OKP") return std::nullopt;
  return is_listed(listed, implied) ? std::optional(implied) : std::nullopt;
}

bool may_verify(const json_value& entry) {
  // A private key in public is nobody's any more.
  if (entry.find("d") != nullptr || entry.find("k") != nullptr) return false;
  if (const json_value* use = entry.find("use"); use && (!use->as_string() || *use->as_string() != "sig")) return false;
  const json_value* operations = entry.find("key_ops");
  if (operations == nullptr) return true;
  const auto list = to_string_list(*operations, "key_ops");
  return list && std::find(list->begin(), list->end(), "verify") != list->end();
}

/** r ‖ s of RFC 7518 §3.4 in the form that OpenSSL reads. */
bytes to_der(std::span<const std::uint8_t> signature) {
  if (signature.size() != 2 * coordinate_bytes) return {};
  number r(BN_bin2bn(signature.data(), coordinate_bytes, nullptr));
  number s(BN_bin2bn(signature.data() + coordinate_bytes, coordinate_bytes, nullptr));
  const std::unique_ptr<ECDSA_SIG, free_with<ECDSA_SIG_free>> pair(ECDSA_SIG_new());
  if (!r || !s || !pair || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return {};
  static_cast<void>(r.release()), static_cast<void>(s.release());
  const int length = i2d_ECDSA_SIG(pair.get(), nullptr);
  bytes der(length > 0 ? static_cast<std::size_t>(length) : 0);
  unsigned char* out = der.data();
  if (der.empty() || i2d_ECDSA_SIG(pair.get(), &out) != length) return {};
  return der;
}

bool verify(const verification_key& key, std::string_view text, std::span<const std::uint8_t> signature) {
  const std::unique_ptr<EVP_MD_CTX, free_with<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* settings = nullptr;
  const char* digest = key.algorithm == jws_algorithm::eddsa ? nullptr : "SHA256";
  if (!context ||
      EVP_DigestVerifyInit_ex(context.get(), &settings, digest, nullptr, nullptr, key.key.get(), nullptr) != 1) {
    return false;
  }
  if (key.algorithm == jws_algorithm::rs256 && EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PADDING) != 1) {
    return false;
  }
  // A salt as long as the digest (RFC 7518 §3.5), and no other.
  if (key.algorithm == jws_algorithm::ps256 &&
      (EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) != 1 ||
       EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST) != 1)) {
    return false;
  }
  return EVP_DigestVerify(context.get(), signature.data(), signature.size(),
                          reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
}

}  // namespace

std::string_view to_string(jws_algorithm algorithm) noexcept {
  return algorithm_names[static_cast<std::size_t>(algorithm)].second;
}

std::optional<jws_algorithm> parse_jws_algorithm(std::string_view text) noexcept {
  for (const auto& [algorithm, name] : algorithm_names) {
    if (name == text) return algorithm;
  }
  return std::nullopt;
}

std::optional<verification_key> to_verification_key(const json_value& entry, std::span<const jws_algorithm> listed) {
  const auto algorithm = algorithm_of(entry, listed);
  if (!algorithm || !may_verify(entry)) return std::nullopt;
  verification_key made;
  made.algorithm = *algorithm;
  if (const json_value* kid = entry.find("kid")) {
    if (kid->as_string() == nullptr || kid->as_string()->size() > kid_max_bytes) return std::nullopt;
    made.kid = *kid->as_string();
  }
  switch (*algorithm) {
    case jws_algorithm::rs256:
    case jws_algorithm::ps256:
      made.key = to_rsa_key(entry);
      break;
    case jws_algorithm::es256:
      made.key = to_p256_key(entry);
      break;
    case jws_algorithm::eddsa:
      made.key = to_ed25519_key(entry);
      break;
  }
  ERR_clear_error();
  return made.key ? std::optional(std::move(made)) : std::nullopt;
}

result<std::vector<verification_key>> parse_jwk_set(std::string_view text, std::span<const jws_algorithm> listed) {
  const auto document = parse_json(text, jwk_set_max_bytes);
  const json_value* entries = document ? document->find("keys") : nullptr;
  if (entries == nullptr || entries->as_array() == nullptr || entries->as_array()->size() > jwk_set_max_keys) {
    return fail(errc::response_invalid, "The issuer's answer is no set of at most 64 keys.");
  }
  std::vector<verification_key> keys;
  for (const json_value& entry : *entries->as_array()) {
    if (auto key = to_verification_key(entry, listed)) keys.push_back(std::move(*key));
  }
  return keys;
}

bool is_signed_with(const verification_key& key, std::string_view text,
                    std::span<const std::uint8_t> signature) noexcept {
  try {
    bool verified = false;
    if (key.algorithm == jws_algorithm::es256) {
      const bytes der = to_der(signature);
      verified = !der.empty() && verify(key, text, der);
    } else {
      verified = verify(key, text, signature);
    }
    ERR_clear_error();
    return verified;
  } catch (...) {
    return false;
  }
}

}  // namespace latchkey::native
