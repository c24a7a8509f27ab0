// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>

#include "composition.h"
#include "findings.h"
#include "first_owner.h"
#include "latchkey/native/clock.h"
#include "latchkey/native/sql/sqlite_database.h"
#include "latchkey/session.h"
#include "private_file.h"
#include "roles_file.h"
#include "server_config.h"
#include "store_file.h"

namespace latchkey::app {
namespace {

namespace fs = std::filesystem;

/** Which step of its tables each part is at. */
using schema = std::map<std::string, std::int64_t>;

result<std::shared_ptr<native::database>> open_read_only(const std::string& path) {
  native::sqlite_options options;
  options.path = path;
  options.is_read_only = true;
  return native::open_sqlite_database(options);
}

result<bool> has_table(native::database& store, const std::string& name) {
  const auto rows = store.query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND (name = ? OR ? = '')",
                                std::array<native::sql_value, 2>{name, name});
  if (!rows) return tl::unexpected<error>(rows.error());
  return !rows->empty();
}

result<schema> read_schema(native::database& store) {
  const auto rows = store.query("SELECT component, max(version) FROM latchkey_migration GROUP BY component");
  if (!rows) return tl::unexpected<error>(rows.error());
  schema steps;
  for (const auto& row : *rows) steps[row.text(0)] = row.integer(1);
  return steps;
}

/** What a database that this version makes is at. */
result<schema> needed_schema(const settings& all) {
  settings plain;
  plain.roles.preset = all.roles.preset;
  native::sqlite_options options;
  options.path = ":memory:";
  const auto fresh = native::open_sqlite_database(options);
  if (!fresh) return tl::unexpected<error>(fresh.error());
  const auto opened = open_parts(plain, *fresh);
  if (!opened) return tl::unexpected<error>(opened.error());
  return read_schema(**fresh);
}

/** Whether the database has what this version needs; otherwise says what it is. */
bool is_current(native::database& store, const settings& all, const std::string& path, findings& found) {
  const auto is_ours = has_table(store, "latchkey_migration");
  const auto has_any = has_table(store, "");
  if (!is_ours || !has_any) {
    found.bad("store", path + ": " + (is_ours ? has_any : is_ours).error().message);
    return false;
  }
  if (!*is_ours) {
    if (const auto fits = native::sql_accounts::check_layout(store); !fits) {
      found.bad("store", path + ": " + fits.error().message);
      return false;
    }
    found.doubtful("store",
                   path + (*has_any ? " is no Latchkey database: the first start adds its tables to the others "
                                      "there; if it is not meant to, mend store.url"
                                    : " is empty, no Latchkey database yet: the first start makes its tables"));
    return false;
  }
  if (const auto known = check_components(store, path); !known) {
    found.bad("store", known.error().message);
    return false;
  }
  const auto present = read_schema(store);
  const auto needed = needed_schema(all);
  if (!present || !needed) {
    found.bad("store", path + ": " + (present ? needed : present).error().message);
    return false;
  }
  std::int64_t has = 0;
  std::int64_t needs = 0;
  for (const auto& [part, step] : *needed) {
    const auto known = present->find(part);
    const std::int64_t reached = known == present->end() ? 0 : known->second;
    if (reached > step) {
      found.bad("store", path + " was made by a newer version of Latchkey: update this program");
      return false;
    }
    has += reached;
    needs += step;
  }
  if (has == needs) return true;
  found.doubtful("store", path + " has schema " + std::to_string(has) + ", this version needs " +
                              std::to_string(needs) + ": the next start changes it; keep a copy");
  return false;
}

/** A clock that runs behind what is on record would let ended sessions live and order new events before old ones. */
void look_at_clock(const stores& opened, findings& found) {
  const std::int64_t now = native::system_clock_ms();
  const auto newest = opened.audit->query({}, {1, 0});
  if (!newest) return found.bad("clock", newest.error().message);
  const std::int64_t last = newest->events.empty() ? 0 : newest->events.front().timestamp_ms;
  if (last > now + 60'000) {
    return found.bad("clock", "it is " + to_iso_time(now) + ", but the newest audit event is of " + to_iso_time(last) +
                                  "; set the clock (NTP)");
  }
  found.good("clock", to_iso_time(now));
}

using role_list = std::optional<std::vector<role_definition>>;

role_list look_at_roles_in(const settings& all, const stores& opened, findings& found) {
  auto roles = opened.roles->role_definitions();
  if (!all.roles.file.empty()) {
    roles = read_roles_file(all.roles.file);
    const auto taken = roles ? opened.roles->check_roles_replacement(*roles) : result<void>();
    if (!taken) found.bad("roles", all.roles.file + ": " + taken.error().message);
  }
  if (!roles) {
    found.bad("roles", roles.error().message);
    return std::nullopt;
  }
  if (const auto checked = check_default_role(all, *roles); !checked) found.bad("roles", checked.error().message);
  return std::move(*roles);
}

void look_for_owner(const settings& all, const stores& opened, bool has_accounts, findings& found) {
  const auto has_owner = opened.roles->has_owner();
  const auto roles = opened.roles->role_definitions();
  if (!has_owner) return found.bad("accounts", has_owner.error().message);
  // What is wrong with the roles is found where they are looked at.
  if (*has_owner || !roles) return;
  const std::string command = "nobody is owner: " + owner_command(*roles);
  const bool has_code = offers_setup_code(all, *roles) && !(all.server.is_development && !has_accounts);
  found.doubtful("accounts", has_code ? command + ", or sign up with the set-up code that serve prints" : command);
}

result<role_list> look_into(const settings& all, const std::string& path, findings& found) {
  const auto database = open_read_only(path);
  if (!database) return tl::unexpected<error>(database.error());
  if (!is_current(**database, all, path, found)) return role_list();
  settings without_redis = all;
  without_redis.redis_url.clear();
  const auto opened = open_parts(without_redis, *database);
  if (!opened) return tl::unexpected<error>(opened.error());
  const auto accounts = opened->accounts->count();
  if (!accounts) return tl::unexpected<error>(accounts.error());
  found.good("store", path + ", " + std::to_string(*accounts) + (*accounts == 1 ? " account" : " accounts"));
  look_for_owner(all, *opened, *accounts > 0, found);
  look_at_clock(*opened, found);
  return look_at_roles_in(all, *opened, found);
}

/** Whether files could be made in a folder, which may be missing itself; says why not. */
bool is_usable(const std::string& what, const fs::path& folder, findings& found) {
  std::error_code failed;
  fs::path nearest = fs::absolute(folder, failed).lexically_normal();
  while (!fs::exists(nearest, failed) && nearest != nearest.root_path()) nearest = nearest.parent_path();
  if (!fs::is_directory(nearest, failed)) {
    found.bad(what, folder.string() + " can't be made: " + nearest.string() + " is no folder");
    return false;
  }
  if (::faccessat(AT_FDCWD, nearest.c_str(), W_OK | X_OK, AT_EACCESS) == 0) return true;
  const int reason = errno;
  found.bad(what, nearest.string() + " can't be written: " + std::strerror(reason) +
                      "; give it to whom the server runs as, or run this as them");
  return false;
}

}  // namespace

