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

/** Longer texts are no code; whoever reads bodies refuses them. */
inline constexpr std::size_t setup_code_max_bytes = 128;

/**
 * The code that its operator shows to a server to become its first owner. Only its digest is kept, and in memory alone: a
 * copy of the database opens nothing. May be used by several threads at once.
 */
class setup_code {
 public:
  /** A new code of 120 random bits; one made before is worthless from then. */
  [[nodiscard]] result<std::string> make();
  /** Whether this is the present code. False while there is none. */
  [[nodiscard]] result<bool> matches(std::string_view text) const;
  /** From then on nothing matches. */
  void forget();

 private:
  mutable std::mutex mutex_;
  std::optional<sha256_digest> digest_;
};

/** For a code that is wrong, used, or was never there: `request_invalid` for the field `setupCode`. */
[[nodiscard]] tl::unexpected<error> refuse_setup_code();

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_CREDENTIALS_SETUP_CODE_H_
