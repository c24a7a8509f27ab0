// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/crypto/ed25519.h"

#include <openssl/evp.h>

#include <memory>

namespace latchkey::native {
namespace {

struct free_key {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
struct free_context {
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

}  // namespace

bool is_signed_by(const ed25519_public_key& key, std::string_view message,
                  std::span<const std::uint8_t> signature) noexcept {
  constexpr std::size_t signature_bytes = 64;
  if (signature.size() != signature_bytes) return false;
  const std::unique_ptr<EVP_PKEY, free_key> loaded(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()));
  const std::unique_ptr<EVP_MD_CTX, free_context> context(EVP_MD_CTX_new());
  if (!loaded || !context) return false;
  if (EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, loaded.get()) != 1) return false;
  return EVP_DigestVerify(context.get(), signature.data(), signature.size(),
                          reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1;
}

license_verifier make_license_verifier(const ed25519_public_key& vendor) {
  return [vendor](std::string_view message, std::span<const std::uint8_t> signature) {
    return is_signed_by(vendor, message, signature);
  };
}

}  // namespace latchkey::native
