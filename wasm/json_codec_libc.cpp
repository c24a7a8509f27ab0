// SPDX-License-Identifier: Apache-2.0
// What json_codec.cpp calls in WebAssembly in place of two functions of the C library, which make up a fifth of the
// module: core/CMakeLists.txt renames them there and nowhere else.
#include <emscripten/emscripten.h>

#include <cstddef>
#include <cstring>

// clang-format off
EM_JS(double, latchkey_number, (const char* text), {
  let number = String();
  for (let unit; (unit = HEAPU8[text++]); ) number += String.fromCharCode(unit);
  return Number(number);
});
// clang-format on

extern "C" {

// The engine's own conversion, rounded as correctly as the C library's. The parser hands over whole JSON numbers, which
// are numbers of JavaScript too, and reads to their ends.
double latchkey_strtod(const char* text, char** end);
double latchkey_strtod(const char* text, char** end) {
  if (end != nullptr) *end = const_cast<char*>(text) + std::strlen(text);
  return latchkey_number(text);
}

// The parser formats control characters for the sentences of its errors, which the codec drops for its own.
int latchkey_snprintf(char* to, std::size_t size, const char* format, ...);
int latchkey_snprintf(char* to, std::size_t size, const char*, ...) {
  if (size > 0) *to = '\0';
  return 0;
}

}  // extern "C"
