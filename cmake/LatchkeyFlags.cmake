# Tools that make building this project faster, where they are installed. A project that has ours inside chooses its own.
if(PROJECT_IS_TOP_LEVEL AND NOT EMSCRIPTEN)
  find_program(LATCHKEY_CCACHE ccache)
  if(LATCHKEY_CCACHE AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
    # Paths are kept relative, so that a second clone finds what the first has compiled. Precompiled headers hold absolute
    # paths, and an object that was made with one is found by nothing but the same folder.
    set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}" CCACHE_NOHASHDIR=true
                                    "${LATCHKEY_CCACHE}")
    set(CMAKE_DISABLE_PRECOMPILE_HEADERS ON)
  endif()
  find_program(LATCHKEY_MOLD mold)
  if(LATCHKEY_MOLD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 12.1)
    add_link_options(-fuse-ld=mold)
  endif()
endif()

# What every target of ours is compiled with, as one interface target; nothing is set globally.
add_library(latchkey_flags INTERFACE)
target_compile_features(latchkey_flags INTERFACE cxx_std_20)
target_compile_options(latchkey_flags INTERFACE -Wall -Wextra -Wshadow -Wconversion -Wnon-virtual-dtor)
if(LATCHKEY_WERROR)
  target_compile_options(latchkey_flags INTERFACE -Werror)
endif()

if(LATCHKEY_SANITIZE)
  target_compile_options(latchkey_flags INTERFACE -fsanitize=${LATCHKEY_SANITIZE} -fno-sanitize-recover=all
                                                  -fno-omit-frame-pointer)
  target_link_options(latchkey_flags INTERFACE -fsanitize=${LATCHKEY_SANITIZE})
elseif(NOT EMSCRIPTEN)
  # Hardening of what is shipped; the sanitizers bring their own.
  include(CheckCXXCompilerFlag)
  check_cxx_compiler_flag(-fcf-protection LATCHKEY_HAS_CF_PROTECTION)
  target_compile_options(latchkey_flags INTERFACE -fstack-protector-strong
                                                  $<$<BOOL:${LATCHKEY_HAS_CF_PROTECTION}>:-fcf-protection>
                                                  $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2>)
  target_link_options(latchkey_flags INTERFACE -Wl,-z,relro,-z,now)
endif()
if(NOT EMSCRIPTEN)
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  # Without it executables are linked as the compiler likes by default, which is not everywhere -pie.
  include(CheckPIESupported)
  check_pie_supported(LANGUAGES CXX)
endif()

# For targets of many sources: reading these headers takes a fifth of a sanitized build. The other builds do without, and
# find out what a file forgot to include.
function(latchkey_precompile_standard_headers target)
  if(LATCHKEY_SANITIZE)
    target_precompile_headers(${target} PRIVATE <algorithm> <functional> <memory> <mutex> <optional> <span> <string>
                                                <string_view> <unordered_map> <variant> <vector>)
  endif()
endfunction()
