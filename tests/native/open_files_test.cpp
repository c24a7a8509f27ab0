// SPDX-License-Identifier: Apache-2.0
#include "open_files.h"

#include <sys/resource.h>

#include "support.h"

using namespace latchkey;
using namespace latchkey::app;

TEST_CASE("connections leave files for the rest of the server, and few files leave few connections", "[open_files]") {
  CHECK(connections_within(20'000, 10'000) == 10'000);
  CHECK(connections_within(10'256, 10'000) == 10'000);
  CHECK(connections_within(10'255, 10'000) == 9'999);
  CHECK(connections_within(1'024, 10'000) == 768);
  CHECK(connections_within(256, 10'000) == 128);
  CHECK(connections_within(32, 10'000) == 16);
  const auto refused = connections_within(30, 10'000);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().message.find("The limit of open files is 30") == 0);
}

TEST_CASE("the limit of open files is raised as far as it may be, and never lowered", "[open_files]") {
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit low{300, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
  CHECK(raise_open_files(100) == 356);
  CHECK(raise_open_files(10) == 266);  // what is needed, of the 356 that there are
  rlimit now{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &now) == 0);
  CHECK(now.rlim_cur == 356);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
}
