// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "latchkey/native/sql/change_watch.h"
#include "latchkey/native/sql/migrations.h"
#include "support.h"

using namespace latchkey;
using namespace latchkey::native;
using namespace latchkey::testing;

namespace {

std::int64_t count_rows(database& store, const std::string& table) {
  return must(store.query("SELECT count(*) FROM " + table)).front().integer(0);
}

/** While it lives, nothing can be opened. */
class no_descriptors_left {
 public:
  no_descriptors_left() {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    rlimit fewer = before_;
    fewer.rlim_cur = std::min<rlim_t>(before_.rlim_cur, 256);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &fewer) == 0);
    for (int file = 0; (file = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) taken_.push_back(file);
  }
  no_descriptors_left(const no_descriptors_left&) = delete;
  no_descriptors_left& operator=(const no_descriptors_left&) = delete;
  ~no_descriptors_left() {
    for (const int file : taken_) ::close(file);
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }

 private:
  rlimit before_{};
  std::vector<int> taken_;
};

void make_table(database& store) { must(store.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b)")); }

}  // namespace

TEST_CASE("values of every type come back as they went in") {
  const auto store = open_memory();
  make_table(*store);
  const std::vector<sql_value> values{std::monostate(),     std::int64_t{-7}, 1.5,
                                      std::string("text"),  std::string(),    std::string("a\0b", 3),
                                      sql_blob{0, 255, 39}, sql_blob{}};
  for (const sql_value& value : values) {
    const std::array<sql_value, 1> parameters{value};
    CHECK(must(store->execute("INSERT INTO t (b) VALUES (?)", parameters)) == 1);
  }
  const auto rows = must(store->query("SELECT b FROM t ORDER BY a"));
  REQUIRE(rows.size() == values.size());
  for (std::size_t i = 0; i < rows.size(); ++i) CHECK(rows[i].value(0) == values[i]);
  CHECK(rows.front().is_null(0));
  CHECK(rows.front().text(9).empty());
}

TEST_CASE("[NS-09] naughty strings are stored as they are") {
  const auto store = open_memory();
  make_table(*store);
  const auto strings = naughty_strings();
  for (const std::string& text : strings) {
    const std::array<sql_value, 1> parameters{text};
    must(store->execute("INSERT INTO t (b) VALUES (?)", parameters));
    CHECK(must(store->query("SELECT count(*) FROM t WHERE b = ?", parameters)).front().integer(0) >= 1);
  }
  const auto rows = must(store->query("SELECT b FROM t ORDER BY a"));
  REQUIRE(rows.size() == strings.size());
  for (std::size_t i = 0; i < rows.size(); ++i) CHECK(rows[i].text(0) == strings[i]);
}

TEST_CASE("[NS-09] one call runs one statement with exactly its values") {
  const auto store = open_memory();
  make_table(*store);
  const std::array<sql_value, 1> one{std::int64_t{1}};
  CHECK_FALSE(store->execute("DELETE FROM t; DROP TABLE t").has_value());
  CHECK_FALSE(store->execute("").has_value());
  CHECK_FALSE(store->execute("INSERT INTO t (b) VALUES (?)").has_value());
  CHECK_FALSE(store->execute("DELETE FROM t", one).has_value());
  CHECK_FALSE(store->execute("SELECT \"no such column\" FROM t").has_value());
  CHECK(count_rows(*store, "t") == 0);
}

TEST_CASE("a transaction that is not committed changes nothing") {
  const temporary_folder folder;
  const auto store = open_file(folder.file("db"));
  make_table(*store);
  {
    const auto transaction = must(store->begin(transaction_mode::write));
    must(transaction->execute("INSERT INTO t (b) VALUES (1)"));
  }
  CHECK(count_rows(*store, "t") == 0);
  {
    const auto transaction = must(store->begin(transaction_mode::write));
    must(transaction->execute("INSERT INTO t (b) VALUES (1)"));
    must(transaction->commit());
    CHECK_FALSE(transaction->execute("INSERT INTO t (b) VALUES (2)").has_value());
    CHECK_FALSE(transaction->commit().has_value());
  }
  CHECK(count_rows(*store, "t") == 1);
}

