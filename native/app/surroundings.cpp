// SPDX-License-Identifier: Apache-2.0
#include "surroundings.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "composition.h"
#include "latchkey/native/mail/smtp_mailer.h"
#include "latchkey/native/server/http_host.h"
#include "log.h"
#include "open_files.h"
#include "readiness.h"
#include "server_config.h"
#include "store_file.h"

namespace latchkey::app {
namespace {

namespace fs = std::filesystem;

constexpr mode_t others_write = S_IWGRP | S_IWOTH;
constexpr mode_t others_all = S_IRWXG | S_IRWXO;
constexpr std::uint64_t little_room = std::uint64_t{200} * 1024 * 1024;

std::string octal(mode_t mode) {
  std::string digits = "0";
  for (const unsigned shift : {6U, 3U, 0U}) digits += static_cast<char>('0' + ((mode >> shift) & 7U));
  return digits;
}

/** Warns when the file or folder is there and has any of these bits. */
void look_at_mode(std::string_view what, const std::string& path, mode_t forbidden, const std::string& advice,
                  findings& found) {
  struct stat seen {};
  if (path.empty() || ::stat(path.c_str(), &seen) != 0 || (seen.st_mode & forbidden) == 0) return;
  found.doubtful(what, path + " has the mode " + octal(seen.st_mode) + ": " + advice);
}

/** Whether the file itself holds a password, as opposed to the environment. */
bool has_passwords(const std::string& config) {
  const auto given = read_settings_file(config);
  if (!given) return false;
  return std::any_of(given->begin(), given->end(), [](const given_setting& one) {
    const auto* text = std::get_if<std::string>(&one.value);
    const bool is_address = (one.section == "redis" || one.section == "mail") && one.name == "url";
    return is_address && text != nullptr && text->find('@') != std::string::npos;
  });
}

/** The nearest folder above that is there: the data folder may be yet to be made. */
std::string existing(const std::string& folder) {
  std::error_code failed;
  fs::path nearest = fs::absolute(folder, failed).lexically_normal();
  while (!fs::exists(nearest, failed) && nearest != nearest.root_path()) nearest = nearest.parent_path();
  return nearest.string();
}

/** One option of Redis's own configuration; nothing where it may not be asked. */
std::optional<std::string> redis_option(native::redis_client& redis, std::string_view name) {
  const auto reply = redis.command(std::array<std::string_view, 3>{"CONFIG", "GET", name});
  if (!reply || reply->list().size() < 2) return std::nullopt;
  return std::string(reply->at(1).text());
}

void look_at_redis_options(native::redis_client& redis, findings& found) {
  const auto policy = redis_option(redis, "maxmemory-policy");
  const auto log = redis_option(redis, "appendonly");
  const auto snapshots = redis_option(redis, "save");
  if (!policy || !log || !snapshots) {
    return found.doubtful("redis",
                          "its options may not be read (CONFIG GET): see that it has maxmemory-policy noeviction and "
                          "appendonly yes, for all sessions are there");
  }
  if (*policy != "noeviction") {
    found.doubtful("redis", "maxmemory-policy is " + *policy +
                                ": when memory is short it drops sessions and counted attempts; set noeviction");
  }
  if (*log != "yes") {
    const std::string kept = snapshots->empty() ? "it keeps nothing on disk, so a restart of Redis ends every session"
                                                : "only snapshots are kept (save " + *snapshots +
                                                      "), so a crash of Redis ends the sessions since the last one";
    found.doubtful("redis", kept + "; set appendonly yes");
  }
}

}  // namespace

void look_at_disk(const settings& all, findings& found) {
  const std::string folder = existing(all.server.data);
  if (const auto kind = network_file_system(folder); !kind.empty()) {
    found.doubtful("disk", folder + " is on a network file system (" + kind +
                               "): SQLite's log must not be shared over one, and several nodes need one host; put "
                               "server.data on a disk of this machine");
  }
  const auto room = free_bytes(folder);
  if (!room) return;
  if (*room < least_free_bytes) {
    return found.bad("disk",
                     folder + " is full, " + to_size_text(*room) + " are left: nobody could sign in; make room");
  }
  if (*room < little_room)
    return found.doubtful("disk", folder + " has only " + to_size_text(*room) + " left; make room");
  found.good("disk", to_size_text(*room) + " free in " + folder);
}

void look_at_modes(const settings& all, const std::string& config, findings& found) {
  look_at_mode("data", all.server.data, others_write, "other users can replace what is in it; chmod 0700", found);
  if (const auto path = database_path(all)) {
    look_at_mode("store", *path, others_all, "other users can read or change the accounts; chmod 0600", found);
  }
  look_at_mode("metrics", all.server.metrics_token_file, S_IWGRP | S_IRWXO,
               "other users can read or change the token; chmod 0600", found);
  if (!config.empty() && has_passwords(config)) {
    look_at_mode("settings", config, S_IWGRP | S_IRWXO,
                 "other users can read or change the passwords in it; chmod 0600, or set them in the environment",
                 found);
  }
}

void look_at_descriptors(findings& found) {
  const std::size_t wanted = native::http_host_options().max_connections;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const auto hard = static_cast<std::size_t>(std::min<rlim_t>(limit.rlim_max, wanted + reserved_files));
  const auto connections = connections_within(hard, wanted);
  if (!connections) return found.bad("files", connections.error().message);
  if (*connections < wanted) {
    return found.doubtful("files", "the limit of open files here is " + std::to_string(limit.rlim_max) + ": at most " +
                                       std::to_string(*connections) +
                                       " connections at once; raise it (`ulimit -n`, or LimitNOFILE of systemd)");
  }
  found.good("files", std::to_string(*connections) + " connections at once");
}

void look_at_redis(native::redis_client& redis, const settings& all, findings& found) {
  const auto reply = redis.command(std::array<std::string_view, 1>{"PING"});
  if (!reply) {
    std::string reason = describe_redis_failure(reply.error());
    reason.pop_back();  // the full stop
    return found.bad("redis", reason.ends_with("redis.url") ? reason : reason + "; start it, or mend redis.url");
  }
  const std::string key = all.redis_prefix + "probe";
  const auto written = redis.command(std::array<std::string_view, 5>{"SET", key, "1", "PX", "10000"});
  if (!written) return found.bad("redis", "it answers, but takes no keys: " + written.error().message);
  found.good("redis", "answers and takes keys");
  look_at_redis_options(redis, found);
}

void look_at_mail(const settings& all, findings& found) {
  if (all.mail.url.empty()) return;
  native::smtp_options options{.url = all.mail.url, .from = all.mail.from};
  options.connect_timeout = std::chrono::milliseconds(3'000);
  options.timeout = std::chrono::milliseconds(5'000);
  const auto mailer = native::smtp_mailer::make(std::move(options));
  // What is wrong with the setting itself is found where the server is built.
  if (!mailer) return;
  if (const auto greeted = (*mailer)->greet(); !greeted) {
    return found.bad("mail", greeted.error().message + " Start it, or mend mail.url.");
  }
  found.good("mail", "the server of mail.url greets and takes the sign-in, if there is one");
}

std::vector<std::string> find_exposures(const settings& all) {
  std::vector<std::string> exposed;
  const auto& server = all.server;
  const bool is_everywhere = server.host == "0.0.0.0" || server.host == "::" || server.host == "[::]";
  if (is_everywhere) {
    exposed.push_back(
        "server.host is " + server.host +
        ": plain http for everybody who can reach this machine, past any proxy; listen on 127.0.0.1 or on "
        "the address that the proxy uses");
  }
  constexpr std::int64_t recommended = 15;
  const bool is_open = all.credentials.is_enabled && all.credentials.is_sign_up_enabled;
  if (!server.is_development && is_open && all.credentials.min_password < recommended) {
    exposed.push_back("strangers may make accounts (credentials.sign_up) with passwords of " +
                      std::to_string(all.credentials.min_password) +
                      " characters: close sign-up with --no-sign-up, or set credentials.min_password to 15");
  }
  return exposed;
}

}  // namespace latchkey::app
