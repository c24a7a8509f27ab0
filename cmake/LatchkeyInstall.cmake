# What `cmake --install` puts where: a CMake package and pkg-config files for the libraries that were built, their public
# headers, the executable and the demo studio. Nothing in it names the prefix: it may be moved.
include(CMakePackageConfigHelpers)
set(latchkey_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/latchkey")
set(latchkey_installed_components "")

option(LATCHKEY_INSTALL_DEBUG "Install the archives with their debug information" OFF)

# What an archive needs at the linker, as flags: where a library is, unless the linker looks there by itself, and its name.
function(latchkey_link_flags result)
  set(flags "")
  foreach(target IN LISTS ARGN)
    set(location "")
    foreach(property IN ITEMS IMPORTED_LOCATION IMPORTED_LOCATION_RELEASE IMPORTED_LOCATION_NONE IMPORTED_LOCATION_NOCONFIG)
      if(NOT location)
        get_target_property(location ${target} ${property})
      endif()
    endforeach()
    if(NOT location)
      message(FATAL_ERROR "There is no file behind ${target} that a pkg-config file could name.")
    endif()
    get_filename_component(dir "${location}" DIRECTORY)
    get_filename_component(name "${location}" NAME_WE)
    string(REGEX REPLACE "^lib" "" name "${name}")
    if(NOT dir IN_LIST CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES)
      string(APPEND flags " -L${dir}")
    endif()
    string(APPEND flags " -l${name}")
  endforeach()
  string(STRIP "${flags}" flags)
  set(${result} "${flags}" PARENT_SCOPE)
endfunction()

# A pkg-config file for each library, named as the target is with a dash. They are archives, so what they need at the linker
# is in `Libs`: the plain `pkg-config --libs` links, with and without --static. Of other libraries only those of ours are in
# `Requires`: the flags for compiling against hiredis or SQLite are no business of those who compile against our headers.
function(latchkey_install_pkg_config component description requires libs)
  set(LATCHKEY_PC_NAME "latchkey-${component}")
  set(LATCHKEY_PC_LIBRARY "latchkey_${component}")
  set(LATCHKEY_PC_DESCRIPTION "${description}")
  set(LATCHKEY_PC_REQUIRES "${requires}")
  string(STRIP "${libs}" libs)
  set(LATCHKEY_PC_LIBS "")
  if(libs)
    set(LATCHKEY_PC_LIBS " ${libs}")
  endif()
  set(folder "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
  # From the file's own place to the prefix. Appending an absolute path replaces what it is appended to.
  file(RELATIVE_PATH LATCHKEY_PC_PREFIX "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" "${CMAKE_INSTALL_PREFIX}")
  set(LATCHKEY_PC_INCLUDEDIR "\${prefix}")
  cmake_path(APPEND LATCHKEY_PC_INCLUDEDIR "${CMAKE_INSTALL_INCLUDEDIR}")
  set(LATCHKEY_PC_LIBDIR "\${prefix}")
  cmake_path(APPEND LATCHKEY_PC_LIBDIR "${CMAKE_INSTALL_LIBDIR}")
  # tl::expected has no pkg-config file; where the compiler finds it by itself there is nothing to say.
  set(LATCHKEY_PC_CFLAGS "")
  get_target_property(expected_dirs tl::expected INTERFACE_INCLUDE_DIRECTORIES)
  foreach(dir IN LISTS expected_dirs)
    if(IS_ABSOLUTE "${dir}" AND NOT dir IN_LIST CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES)
      string(APPEND LATCHKEY_PC_CFLAGS " -I${dir}")
    endif()
  endforeach()
  configure_file(cmake/latchkey.pc.in "${PROJECT_BINARY_DIR}/latchkey-${component}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/latchkey-${component}.pc" DESTINATION "${folder}")
endfunction()

# Debug information makes an archive forty times as big, and a program of eight lines 70 MB. `cmake --install --strip` leaves
# archives alone, so this does it.
function(latchkey_strip_archive target)
  if(LATCHKEY_INSTALL_DEBUG OR NOT CMAKE_STRIP)
    return()
  endif()
  # The linker of macOS has its debug information in a map of object files; what -S takes away is that map.
  set(flags "--strip-debug --preserve-dates")
  if(APPLE)
    set(flags "-S")
  endif()
  install(CODE "
    set(latchkey_archive
        \"${CMAKE_INSTALL_LIBDIR}/${CMAKE_STATIC_LIBRARY_PREFIX}${target}${CMAKE_STATIC_LIBRARY_SUFFIX}\")
    cmake_path(ABSOLUTE_PATH latchkey_archive BASE_DIRECTORY \"\${CMAKE_INSTALL_PREFIX}\")
    execute_process(COMMAND \"${CMAKE_STRIP}\" ${flags} \"\$ENV{DESTDIR}\${latchkey_archive}\" COMMAND_ERROR_IS_FATAL ANY)
  ")
endfunction()

function(latchkey_install_library component description requires libs)
  install(TARGETS latchkey_${component} EXPORT latchkeyTargets ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
  latchkey_strip_archive(latchkey_${component})
  latchkey_install_pkg_config(${component} "${description}" "${requires}" "${libs}")
  set(latchkey_installed_components ${latchkey_installed_components} ${component} PARENT_SCOPE)
endfunction()

# The files of a folder of public headers, without those of components that were not built.
function(latchkey_install_headers folder)
  install(DIRECTORY "${folder}/" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
          FILES_MATCHING PATTERN "*.h" PATTERN "*.def" ${ARGN})
endfunction()

find_package(tl-expected REQUIRED)
latchkey_install_library(core "Decisions about permissions, roles, sessions and cookies" "" "")
latchkey_install_headers(core/include)
install(FILES "${PROJECT_BINARY_DIR}/core/generated/include/latchkey/version.h"
        DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/latchkey")
if(LATCHKEY_BUILD_NATIVE)
  find_package(CURL 7.85 REQUIRED)
  find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto)
  find_package(SQLite3 REQUIRED)
  find_package(hiredis REQUIRED)
  find_package(utf8proc REQUIRED)
  find_package(Threads REQUIRED)
  latchkey_link_flags(latchkey_native_links CURL::libcurl OpenSSL::Crypto SQLite::SQLite3 hiredis::hiredis utf8proc::utf8proc)
  latchkey_install_library(native "Sealed sessions, accounts, audit, and the HTTP API as a function of a request"
                           "latchkey-core = ${PROJECT_VERSION}" "${latchkey_native_links} ${CMAKE_THREAD_LIBS_INIT}")
  if(LATCHKEY_BUILD_SERVER)
    latchkey_install_library(server "An HTTP/1.1 server for the API" "latchkey-native = ${PROJECT_VERSION}" "")
    latchkey_install_headers(native/include)
  else()
    latchkey_install_headers(native/include PATTERN "latchkey/native/server" EXCLUDE)
  endif()
endif()

configure_package_config_file(cmake/latchkeyConfig.cmake.in "${PROJECT_BINARY_DIR}/latchkeyConfig.cmake"
                              INSTALL_DESTINATION "${latchkey_package_dir}" NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/latchkeyConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(EXPORT latchkeyTargets NAMESPACE latchkey:: DESTINATION "${latchkey_package_dir}")
install(FILES "${PROJECT_BINARY_DIR}/latchkeyConfig.cmake" "${PROJECT_BINARY_DIR}/latchkeyConfigVersion.cmake"
        DESTINATION "${latchkey_package_dir}")
if(LATCHKEY_BUILD_NATIVE)
  install(FILES cmake/Findhiredis.cmake cmake/Findutf8proc.cmake DESTINATION "${latchkey_package_dir}")
endif()
# In the folders that they refer to each other by.
install(FILES README.md CHANGELOG.md SECURITY.md CONTRIBUTING.md LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(DIRECTORY docs/ DESTINATION "${CMAKE_INSTALL_DOCDIR}/docs")
# What `SS-21` and its like mean in the comments of the headers.
install(FILES tests/conformance/requirements.json DESTINATION "${CMAKE_INSTALL_DOCDIR}/docs")
install(DIRECTORY examples/cpp-backend DESTINATION "${CMAKE_INSTALL_DOCDIR}/examples")

if(LATCHKEY_BUILD_APP)
  install(TARGETS latchkey RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
  # Where the executable looks for it: beside its own folder. The studio is built by Node, or not at all.
  install(DIRECTORY "${PROJECT_BINARY_DIR}/share/latchkey/studio/"
          DESTINATION "${CMAKE_INSTALL_BINDIR}/../share/latchkey/studio" OPTIONAL)
endif()
