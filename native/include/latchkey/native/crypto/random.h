// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_CRYPTO_RANDOM_H_
#define LATCHKEY_NATIVE_CRYPTO_RANDOM_H_

/**
 * Random bytes for keys, salts, IVs and ids (SS-07, SS-11). Small draws come out of a pool per thread that OpenSSL's
 * generator fills: one fill costs about as much as one draw would. A failing generator is an error, never weak bytes.
 */

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "latchkey/result.h"

namespace latchkey::native {

/**
 * Fills `out` with unpredictable bytes; `crypto_failed`, and `out` all zero, when the generator fails. Bytes leave the
 * pool once and are wiped there; a child process never sees what its parent had left.
 */
[[nodiscard]] result<void> random_bytes(std::span<std::uint8_t> out);

/** An unguessable name: that many random bytes as base64url. 20 bytes are the 160 bits of a session id. */
[[nodiscard]] result<std::string> random_id(std::size_t bytes = 20);

/** Where the pool gets its bytes: fills the span or says false. */
using random_source = bool (*)(std::span<std::uint8_t> out);

/**
 * Replaces the generator for the whole process and empties every pool; null brings OpenSSL's back. For tests of what
 * happens when randomness fails: nothing but a test may call it.
 */
void set_random_source_for_testing(random_source source) noexcept;

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_CRYPTO_RANDOM_H_
