// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/crypto/hash.h"

#include <openssl/evp.h>

#include <algorithm>
#include <initializer_list>
#include <memory>

#include "crypto/openssl_failure.h"
#include "latchkey/native/crypto/secret_bytes.h"

namespace latchkey::native {
namespace {

constexpr std::size_t block_bytes = 64;
using byte_span = std::span<const std::uint8_t>;

struct context_deleter {
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

// Never freed: threads may still hash while the process ends.
const EVP_MD* fetched_sha256() {
  static const EVP_MD* const digest = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return digest;
}

bool digest_parts(std::initializer_list<byte_span> parts, std::span<std::uint8_t, sha256_bytes> out) {
  thread_local const std::unique_ptr<EVP_MD_CTX, context_deleter> context(EVP_MD_CTX_new());
  const EVP_MD* const digest = fetched_sha256();
  if (context == nullptr || digest == nullptr) return false;
  if (EVP_DigestInit_ex2(context.get(), digest, nullptr) != 1) return false;
  for (const byte_span part : parts) {
    if (!part.empty() && EVP_DigestUpdate(context.get(), part.data(), part.size()) != 1) return false;
  }
  return EVP_DigestFinal_ex(context.get(), out.data(), nullptr) == 1;
}

// HMAC over the concatenation of `parts`, so that HKDF needs no buffer for T(n-1) ‖ info ‖ n.
bool hmac_parts(byte_span key, byte_span first, byte_span second, byte_span third,
                std::span<std::uint8_t, sha256_bytes> out) {
  secret_bytes<block_bytes> padded;
  if (key.size() > block_bytes) {
    if (!digest_parts({key}, padded.span().first<sha256_bytes>())) return false;
  } else {
    std::copy(key.begin(), key.end(), padded.span().begin());
  }
  for (std::uint8_t& byte : padded.span()) byte ^= 0x36;
  secret_bytes<sha256_bytes> inner;
  if (!digest_parts({padded.span(), first, second, third}, inner.span())) return false;
  for (std::uint8_t& byte : padded.span()) byte ^= 0x36 ^ 0x5c;
  return digest_parts({padded.span(), inner.span()}, out);
}

}  // namespace

result<sha256_digest> sha256(byte_span data) {
  sha256_digest digest{};
  if (!digest_parts({data}, digest)) return openssl_failure("SHA-256 is not available.");
  return digest;
}

result<void> hmac_sha256(byte_span key, byte_span data, std::span<std::uint8_t, sha256_bytes> out) {
  if (!hmac_parts(key, data, {}, {}, out)) return openssl_failure("HMAC-SHA256 is not available.");
  return {};
}

result<void> hkdf_sha256(byte_span secret, byte_span salt, byte_span info, std::span<std::uint8_t> out) {
  if (out.size() > hkdf_sha256_max_bytes) return fail(errc::crypto_failed, "HKDF-SHA256 gives at most 8,160 bytes.");
  secret_bytes<sha256_bytes> pseudo_random_key;
  secret_bytes<sha256_bytes> block;
  if (!hmac_parts(salt, secret, {}, {}, pseudo_random_key.span())) {
    return openssl_failure("HKDF-SHA256 is not available.");
  }
  std::uint8_t counter = 0;
  for (std::size_t done = 0; done < out.size();) {
    const byte_span previous = counter == 0 ? byte_span() : byte_span(block.span());
    ++counter;
    secret_bytes<sha256_bytes> next;
    if (!hmac_parts(pseudo_random_key.span(), previous, info, byte_span(&counter, 1), next.span())) {
      wipe(out);
      return openssl_failure("HKDF-SHA256 is not available.");
    }
    block = std::move(next);
    const std::size_t taken = std::min(sha256_bytes, out.size() - done);
    std::copy_n(block.span().begin(), taken, out.begin() + static_cast<std::ptrdiff_t>(done));
    done += taken;
  }
  return {};
}

}  // namespace latchkey::native
