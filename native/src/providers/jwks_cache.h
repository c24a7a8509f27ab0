// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_PROVIDERS_JWKS_CACHE_H_
#define LATCHKEY_NATIVE_SRC_PROVIDERS_JWKS_CACHE_H_

/**
 * An issuer's keys, fetched when needed and no more often than jwt_auth.h says (SO-15). One thread fetches; who has keys
 * that serve goes on with them meanwhile.
 */

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "latchkey/native/net/http_client.h"
#include "providers/jwk.h"

namespace latchkey::native {

using key_list = std::shared_ptr<const std::vector<verification_key>>;

class jwks_cache {
 public:
  using milliseconds = std::chrono::milliseconds;

  jwks_cache(std::string url, std::vector<jws_algorithm> listed, http_client http,
             std::function<milliseconds()> monotonic_clock);

  /** The keys now; `unavailable` when there are none and the issuer can't be reached. */
  [[nodiscard]] result<key_list> keys();
  /** The keys after a look whether there are newer ones than these, if one may look again. */
  [[nodiscard]] key_list keys_after(const key_list& known);

 private:
  struct snapshot {
    key_list keys;
    milliseconds age{0};
    bool may_try = false;
    bool may_look_again = false;
  };
  [[nodiscard]] snapshot look();
  /** Fetches; the lock on `fetching_` is held. */
  [[nodiscard]] result<key_list> fetch();
  [[nodiscard]] result<std::vector<verification_key>> download() const;

  std::string url_;
  std::vector<jws_algorithm> listed_;
  http_client http_;
  std::function<milliseconds()> clock_;

  // Held for as long as a fetch takes; `state_` only for moments, and never while waiting for the other.
  std::timed_mutex fetching_;
  std::mutex state_;
  key_list keys_;
  milliseconds fetched_at_{0};
  milliseconds next_try_{milliseconds::min()};
  milliseconds next_look_{milliseconds::min()};
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_PROVIDERS_JWKS_CACHE_H_
