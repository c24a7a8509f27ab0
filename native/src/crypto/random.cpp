// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/crypto/random.h"

#include <openssl/rand.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <vector>

#include "crypto/openssl_failure.h"
#include "latchkey/base64url.h"
#include "latchkey/native/crypto/secret_bytes.h"

namespace latchkey::native {
namespace {

// Pools filled under an older generation are empty: it moves on in a forked child and when the source is replaced.
std::atomic<std::uint64_t> pool_generation{1};
std::atomic<random_source> replaced_source{nullptr};

void leave_pools() noexcept { pool_generation.fetch_add(1, std::memory_order_acq_rel); }

bool fill_from_source(std::span<std::uint8_t> out) {
  if (const random_source source = replaced_source.load(std::memory_order_acquire)) return source(out);
  if (out.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return false;
  return RAND_bytes(out.data(), static_cast<int>(out.size())) == 1;
}

class random_pool {
 public:
  random_pool() {
    // Without this a forked child would hand out the very bytes that its parent hands out.
    static const int registered = pthread_atfork(nullptr, nullptr, leave_pools);
    usable_ = registered == 0;
  }
  random_pool(const random_pool&) = delete;
  random_pool& operator=(const random_pool&) = delete;
  ~random_pool() { wipe(bytes_); }

  bool draw(std::span<std::uint8_t> out) {
    if (!usable_ || out.size() > bytes_.size() / 2) return fill_from_source(out);
    const std::uint64_t generation = pool_generation.load(std::memory_order_acquire);
    if (generation != generation_ || bytes_.size() - used_ < out.size()) {
      used_ = bytes_.size();
      wipe(bytes_);
      if (!fill_from_source(bytes_)) return false;
      generation_ = generation;
      used_ = 0;
    }
    const auto taken = std::span(bytes_).subspan(used_, out.size());
    std::copy(taken.begin(), taken.end(), out.begin());
    wipe(taken);
    used_ += out.size();
    return true;
  }

 private:
  std::array<std::uint8_t, 512> bytes_{};
  std::size_t used_ = bytes_.size();
  std::uint64_t generation_ = 0;
  bool usable_ = false;
};

}  // namespace

result<void> random_bytes(std::span<std::uint8_t> out) {
  thread_local random_pool pool;
  if (pool.draw(out)) return {};
  wipe(out);
  return openssl_failure("The random source failed.");
}

result<std::string> random_id(std::size_t bytes) {
  std::vector<std::uint8_t> id(bytes);
  if (auto drawn = random_bytes(id); !drawn) return fail(std::move(drawn));
  return to_base64url(id);
}

void set_random_source_for_testing(random_source source) noexcept {
  replaced_source.store(source, std::memory_order_release);
  leave_pools();
}

}  // namespace latchkey::native
