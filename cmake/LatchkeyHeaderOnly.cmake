# Header-only libraries that core needs on both sides. Their own packages put /usr/include first, which breaks the sysroot
# of a cross compiler; there the one folder is linked into the build tree instead.
#
# latchkey_header_only(target package folder header): an imported-like target `target` that finds <folder/header>.
function(latchkey_header_only target package folder header)
  if(NOT CMAKE_CROSSCOMPILING)
    find_package(${package} REQUIRED)
    return()
  endif()
  find_path(LATCHKEY_${folder}_ROOT "${folder}/${header}" REQUIRED
            PATHS /usr/local/include /usr/include NO_CMAKE_FIND_ROOT_PATH)
  set(linked "${PROJECT_BINARY_DIR}/header-only")
  file(MAKE_DIRECTORY "${linked}")
  file(CREATE_LINK "${LATCHKEY_${folder}_ROOT}/${folder}" "${linked}/${folder}" SYMBOLIC)
  string(REPLACE "::" "_" plain "${target}")
  add_library(${plain} INTERFACE)
  target_include_directories(${plain} SYSTEM INTERFACE "${linked}")
  add_library(${target} ALIAS ${plain})
endfunction()
