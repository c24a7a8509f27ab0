// SPDX-License-Identifier: Apache-2.0
// What the C library asks its host for, answered here, so that the module asks JavaScript for nothing but numbers.
#include <cstddef>
#include <cstdint>

extern "C" {

/** The end of abort(). A trap is what the boundary in JS takes for the end of an instance. */
[[noreturn]] void __wasi_proc_exit(std::uint32_t code);  // NOLINT(bugprone-reserved-identifier): WASI's own name
[[noreturn]] void __wasi_proc_exit(std::uint32_t) { __builtin_trap(); }

/** JS looks at its view of the memory before it uses it. */
void emscripten_notify_memory_growth(std::size_t memory);
void emscripten_notify_memory_growth(std::size_t) {}

}  // extern "C"