role_list look_at_store(const settings& all, findings& found) {
  const auto path = database_path(all);
  if (!path) {
    found.bad("store", path.error().message);
    return std::nullopt;
  }
  const fs::path folder = fs::path(*path).parent_path();
  std::error_code failed;
  const bool is_in_data = (folder / "").lexically_normal() == (fs::path(all.server.data) / "").lexically_normal();
  const bool is_kept = is_usable("data", all.server.data, found);
  if (!is_in_data && !fs::is_directory(folder, failed)) {
    // Only the data folder is made at the start.
    found.bad("store", *path + " can't be made: there is no folder " + folder.string() + "; mend store.url");
    return std::nullopt;
  }
  if (!is_kept || (!is_in_data && !is_usable("store", folder, found))) return std::nullopt;
  if (const auto whole = check_store_file(*path); !whole) {
    found.bad("store", whole.error().message);
    return std::nullopt;
  }
  if (!fs::exists(*path, failed)) {
    found.doubtful("store", "no database yet; the first start makes " + *path);
    return std::nullopt;
  }
  if (const auto usable = check_writable(*path); !usable) {
    found.bad("store", usable.error().message);
    return std::nullopt;
  }
  auto roles = look_into(all, *path, found);
  if (roles) return std::move(*roles);
  found.bad("store", *path + ": " + roles.error().message);
  return std::nullopt;
}

}  // namespace latchkey::app
