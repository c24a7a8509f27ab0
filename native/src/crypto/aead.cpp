// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/crypto/aead.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>

#include "crypto/openssl_failure.h"
#include "latchkey/native/crypto/secret_bytes.h"

namespace latchkey::native {
namespace {

using byte_span = std::span<const std::uint8_t>;

struct context_deleter {
  void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};
using context_pointer = std::unique_ptr<EVP_CIPHER_CTX, context_deleter>;

// Never freed: threads may still open cookies while the process ends.
const EVP_CIPHER* fetched_cipher() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return cipher;
}

// A context whose cipher is set: giving it a key and an IV later costs no look-up. Null when OpenSSL has no AES-GCM.
context_pointer make_context(bool encrypt) {
  context_pointer context(EVP_CIPHER_CTX_new());
  const EVP_CIPHER* const cipher = fetched_cipher();
  if (context == nullptr || cipher == nullptr) return nullptr;
  if (EVP_CipherInit_ex2(context.get(), cipher, nullptr, nullptr, encrypt ? 1 : 0, nullptr) != 1) return nullptr;
  return context;
}

bool fits(byte_span data) noexcept { return data.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()); }

bool update(EVP_CIPHER_CTX* context, std::uint8_t* out, byte_span data) {
  if (data.empty()) return true;
  int written = 0;
  return EVP_CipherUpdate(context, out, &written, data.data(), static_cast<int>(data.size())) == 1;
}

bool transform(EVP_CIPHER_CTX* context, byte_span key, byte_span iv, byte_span additional_data, byte_span input,
               std::uint8_t* output) {
  return EVP_CipherInit_ex2(context, nullptr, key.data(), iv.data(), -1, nullptr) == 1 &&
         update(context, nullptr, additional_data) && update(context, output, input);
}

}  // namespace

result<void> aes256gcm_seal(std::span<const std::uint8_t, aes256gcm_key_bytes> key,
                            std::span<const std::uint8_t, aes256gcm_iv_bytes> iv, byte_span additional_data,
                            byte_span plaintext, std::span<std::uint8_t> ciphertext,
                            std::span<std::uint8_t, aes256gcm_tag_bytes> tag) {
  thread_local const context_pointer context = make_context(true);
  std::array<std::uint8_t, aes256gcm_tag_bytes> rest{};
  int written = 0;
  const bool sealed =
      context != nullptr && ciphertext.size() == plaintext.size() && fits(plaintext) && fits(additional_data) &&
      transform(context.get(), key, iv, additional_data, plaintext, ciphertext.data()) &&
      EVP_CipherFinal_ex(context.get(), rest.data(), &written) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(tag.size()), tag.data()) == 1;
  if (sealed) return {};
  wipe(ciphertext);
  wipe(tag);
  return openssl_failure("AES-256-GCM is not available.");
}

bool aes256gcm_open(std::span<const std::uint8_t, aes256gcm_key_bytes> key,
                    std::span<const std::uint8_t, aes256gcm_iv_bytes> iv, byte_span additional_data,
                    byte_span ciphertext, std::span<const std::uint8_t, aes256gcm_tag_bytes> tag,
                    std::span<std::uint8_t> plaintext) noexcept {
  thread_local const context_pointer context = make_context(false);
  std::array<std::uint8_t, aes256gcm_tag_bytes> expected{};
  std::copy(tag.begin(), tag.end(), expected.begin());
  std::array<std::uint8_t, aes256gcm_tag_bytes> rest{};
  int written = 0;
  const bool authentic =
      context != nullptr && plaintext.size() == ciphertext.size() && fits(ciphertext) && fits(additional_data) &&
      transform(context.get(), key, iv, additional_data, ciphertext, plaintext.data()) &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(expected.size()), expected.data()) ==
          1 &&
      EVP_CipherFinal_ex(context.get(), rest.data(), &written) == 1;
  if (!authentic) {
    wipe(plaintext);
    ERR_clear_error();
  }
  return authentic;
}

}  // namespace latchkey::native
