// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_CRYPTO_CONSTANT_TIME_H_
#define LATCHKEY_NATIVE_CRYPTO_CONSTANT_TIME_H_

/** Comparison of secrets in a time that does not depend on where they differ (SS-19). Lengths are no secret. */

#include <cstdint>
#include <span>
#include <string_view>

#include "latchkey/version.h"

namespace latchkey::native {

/** Whether both have the same length and bytes. */
[[nodiscard]] bool is_equal_constant_time(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) noexcept;
[[nodiscard]] bool is_equal_constant_time(std::string_view a, std::string_view b) noexcept;

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_CRYPTO_CONSTANT_TIME_H_
