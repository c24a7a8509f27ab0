// SPDX-License-Identifier: Apache-2.0
#include "server_record.h"

#include <array>
#include <charconv>

#include "latchkey/native/sql/migrations.h"
#include "log.h"

namespace latchkey::app {
namespace {

constexpr std::array<std::string_view, 1> first_table{
    "CREATE TABLE latchkey_server (name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL)"};
constexpr std::array<native::migration, 1> steps{native::migration{"what a server tells", first_table}};

constexpr std::string_view in_memory = "memory";
constexpr std::string_view in_database = "database";

/** Server and database of a Redis; never its password. */
std::string address_of(std::string_view url) {
  if (const auto scheme = url.find("://"); scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  if (const auto user = url.rfind('@'); user != std::string_view::npos) url.remove_prefix(user + 1);
  return std::string(url);
}

/** `memory`, `database` or `redis` with its address. */
std::string sessions_place(const settings& all) {
  if (all.session.kind == session_kind::memory) return std::string(in_memory);
  if (all.redis_url.empty()) return std::string(in_database);
  const std::string prefix = all.redis_prefix == settings().redis_prefix ? "" : ", keys " + all.redis_prefix;
  return "redis " + address_of(all.redis_url) + prefix;
}

std::string describe(std::string_view place) {
  if (place == in_memory) return "in the server's own memory (session.provider = \"memory\")";
  if (place == in_database) return "in the database (session.provider = \"cookie\", no redis.url)";
  return "in Redis (redis.url, " + std::string(place.substr(place.find(' ') + 1)) + ")";
}

std::string_view kind_of(std::string_view place) { return place.substr(0, place.find(' ')); }

result<void> record(native::database& store, std::string_view name, std::string value) {
  const std::array<native::sql_value, 2> row{std::string(name), std::move(value)};
  const auto written = store.execute(
      "INSERT INTO latchkey_server (name, value) VALUES (?, ?) "
      "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      row);
  if (!written) return tl::unexpected<error>(written.error());
  return {};
}

}  // namespace

result<void> create_server_record(native::database& store) { return native::migrate(store, "server record", steps); }

result<void> record_sessions_place(native::database& store, const settings& all) {
  return record(store, "sessions", sessions_place(all));
}

result<std::int64_t> recorded_redis_state(native::database& store) {
  const auto rows = store.query("SELECT value FROM latchkey_server WHERE name = 'redis state'");
  if (!rows) return tl::unexpected<error>(rows.error());
  const std::string text = rows->empty() ? std::string() : rows->front().text(0);
  std::int64_t state = 0;
  std::from_chars(text.data(), text.data() + text.size(), state);
  return state;
}

result<void> record_redis_state(native::database& store, std::int64_t state) {
  return record(store, "redis state", std::to_string(state));
}

result<void> check_sessions_place(native::database& store, const settings& all) {
  const auto rows = store.query("SELECT value FROM latchkey_server WHERE name = 'sessions'");
  if (!rows) return tl::unexpected<error>(rows.error());
  const std::string ours = sessions_place(all);
  if (rows->empty() || rows->front().text(0) == ours) return {};
  const std::string theirs = rows->front().text(0);
  if (kind_of(theirs) == kind_of(ours)) {
    // A machine may well have two names.
    log_warning("sessions_elsewhere", "the server keeps its sessions " + describe(theirs) +
                                          ", this command looks for them " + describe(ours) +
                                          "; unless the two are one, no session is ended");
    return {};
  }
  return fail(errc::configuration_invalid,
              "The server of this database keeps its sessions " + describe(theirs) +
                  ", but by its own configuration this command would look for them " + describe(ours) +
                  ". Nothing was changed: give it the server's configuration, such as with --config.",
              "session.provider");
}

}  // namespace latchkey::app
