// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_CREDENTIALS_SETUP_CODE_H_
#define LATCHKEY_NATIVE_SRC_CREDENTIALS_SETUP_CODE_H_

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "latchkey/digest.h"
#include "latchkey/result.h"

namespace latchkey::native {

/**
 * The code that its operator shows to a server to become its first owner. Only its digest is kept, and in memory alone: a
 * copy of the database opens nothing. May be used by several threads at once.
 */
class setup_code {
 public:
  /** A new code of 120 random bits that is good until then; one made before is worthless from now on. */
  [[nodiscard]] result<std::string> make(std::int64_t expires_at_ms);
  /** `refuse_setup_code` for any text but the present code. */
  [[nodiscard]] result<void> check(std::string_view text, std::int64_t now_ms) const;
  /** From now on this text is no code; a newer one stays. */
  void forget(std::string_view text);

 private:
  struct known_code {
    sha256_digest digest{};
    std::int64_t expires_at_ms = 0;
  };

  mutable std::mutex mutex_;
  std::optional<known_code> known_;
};

/** For a code that is none now: `request_invalid` for the field `setupCode`. */
[[nodiscard]] tl::unexpected<error> refuse_setup_code();

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_CREDENTIALS_SETUP_CODE_H_
