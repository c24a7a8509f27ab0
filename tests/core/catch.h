// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_TESTS_CORE_CATCH_H_
#define LATCHKEY_TESTS_CORE_CATCH_H_

/** Catch2 as the system has it: 2.13 in Debian 12, 3.x elsewhere. */
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif

#endif  // LATCHKEY_TESTS_CORE_CATCH_H_
