// SPDX-License-Identifier: Apache-2.0
#include "store_file.h"

#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <thread>

#include "latchkey/native/sql/sqlite_database.h"

#ifdef __linux__
#include <sys/vfs.h>
#endif

namespace latchkey::app {
namespace {

namespace fs = std::filesystem;

/** All that this version calls `migrate` for, in whatever configuration. */
constexpr std::array<std::string_view, 9> known_components{
    "accounts", "account origins", "acl", "audit", "one-time", "roles", "server record", "session list", "sessions"};

bool is_known(const std::string& component) {
  // A program with more tables in the same database, such as one that the C++ library is part of.
  if (component.find('.') != std::string::npos) return true;
  return std::find(known_components.begin(), known_components.end(), component) != known_components.end();
}

/** Whether the file is a database that holds nothing and has no log beside it. What can't be read is none. */
bool is_hollow(const std::string& path) {
  std::error_code failed;
  if (fs::exists(path + "-wal", failed) || fs::file_size(path, failed) == 0 || failed) return false;
  native::sqlite_options options;
  options.path = path;
  options.max_connections = 1;
  options.is_read_only = true;
  const auto opened = native::open_sqlite_database(options);
  if (!opened) return false;
  const auto rows = (*opened)->query("SELECT count(*) FROM sqlite_master");
  return rows && !rows->empty() && rows->front().integer(0) == 0;
}

}  // namespace

result<void> check_store_file(const std::string& path) {
  std::error_code failed;
  if (!fs::exists(path, failed)) {
    if (failed || !fs::exists(path + "-wal", failed)) return {};
    return fail(errc::store_failed,
                path + " is missing, but its log " + path +
                    "-wal is there: put the database back beside it, or move the log away to begin anew.",
                "store.url");
  }
  // Another first start of the same moment may be between making the file and making its log.
  constexpr int looks = 20;
  constexpr std::chrono::milliseconds pause{25};
  for (int look = 0; is_hollow(path); ++look) {
    if (look == looks) {
      return fail(errc::store_failed,
                  path + " is a database without any table, as a copy of it without its log is: put " + path +
                      "-wal of the same moment beside it, restore a whole backup, or move the file away to begin anew.",
                  "store.url");
    }
    std::this_thread::sleep_for(pause);
  }
  return {};
}

result<void> check_components(native::database& store, const std::string& path) {
  const auto rows = store.query("SELECT DISTINCT component FROM latchkey_migration ORDER BY component");
  // Without that table there is nothing of ours yet.
  if (!rows) return {};
  for (const auto& row : *rows) {
    const std::string component = row.text(0);
    if (is_known(component)) continue;
    return fail(errc::configuration_invalid,
                path + " has the tables \"" + component +
                    "\", which this version of Latchkey does not know: update this program, or use another database.",
                "store.url");
  }
  return {};
}

std::string describe_new_store(native::database& store, const std::string& path) {
  const auto rows = store.query(
      "SELECT count(*), coalesce(sum(name = 'latchkey_migration'), 0) FROM sqlite_master WHERE type = 'table'");
  if (!rows || rows->empty() || rows->front().integer(1) > 0) return {};
  return path + (rows->front().integer(0) == 0
                     ? " is empty: this is a new installation, without any account"
                     : " has no table of Latchkey: this is a new installation beside the tables there");
}

std::optional<std::uint64_t> free_bytes(const std::string& path) {
  struct statvfs found {};
  if (::statvfs(path.c_str(), &found) != 0 || found.f_blocks == 0) return std::nullopt;
  // A part of the disk may be kept for root.
  const auto blocks = ::geteuid() == 0 ? found.f_bfree : found.f_bavail;
  return static_cast<std::uint64_t>(blocks) * found.f_frsize;
}

std::string to_size_text(std::uint64_t bytes) {
  constexpr std::array<const char*, 3> units{" KiB", " MiB", " GiB"};
  std::uint64_t size = bytes / 1024;
  std::size_t unit = 0;
  for (; size >= 10'240 && unit + 1 < units.size(); ++unit) size /= 1024;
  return std::to_string(size) + units[unit];
}

std::string network_file_system_of_type(std::uint64_t type) {
  struct known_type {
    std::uint64_t type;
    const char* name;
  };
  constexpr std::array<known_type, 9> known{{{0x6969, "NFS"},
                                             {0x517b, "SMB"},
                                             {0xfe534d42, "SMB"},
                                             {0xff534d42, "CIFS"},
                                             {0x00c36400, "Ceph"},
                                             {0x5346414f, "AFS"},
                                             {0x6b414653, "AFS"},
                                             {0x0bd00bd0, "Lustre"},
                                             {0x47504653, "GPFS"}}};
  for (const auto& one : known) {
    if (one.type == (type & 0xffffffffU)) return one.name;
  }
  return {};
}

std::string network_file_system([[maybe_unused]] const std::string& path) {
#ifdef __linux__
  struct statfs found {};
  if (::statfs(path.c_str(), &found) == 0) return network_file_system_of_type(static_cast<std::uint64_t>(found.f_type));
#endif
  return {};
}

}  // namespace latchkey::app