TEST_CASE("write transactions of many threads follow one another") {
  const temporary_folder folder;
  const auto store = open_file(folder.file("db"));
  make_table(*store);
  must(store->execute("INSERT INTO t (a, b) VALUES (1, 0)"));
  std::atomic<int> failures{0};
  run_together(16, [&](int) {
    for (int i = 0; i < 10; ++i) {
      auto transaction = store->begin(transaction_mode::write);
      if (!transaction) {
        ++failures;
        continue;
      }
      const auto rows = (*transaction)->query("SELECT b FROM t WHERE a = 1");
      const std::array<sql_value, 1> next{rows->front().integer(0) + 1};
      if (!(*transaction)->execute("UPDATE t SET b = ? WHERE a = 1", next) || !(*transaction)->commit()) ++failures;
    }
  });
  CHECK(failures == 0);
  CHECK(must(store->query("SELECT b FROM t WHERE a = 1")).front().integer(0) == 160);
}

TEST_CASE("a writer that waits too long is told so, and another process's lock counts") {
  const temporary_folder folder;
  const auto store = must(open_sqlite_database({folder.file("db"), 4, 50}));
  const auto other = must(open_sqlite_database({folder.file("db"), 4, 50}));
  make_table(*store);
  const auto held = must(store->begin(transaction_mode::write));
  CHECK(store->begin(transaction_mode::write).error().code == errc::unavailable);
  CHECK(other->begin(transaction_mode::write).error().code == errc::unavailable);
  CHECK(count_rows(*other, "t") == 0);
}

TEST_CASE("a database that is out of connections says so and recovers") {
  const temporary_folder folder;
  const auto store = must(open_sqlite_database({folder.file("db"), 1, 50}));
  {
    const auto reading = must(store->begin(transaction_mode::read));
    CHECK(store->query("SELECT 1").error().code == errc::unavailable);
  }
  CHECK(must(store->query("SELECT 1")).size() == 1);
}

TEST_CASE("[F-11] a process that has run out of descriptors goes on reading and writing") {
  const temporary_folder folder;
  const auto store = open_file(folder.file("db"));
  make_table(*store);
  const no_descriptors_left until_the_end;
  REQUIRE(::open("/dev/null", O_RDONLY | O_CLOEXEC) < 0);
  std::vector<std::unique_ptr<sql_transaction>> readers;
  for (int i = 0; i < 7; ++i) {
    readers.push_back(must(store->begin(transaction_mode::read)));
    CHECK(must(readers.back()->query("SELECT count(*) FROM t")).size() == 1);
  }
  CHECK(must(store->execute("INSERT INTO t (b) VALUES (1)")) == 1);
  CHECK(must(store->query("SELECT b FROM t")).size() == 1);
  CHECK(store->change_counter().has_value());
}

