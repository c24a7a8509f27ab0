// SPDX-License-Identifier: Apache-2.0
// Embind's library for Emscripten 3.1.6, cut down to the two types that cross. The original registers 43 types at the start
// of the module, which takes longer than compiling a page's grants and brings JavaScript for each of them, and it brings
// printf for the names of types that nothing has bound. Embind itself, which is a header and JavaScript, is as it was.
#include <emscripten/bind.h>
#include <emscripten/emscripten.h>

#include <limits>
#include <string>

// The names are Embind's: its JavaScript and the linker ask for them. NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {

const char* __getTypeName(const std::type_info* type);
EMSCRIPTEN_KEEPALIVE const char* __getTypeName(const std::type_info*) { return nullptr; }

__attribute__((constructor)) void __embind_register_native_and_builtin_types();
EMSCRIPTEN_KEEPALIVE void __embind_register_native_and_builtin_types() {
  using emscripten::internal::TypeID;
  emscripten::internal::_embind_register_integer(TypeID<int>::get(), "int", sizeof(int),
                                                 std::numeric_limits<int>::min(), std::numeric_limits<int>::max());
  emscripten::internal::_embind_register_std_string(TypeID<std::string>::get(), "std::string");
}

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier)
