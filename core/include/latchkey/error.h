// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_ERROR_H_
#define LATCHKEY_ERROR_H_

/**
 * What can go wrong, as values. Every code has a stable text (`ERR_LATCHKEY_…`), the same in C++, JSON and JS;
 * `error_codes.def` is the one list. Messages are for people and may change, codes may not.
 */

#include <span>
#include <string>
#include <string_view>

#include "latchkey/version.h"

namespace latchkey {

/** One enumerator per line of `error_codes.def`. */
enum class errc {
#define LATCHKEY_ERROR(enumerator, text, sentence) enumerator,
#include "latchkey/error_codes.def"
#undef LATCHKEY_ERROR
};

/** A refusal: what, in words, and where. */
struct error {
  errc code = errc::internal;
  /** A sentence that says what is wrong and what to do. Never holds a secret. */
  std::string message = {};
  /** The field, grant or name that is at fault; empty when there is no single one. */
  std::string field = {};

  friend bool operator==(const error&, const error&) = default;
};

/** A line of the list: for documentation and generated code. */
struct error_code_entry {
  errc code;
  std::string_view text;
  std::string_view sentence;
};

/** The stable text, such as `ERR_LATCHKEY_COOKIE_INVALID`. Lives as long as the program. */
[[nodiscard]] std::string_view to_string(errc code) noexcept;

/** All codes in the order of the list. */
[[nodiscard]] std::span<const error_code_entry> all_error_codes() noexcept;

}  // namespace latchkey

#endif  // LATCHKEY_ERROR_H_
