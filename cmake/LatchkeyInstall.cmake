# What `cmake --install` puts where: a CMake package and pkg-config files for the libraries that were built, their public
# headers, the executable and the demo studio. Nothing in it names the prefix: it may be moved.
include(CMakePackageConfigHelpers)
set(latchkey_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/latchkey")
set(latchkey_installed_components "")

# A pkg-config file for each library, named as the target is with a dash. They are archives, so what they need is in
# `Requires` and `Libs`: the plain `pkg-config --libs` links, with and without --static.
function(latchkey_install_pkg_config component description requires libs)
  set(LATCHKEY_PC_NAME "latchkey-${component}")
  set(LATCHKEY_PC_LIBRARY "latchkey_${component}")
  set(LATCHKEY_PC_DESCRIPTION "${description}")
  set(LATCHKEY_PC_REQUIRES "${requires}")
  string(REGEX REPLACE "^(.)" " \\1" LATCHKEY_PC_LIBS "${libs}")
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

function(latchkey_install_library component description requires libs)
  install(TARGETS latchkey_${component} EXPORT latchkeyTargets ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
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
if(LATCHKEY_BUILD_NATIVE)
  find_package(Threads REQUIRED)
  latchkey_install_library(native "Sealed sessions, accounts, audit, and the HTTP API as a function of a request"
                           "latchkey-core = ${PROJECT_VERSION}, libcrypto >= 3.0, sqlite3, hiredis, libcurl >= 7.85, libutf8proc" "${CMAKE_THREAD_LIBS_INIT}")
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
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}")

if(LATCHKEY_BUILD_APP)
  install(TARGETS latchkey RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
  # Where the executable looks for it: beside its own folder. The studio is built by Node, or not at all.
  install(DIRECTORY "${PROJECT_BINARY_DIR}/share/latchkey/studio/"
          DESTINATION "${CMAKE_INSTALL_BINDIR}/../share/latchkey/studio" OPTIONAL)
endif()
