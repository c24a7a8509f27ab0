// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/sessions/one_time_store.h"

#include "support.h"

namespace latchkey::native {
namespace {

using latchkey::testing::failing_database;
using latchkey::testing::must;
using latchkey::testing::open_file;
using latchkey::testing::run_together;
using latchkey::testing::temporary_folder;

TEST_CASE("[SO-23] a text is used once for a purpose, until it would have expired", "[one-time][SO-23]") {
  const temporary_folder folder;
  const bool in_database = GENERATE(false, true);
  const auto store =
      in_database ? must(open_sql_one_time_store(open_file(folder.file("a.db")))) : make_memory_one_time_store();
  CHECK(must(store->use("login", "a", 2'000, 1'000)));
  CHECK_FALSE(must(store->use("login", "a", 2'000, 1'000)));
  CHECK_FALSE(must(store->use("login", "a", 9'000, 1'999)));
  CHECK(must(store->use("login", "b", 2'000, 1'000)));
  CHECK(must(store->use("reset", "a", 2'000, 1'000)));
  CHECK(must(store->use("", "logina", 2'000, 1'000)));
}

TEST_CASE("[SO-23] of 64 uses at once exactly one succeeds, in one process and in two", "[one-time][SO-23][F-13]") {
  const temporary_folder folder;
  const bool in_database = GENERATE(false, true);
  const auto here =
      in_database ? must(open_sql_one_time_store(open_file(folder.file("a.db")))) : make_memory_one_time_store();
  const auto there = in_database ? must(open_sql_one_time_store(open_file(folder.file("a.db")))) : here;
  for (int round = 0; round < 10; ++round) {
    std::atomic<int> used{0};
    std::atomic<int> failed{0};
    run_together(64, [&](int i) {
      const auto first = (i % 2 ? here : there)->use("login", std::to_string(round), 2'000, 1'000);
      if (!first) ++failed;
      if (first && *first) ++used;
    });
    CHECK(used == 1);
    CHECK(failed == 0);
  }
}

TEST_CASE("the memory of uses is bounded, and full means no", "[one-time]") {
  const auto store = make_memory_one_time_store(2);
  CHECK(must(store->use("login", "a", 2'000, 1'000)));
  CHECK(must(store->use("login", "b", 3'000, 1'000)));
  CHECK(store->use("login", "c", 3'000, 1'000).error().code == errc::unavailable);
  CHECK_FALSE(must(store->use("login", "a", 3'000, 1'000)));
  CHECK(must(store->use("login", "c", 3'000, 2'000)));
}

TEST_CASE("a database forgets expired uses and holds no text that could be used", "[one-time][SS-12]") {
  const temporary_folder folder;
  const auto database = open_file(folder.file("a.db"));
  const auto store = must(open_sql_one_time_store(database));
  const auto count = [&] { return must(database->query("SELECT digest FROM latchkey_one_time")).size(); };
  CHECK(must(store->use("login", "canary", 2'000, 1'000)));
  CHECK(must(database->query("SELECT digest FROM latchkey_one_time")).front().text(0).find("canary") ==
        std::string::npos);
  CHECK(must(store->use("login", "b", 5'000, 1'999)));
  CHECK(count() == 2);
  CHECK(must(store->use("login", "c", 5'000, 2'000)));
  CHECK(count() == 2);
}

TEST_CASE("a database that fails is no yes", "[one-time][RB-09]") {
  const temporary_folder folder;
  const auto database = std::make_shared<failing_database>(open_file(folder.file("a.db")));
  const auto store = must(open_sql_one_time_store(database));
  database->fails = true;
  CHECK(store->use("login", "a", 2'000, 1'000).error().code == errc::store_failed);
  CHECK(open_sql_one_time_store(nullptr).error().code == errc::configuration_invalid);
}

}  // namespace
}  // namespace latchkey::native
