// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_SESSIONS_OPENED_TOKENS_H_
#define LATCHKEY_NATIVE_SRC_SESSIONS_OPENED_TOKENS_H_

/**
 * What sealed cookies held when they were opened before: a browser sends the same one with every request, and to compare
 * it with itself costs a tenth of decrypting it again. Only a whole token, equal byte for byte to one that its seal has
 * vouched for, is known, and only while the very keys that opened it are in force. Times and revocation are not looked
 * at here: whoever asks has to, each time. Bounded: a token that comes later takes the place of another one.
 */

#include <array>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "latchkey/session.h"

namespace latchkey::native {

class opened_tokens {
 public:
  /** `keys` names the keys in force; it is compared and never looked into. */
  [[nodiscard]] std::optional<session> find(std::string_view token, const void* keys) const;
  void remember(std::string_view token, const void* keys, const session& opened);

 private:
  struct entry {
    std::string token;
    const void* keys = nullptr;
    session opened;
  };

  /** Each token has one of these places; whoever finds another one there costs what they cost without this. */
  static constexpr std::size_t capacity = 1024;

  static std::size_t place_of(std::string_view token) noexcept;

  mutable std::mutex mutex_;
  std::array<entry, capacity> entries_;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_SESSIONS_OPENED_TOKENS_H_
