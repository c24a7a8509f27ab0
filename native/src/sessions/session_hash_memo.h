// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_SESSIONS_SESSION_HASH_MEMO_H_
#define LATCHKEY_NATIVE_SRC_SESSIONS_SESSION_HASH_MEMO_H_

/**
 * SHA-256 of session ids, remembered: a browser comes with the same session again and again. The values of a pure
 * function and nothing else: whether a session lives is asked each time. Bounded: each id has one of a thousand places,
 * and the one that comes later takes it.
 */

#include <array>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "latchkey/result.h"
#include "sessions/revocation_mirror.h"

namespace latchkey::native {

class session_hash_memo {
 public:
  using hash_function = std::function<result<sha256_digest>(std::string_view)>;

  session_hash_memo();
  explicit session_hash_memo(hash_function hash) : hash_(std::move(hash)) {}

  /** `crypto_failed` as `sha256`. Any thread may ask. */
  [[nodiscard]] result<session_hash> hash_of(std::string_view session_id);

 private:
  struct entry {
    std::string id;
    session_hash hash{};
  };

  static constexpr std::size_t capacity = 1024;

  hash_function hash_;
  std::mutex mutex_;
  std::array<entry, capacity> entries_;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_SESSIONS_SESSION_HASH_MEMO_H_
