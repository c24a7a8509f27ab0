// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_THROTTLE_MEMORY_THROTTLE_H_
#define LATCHKEY_NATIVE_THROTTLE_MEMORY_THROTTLE_H_

/**
 * Counts in the memory of one process. Keys are kept as keyed hashes: nobody can choose ones that collide, and no address
 * of a person stays in memory. Their number is bounded: keys that are idle go first, then those that are closest to it, so
 * a flood of new keys never frees one that is being hammered.
 */

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "latchkey/native/clock.h"
#include "latchkey/native/crypto/secret_bytes.h"
#include "latchkey/native/throttle/throttle.h"

namespace latchkey::native {

struct memory_throttle_options {
  /** At least 64. A key takes about 64 bytes. */
  std::size_t max_keys = 100'000;
  clock_function clock = monotonic_clock_ms;
};

class memory_throttle final : public throttle {
 public:
  /** `configuration_invalid` for fewer keys or no clock, `crypto_failed` without randomness. */
  [[nodiscard]] static result<std::shared_ptr<memory_throttle>> make(memory_throttle_options options = {});

  [[nodiscard]] result<throttle_decision> take(std::string_view key, const throttle_rule& rule) override;
  [[nodiscard]] result<void> give_back(std::string_view key, const throttle_rule& rule) override;
  [[nodiscard]] result<void> forget(std::string_view key) override;

  /** How many keys are kept, idle ones that nothing has swept yet included. */
  [[nodiscard]] std::size_t size() const;

 private:
  static constexpr std::size_t shard_count = 16;
  using digest = std::array<std::uint8_t, 16>;
  struct digest_hash {
    std::size_t operator()(const digest& value) const noexcept {
      std::size_t first = 0;
      std::memcpy(&first, value.data(), sizeof first);
      return first;
    }
  };
  /** A part of the keys under a lock of its own: the theoretical arrival time of each. */
  struct shard {
    mutable std::mutex mutex;
    std::unordered_map<digest, std::int64_t, digest_hash> arrivals;
  };

  explicit memory_throttle(memory_throttle_options options) : options_(std::move(options)) {}
  [[nodiscard]] result<digest> digest_of(std::string_view key) const;
  [[nodiscard]] shard& shard_of(const digest& key) noexcept { return shards_[key.back() % shard_count]; }
  void make_room(shard& full, std::int64_t now_ms) const;

  const memory_throttle_options options_;
  secret_bytes<32> hash_key_;
  std::array<shard, shard_count> shards_;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_THROTTLE_MEMORY_THROTTLE_H_
