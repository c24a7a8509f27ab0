// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_PROVIDER_CALL_H_
#define LATCHKEY_NATIVE_SRC_PROVIDER_CALL_H_

#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "latchkey/result.h"

namespace latchkey::native {

/** The field of an error that was an exception. */
inline constexpr std::string_view thrown_by_provider = "exception";

/**
 * Calls into code that a host has written: an exception becomes `unavailable`, so that it denies like any other failure.
 */
template <class Call>
[[nodiscard]] auto call_provider(Call&& call) -> decltype(call()) {
  try {
    return std::forward<Call>(call)();
  } catch (const std::exception& thrown) {
    return fail(errc::unavailable, std::string("A provider threw: ") + thrown.what(), std::string(thrown_by_provider));
  } catch (...) {
    return fail(errc::unavailable, "A provider threw something that is no exception.", std::string(thrown_by_provider));
  }
}

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_PROVIDER_CALL_H_
