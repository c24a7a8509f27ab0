// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_TESTS_CORE_TEST_DATA_H_
#define LATCHKEY_TESTS_CORE_TEST_DATA_H_

/** The vector files: natively from the repository, in WASM embedded under the same names. */

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "catch.h"
#include "latchkey/json_codec.h"

namespace latchkey::testing {

/** The folder of the vector files. Defined once, in main.cpp, so that no other object holds a path of the machine. */
std::string vectors_folder();

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  INFO(path);
  REQUIRE(file.good());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/** A vector file, read with the codec under test. */
inline json_value read_vectors(const std::string& stem) {
  auto parsed = parse_json(read_file(vectors_folder() + "/" + stem + ".json"));
  REQUIRE(parsed.has_value());
  return std::move(*parsed);
}

/** The folder of the public corpora; empty, with a warning, where they are not. CI must have them. */
inline std::string corpora_folder() {
  const char* const configured = std::getenv("LATCHKEY_CORPORA");
  const std::string folder = configured != nullptr && *configured != '\0'
                                 ? std::string(configured)
                                 : vectors_folder() + "/../../../shared/corpora";
  if (std::filesystem::is_directory(folder)) return folder;
  if (std::getenv("CI") != nullptr) FAIL("The corpora are not at LATCHKEY_CORPORA.");
  WARN("The corpora are not at LATCHKEY_CORPORA: these cases are skipped.");
  return {};
}

}  // namespace latchkey::testing

#endif  // LATCHKEY_TESTS_CORE_TEST_DATA_H_
