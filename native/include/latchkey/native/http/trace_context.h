// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_HTTP_TRACE_CONTEXT_H_
#define LATCHKEY_NATIVE_HTTP_TRACE_CONTEXT_H_

/** The W3C Trace Context that a request carries, so that logs of several servers can be read together. */

#include <optional>
#include <string_view>

#include "latchkey/version.h"

namespace latchkey::native {

/** Parts of the header's text; they live as long as that. */
struct trace_context {
  /** 32 lower-case hexadecimal digits, not all zero. */
  std::string_view trace_id = {};
  /** 16 of them: the caller's span. */
  std::string_view parent_id = {};
  bool is_sampled = false;
};

/**
 * Reads a `traceparent` header: version 00 exactly, a later one by its first four parts, as the recommendation says.
 * Nothing for anything else.
 */
[[nodiscard]] std::optional<trace_context> parse_traceparent(std::string_view text) noexcept;

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_HTTP_TRACE_CONTEXT_H_
