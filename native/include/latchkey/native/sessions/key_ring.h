// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SESSIONS_KEY_RING_H_
#define LATCHKEY_NATIVE_SESSIONS_KEY_RING_H_

/**
 * The secrets that seal cookies, newest first: the first seals, any of them opens (SS-08), so a secret is replaced by
 * putting the new one in front and taking the old one away when its cookies have expired. A secret is never a key
 * itself (SS-02): keys are derived per purpose with HKDF-SHA256.
 */

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "latchkey/native/crypto/aead.h"
#include "latchkey/native/crypto/secret_bytes.h"
#include "latchkey/result.h"
#include "latchkey/session_token.h"

namespace latchkey::native {

inline constexpr std::size_t secret_min_bytes = 32;

/**
 * Whether a secret may be used (SS-01): at least 32 bytes, no repeated or counted-up pattern, no well-known
 * placeholder; otherwise `secret_weak` with the reason. The value is a warning to print, empty when there is nothing to
 * say: fewer than 43 plain characters hold less than 256 bits. The secret itself is in neither.
 */
[[nodiscard]] result<std::string> check_secret(std::string_view secret);

/** A key derived from one secret for one purpose, and the mark by which a token names that secret. */
struct purpose_key {
  std::array<std::uint8_t, session_token_key_id_bytes> id{};
  secret_bytes<aes256gcm_key_bytes> key = {};
};

/** Shared by all threads and by all that seals and opens. Not copyable: there is one copy of the secrets. */
class key_ring {
 public:
  /** `secret_weak` for the first weak secret, `configuration_invalid` when there is none at all. */
  [[nodiscard]] static result<std::shared_ptr<key_ring>> make(std::span<const std::string> secrets);

  key_ring(const key_ring&) = delete;
  key_ring& operator=(const key_ring&) = delete;
  ~key_ring();

  /**
   * Puts these secrets in place of the present ones, for everything that seals or opens from now on; the refusals of
   * `make`, and then nothing changes. What `check_secret` had to say about them. Keys that were derived before stay in
   * memory until the ring goes: a call that is under way may still look at them.
   */
  [[nodiscard]] result<std::vector<std::string>> replace(std::span<const std::string> secrets);

  /**
   * The keys for a purpose in the order of the secrets. Derived at the first call and kept; later calls take no lock.
   * Purposes are constants of a program, not input. The span lives as long as the ring.
   */
  [[nodiscard]] result<std::span<const purpose_key>> keys_for(std::string_view purpose) const;

  /** What `check_secret` had to say about each of the first secrets, empty texts left out. */
  [[nodiscard]] const std::vector<std::string>& warnings() const noexcept { return warnings_; }
  [[nodiscard]] std::size_t size() const;

 private:
  struct purpose_entry;
  struct secret_list {
    std::vector<std::vector<std::uint8_t>> secrets;
    std::vector<std::string> warnings;
  };

  key_ring() = default;
  [[nodiscard]] static result<secret_list> read(std::span<const std::string> secrets);
  [[nodiscard]] static result<std::unique_ptr<purpose_entry>> derive_entry(
      const std::vector<std::vector<std::uint8_t>>& secrets, std::string_view purpose);
  const purpose_entry* publish(std::unique_ptr<purpose_entry> entry) const;
  [[nodiscard]] const purpose_entry* find(std::string_view purpose) const noexcept;

  std::vector<std::vector<std::uint8_t>> secrets_;
  std::vector<std::string> warnings_;
  mutable std::mutex deriving_;
  // A list that only grows, at its head: of two entries for one purpose the first counts.
  mutable std::atomic<const purpose_entry*> entries_{nullptr};
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SESSIONS_KEY_RING_H_
