// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SESSIONS_MEMORY_SESSION_PROVIDER_H_
#define LATCHKEY_NATIVE_SESSIONS_MEMORY_SESSION_PROVIDER_H_

/** Sessions in the memory of one process: for development, for tests, and for a server that may forget. */

#include <memory>

#include "latchkey/native/sessions/stored_session_provider.h"

namespace latchkey::native {

struct memory_session_options {
  /** A day in all: a renewal gives a new id and not a later end, so nobody depends on memory for longer. */
  session_lifetimes lifetimes = {std::int64_t{24} * 3'600'000, std::int64_t{24} * 3'600'000};
  clock_function clock = system_clock_ms;
  memory_store_limits limits = {};
};

/** `configuration_invalid` for lifetimes that are not positive, a missing clock or limits that are too low. */
[[nodiscard]] result<std::shared_ptr<stored_session_provider>> make_memory_session_provider(
    memory_session_options options = {});

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SESSIONS_MEMORY_SESSION_PROVIDER_H_
