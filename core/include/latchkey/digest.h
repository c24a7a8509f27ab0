// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_DIGEST_H_
#define LATCHKEY_DIGEST_H_

/** SHA-256 as core sees it: a function that the host supplies, because core holds no cryptography. */

#include <array>
#include <cstdint>
#include <functional>
#include <string_view>

#include "latchkey/version.h"

namespace latchkey {

using sha256_digest = std::array<std::uint8_t, 32>;

/** SHA-256 (FIPS 180-4) of some bytes. Called during the call that it is given to, never later. */
using digest_function = std::function<sha256_digest(std::string_view bytes)>;

}  // namespace latchkey

#endif  // LATCHKEY_DIGEST_H_
