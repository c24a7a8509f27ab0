// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_BINDINGS_BOUNDARY_H_
#define LATCHKEY_BINDINGS_BOUNDARY_H_

/**
 * Core for callers that have only strings and numbers. Nothing is decided here. calls.def beside this file is the table of
 * what each function takes and gives; it knows nothing of Emscripten, so the native tests call it too.
 */

#include <cstddef>
#include <string>
#include <string_view>

namespace latchkey::boundary {

/** What a function answers with: JSON that says whether it is a value or an error, a plain text, or a number. */
namespace answers {
using tagged = std::string;
using text = std::string;
using number = int;
}  // namespace answers

#define LATCHKEY_CALL(answer, name, function, argument, value) \
  [[nodiscard]] answers::answer function(const std::string& given);
#define LATCHKEY_EXPORT(name, function, parameters, answer)
#include "calls.def"
#undef LATCHKEY_CALL
#undef LATCHKEY_EXPORT

/** Whether a compiled set covers `required`; false for an unknown id. */
[[nodiscard]] bool covers(int set, std::string_view required) noexcept;
/**
 * Where the header has the value of the first cookie with this name: `position << 15 | length`, both in bytes; -1 when there
 * is none, or when the header is over a limit.
 */
[[nodiscard]] int find_cookie(std::string_view header, std::string_view name) noexcept;
/** Frees a set; harmless for an unknown id. */
void release(int set) noexcept;
/** How many sets are not released. */
[[nodiscard]] std::size_t live() noexcept;

}  // namespace latchkey::boundary

#endif  // LATCHKEY_BINDINGS_BOUNDARY_H_
