// SPDX-License-Identifier: Apache-2.0
#include "store_file.h"

#include <fstream>

#include "composition.h"
#include "support.h"

using namespace latchkey;
using namespace latchkey::app;
using namespace latchkey::testing;

TEST_CASE("a file that lost what it held is told from one that is new", "[store]") {
  temporary_folder folder;
  const std::string path = folder.file("a.db");
  CHECK(check_store_file(path).has_value());
  std::ofstream(path + "-wal") << "log";
  CHECK(check_store_file(path).error().message.find("is missing, but its log") != std::string::npos);
  std::filesystem::remove(path + "-wal");
  std::ofstream(path).close();
  CHECK(check_store_file(path).has_value());
  {
    const auto made = open_file(path);
    must(made->execute("CREATE TABLE a (b)"));
    // As a copy of the file alone has it, before anything went from the log into it.
    std::filesystem::copy_file(path, folder.file("copy.db"));
    CHECK(check_store_file(path).has_value());
  }
  CHECK(check_store_file(path).has_value());
  const auto hollow = check_store_file(folder.file("copy.db"));
  REQUIRE_FALSE(hollow.has_value());
  CHECK(hollow.error().code == errc::store_failed);
  CHECK(hollow.error().message.find("is a database without any table") != std::string::npos);
}

TEST_CASE("a store that was just made is whole without its log", "[store]") {
  temporary_folder folder;
  settings all;
  all.server.data = folder.file("data");
  const auto opened = must(open_stores(all));
  const std::string copy = folder.file("copy.db");
  std::filesystem::copy_file(must(database_path(all)), copy);
  const auto copied = open_file(copy);
  CHECK(must(copied->query("SELECT count(*) FROM latchkey_migration")).front().integer(0) > 5);
}

TEST_CASE("components of a newer version are refused, those of a host are not", "[store]") {
  temporary_folder folder;
  settings all;
  all.server.data = folder.file("data");
  const std::string path = must(database_path(all));
  const auto add = [&](const std::string& component) {
    must(open_file(path)->execute("INSERT INTO latchkey_migration VALUES (?, 1, 'first')",
                                  std::array<native::sql_value, 1>{component}));
  };
  {
    const auto opened = must(open_stores(all));
    // All that any configuration makes.
    must(open_revocations(opened));
  }
  add("example.notes");
  CHECK(open_stores(all).has_value());
  add("passkeys");
  const auto refused = open_stores(all);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::configuration_invalid);
  CHECK(refused.error().message.find("\"passkeys\", which this version of Latchkey does not know") !=
        std::string::npos);
}

TEST_CASE("network file systems are told by their type", "[store]") {
  CHECK(network_file_system_of_type(0x6969) == "NFS");
  CHECK(network_file_system_of_type(0xff534d42) == "CIFS");
  CHECK(network_file_system_of_type(0xffffffffff534d42) == "CIFS");  // as a signed type gives it
  CHECK(network_file_system_of_type(0xef53).empty());                // ext4
  CHECK(to_size_text(12 * 1024) == "12 KiB");
  CHECK(to_size_text(std::uint64_t{340} * 1024 * 1024) == "340 MiB");
  CHECK(to_size_text(std::uint64_t{80} * 1024 * 1024 * 1024) == "80 GiB");
  CHECK(free_bytes("/").has_value());
  CHECK_FALSE(free_bytes("/no/such/folder").has_value());
}
