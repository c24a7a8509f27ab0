// SPDX-License-Identifier: Apache-2.0
#include <string>
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_session.hpp>
int main(int argc, char** argv) { return Catch::Session().run(argc, argv); }
#else
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
#endif

namespace latchkey::testing {

std::string vectors_folder();
std::string vectors_folder() { return LATCHKEY_TEST_VECTORS; }

}  // namespace latchkey::testing
