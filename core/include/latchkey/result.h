// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_RESULT_H_
#define LATCHKEY_RESULT_H_

/**
 * A value or an `error`, with the names of C++23's `std::expected`. It is `tl::expected` for now because the floor of
 * the toolchain (C++20, Emscripten 3.1.6) has no `<expected>`; only the names shared by both are used.
 */

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

#include "latchkey/error.h"

namespace latchkey {

/** `T` or the reason why there is none. */
template <class T>
using result = tl::expected<T, error>;

/** The failing side: `return fail(errc::cookie_invalid, "…", "name");` */
[[nodiscard]] inline tl::unexpected<error> fail(errc code, std::string message, std::string field = {}) {
  return tl::unexpected<error>(error{code, std::move(message), std::move(field)});
}

/** Passes on the error of another result. */
template <class T>
[[nodiscard]] tl::unexpected<error> fail(result<T>&& failed) {
  return tl::unexpected<error>(std::move(failed.error()));
}

}  // namespace latchkey

#endif  // LATCHKEY_RESULT_H_