TEST_CASE("[F-01] the file is private, logged ahead and fully synchronised") {
  const temporary_folder folder;
  const auto store = open_file(folder.file("db"));
  make_table(*store);
  CHECK(must(store->query("PRAGMA journal_mode")).front().text(0) == "wal");
  CHECK(must(store->query("PRAGMA synchronous")).front().integer(0) == 2);
  CHECK(must(store->query("PRAGMA foreign_keys")).front().integer(0) == 1);
  for (const char* suffix : {"", "-wal", "-shm"}) {
    struct stat status {};
    REQUIRE(::stat((folder.file("db") + suffix).c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
  }
}

TEST_CASE("what is no database can't be opened") {
  const temporary_folder folder;
  CHECK_FALSE(open_sqlite_database({}).has_value());
  CHECK_FALSE(open_sqlite_database({folder.file("no/such/folder/db")}).has_value());
  {
    std::ofstream file(folder.file("text"));
    file << std::string(5'000, 'x');
  }
  CHECK_FALSE(open_sqlite_database({folder.file("text")}).has_value());
}

TEST_CASE("a visitor can end the reading, and its exception is an error") {
  const auto store = open_memory();
  make_table(*store);
  must(store->execute("INSERT INTO t (b) VALUES (1), (2), (3)"));
  int seen = 0;
  must(store->visit("SELECT b FROM t", {}, [&](const sql_row&) { return ++seen < 2; }));
  CHECK(seen == 2);
  CHECK_FALSE(store->visit("SELECT b FROM t", {}, [](const sql_row&) -> bool { throw std::runtime_error("x"); }));
  CHECK(count_rows(*store, "t") == 3);
}

TEST_CASE("migrations run once, in order, together or not at all") {
  const auto store = open_memory();
  constexpr std::array<std::string_view, 1> first{"CREATE TABLE one (a)"};
  constexpr std::array<std::string_view, 2> second{"CREATE TABLE two (a)", "INSERT INTO one VALUES (1)"};
  constexpr std::array<std::string_view, 2> broken{"CREATE TABLE three (a)", "CREATE TABLE one (a)"};
  const std::array<migration, 1> early{migration{"first", first}};
  const std::array<migration, 2> late{migration{"first", first}, migration{"second", second}};
  const std::array<migration, 3> failing{migration{"first", first}, migration{"second", second},
                                         migration{"third", broken}};
  must(migrate(*store, "test", early));
  must(migrate(*store, "test", late));
  must(migrate(*store, "test", late));
  CHECK(count_rows(*store, "one") == 1);
  CHECK_FALSE(migrate(*store, "test", failing).has_value());
  CHECK_FALSE(store->query("SELECT * FROM three").has_value());
  CHECK(migrate(*store, "test", early).error().code == errc::configuration_invalid);
}

TEST_CASE("any number of processes may migrate a new file at once") {
  const temporary_folder folder;
  constexpr std::array<std::string_view, 1> first{"CREATE TABLE one (a)"};
  const std::array<migration, 1> steps{migration{"first", first}};
  std::atomic<int> failures{0};
  run_together(8, [&](int) {
    const auto store = open_sqlite_database({folder.file("db"), 2, 10'000});
    if (!store || !migrate(**store, "test", steps)) ++failures;
  });
  CHECK(failures == 0);
}

TEST_CASE("a change watch reloads at first, when another connection wrote, and after a failure") {
  const temporary_folder folder;
  const auto store = open_file(folder.file("db"));
  const auto other = open_file(folder.file("db"));
  make_table(*store);
  change_watch watch(store, std::chrono::milliseconds(0));
  int loads = 0;
  bool fails = false;
  const auto reload = [&]() -> result<void> {
    ++loads;
    if (fails) return fail(errc::store_failed, "x");
    return {};
  };
  must(watch.check(reload));
  must(watch.check(reload));
  CHECK(loads == 1);
  must(other->execute("INSERT INTO t (b) VALUES (1)"));
  fails = true;
  CHECK_FALSE(watch.check(reload).has_value());
  CHECK_FALSE(watch.check(reload).has_value());
  fails = false;
  must(watch.check(reload));
  must(watch.check(reload));
  CHECK(loads == 4);
}

TEST_CASE("a database that is only looked at stays as it is, with nothing beside it", "[sql]") {
  const temporary_folder folder;
  const std::string path = folder.file("what? 100%#1.db");
  static constexpr std::array<std::string_view, 1> statements{"CREATE TABLE t (a)"};
  const migration steps[] = {{"first", statements}};
  const sqlite_options looking{.path = path, .is_read_only = true};
  CHECK_FALSE(open_sqlite_database(looking).has_value());
  CHECK_FALSE(std::filesystem::exists(path));
  {
    const auto written = must(open_sqlite_database({.path = path}));
    must(migrate(*written, "part", steps));
    must(written->execute("INSERT INTO t VALUES (1)"));
    // Beside a writer, whose last changes may be in its log alone.
    CHECK(count_rows(*must(open_sqlite_database(looking)), "t") == 1);
  }
  const auto files = [&] {
    return std::distance(std::filesystem::directory_iterator(folder.file("")), std::filesystem::directory_iterator());
  };
  const auto before = files();
  const auto looked = must(open_sqlite_database(looking));
  CHECK(count_rows(*looked, "t") == 1);
  CHECK_FALSE(looked->execute("INSERT INTO t VALUES (2)").has_value());
  CHECK(migrate(*looked, "part", steps).has_value());
  CHECK_FALSE(migrate(*looked, "other", steps).has_value());
  CHECK(files() == before);
}
