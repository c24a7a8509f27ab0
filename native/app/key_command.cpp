// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>

#include "commands.h"
#include "composition.h"
#include "environment.h"
#include "latchkey/native/crypto/hex.h"
#include "latchkey/native/crypto/random.h"
#include "latchkey/native/sessions/key_ring.h"
#include "latchkey/native/sessions/session_sealer.h"
#include "log.h"
#include "settings_arguments.h"

namespace latchkey::app {
namespace {

/** 256 bits. */
constexpr std::size_t secret_bytes = 32;

struct key_options {
  std::string file;
  std::size_t kept = 2;
};

/** The marks by which sealed cookies name their secret; they say nothing about the secret. */
result<std::vector<std::string>> key_ids(std::span<const std::string> secrets) {
  auto ring = native::key_ring::make(secrets);
  if (!ring) return fail(std::move(ring));
  const auto keys = (*ring)->keys_for(native::session_purpose);
  if (!keys) return tl::unexpected<error>(keys.error());
  std::vector<std::string> ids;
  for (const auto& key : *keys) ids.push_back(native::to_hex(key.id));
  return ids;
}

result<std::string> file_of(const key_options& options, const settings& all) {
  std::string file = options.file.empty() ? secret_file_of(all) : options.file;
  if (!file.empty()) return file;
  return fail(
      errc::configuration_invalid,
      "There is no file of secrets: name one with --file or session.secret_file (LATCHKEY_SECRET_FILE), or give "
      "--dev for the development secret.",
      "session.secret_file");
}

int generate(const key_options& options, const settings&) {
  const auto secret = native::random_id(secret_bytes);
  if (!secret) return report_failure(secret.error());
  if (options.file.empty()) {
    const auto shown = print(*secret + "\n");
    return shown ? exit_done : report_failure(shown.error());
  }
  std::error_code failed;
  if (std::filesystem::exists(options.file, failed)) {
    return report_failure(
        {errc::configuration_invalid,
         options.file + " exists; `latchkey key rotate --file " + options.file + "` adds a secret to it.", "file"});
  }
  if (const auto written = write_secret_file(options.file, std::span(&*secret, 1)); !written) {
    return report_failure(written.error());
  }
  const auto shown = print("wrote " + options.file + "\n");
  return shown ? exit_done : report_failure(shown.error());
}

/** On record where there is a store; a secret may be made before the first start. */
result<void> record_rotation(const settings& all, const std::string& id) {
  const auto opened = open_existing_stores(all);
  if (!opened && opened.error().code == errc::not_found) return {};
  if (!opened) return tl::unexpected<error>(opened.error());
  audit_event event;
  event.actor = {audit_actor_type::system, "cli", {}, {}, {}};
  event.action = "key.rotate";
  event.resource = audit_resource{"key", id, {}};
  return opened->audit->log(event);
}

int rotate(const key_options& options, const settings& all) {
  const auto file = file_of(options, all);
  if (!file) return report_failure(file.error());
  auto secrets = read_secret_file(*file);
  if (!secrets) return report_failure(secrets.error());
  auto fresh = native::random_id(secret_bytes);
  if (!fresh) return report_failure(fresh.error());
  secrets->insert(secrets->begin(), std::move(*fresh));
  secrets->resize(std::min(secrets->size(), options.kept + 1));
  const auto ids = key_ids(*secrets);
  if (!ids) return report_failure(ids.error());
  if (const auto logged = record_rotation(all, ids->front()); !logged) return report_failure(logged.error());
  if (const auto written = write_secret_file(*file, *secrets); !written) return report_failure(written.error());
  const std::size_t older = ids->size() - 1;
  const auto shown = print("key " + ids->front() + " seals new sessions, " + std::to_string(older) +
                           (older == 1 ? " older one still opens its own" : " older ones still open theirs") +
                           "\nrunning servers read " + *file + " again at SIGHUP: kill -HUP PID\n");
  return shown ? exit_done : report_failure(shown.error());
}

int list(const key_options& options, const settings& all) {
  const auto file = file_of(options, all);
  if (!file) return report_failure(file.error());
  const auto secrets = read_secret_file(*file);
  if (!secrets) return report_failure(secrets.error());
  const auto ids = key_ids(*secrets);
  if (!ids) return report_failure(ids.error());
  std::string lines;
  for (const auto& id : *ids) lines += id + (&id == &ids->front() ? "\tseals and opens\n" : "\topens\n");
  const auto shown = print(lines);
  return shown ? exit_done : report_failure(shown.error());
}

void choose(CLI::App* command, const std::shared_ptr<key_options>& options, action& chosen,
            int (*run)(const key_options&, const settings&)) {
  auto arguments = std::make_shared<settings_arguments>();
  arguments->add_common(*command);
  arguments->add_flag(*command, "--dev", "server.development", true, "The development secret in the data folder");
  command->add_option("--file", options->file, "File of secrets, one a line, the newest first");
  command->callback([arguments, options, &chosen, run] {
    chosen = [arguments, options, run] {
      const auto all = arguments->load();
      return all ? run(*options, *all) : report_usage(all.error(), "key");
    };
  });
}

}  // namespace

void add_key_command(CLI::App& root, action& chosen) {
  auto options = std::make_shared<key_options>();
  CLI::App* key = root.add_subcommand("key", "Makes, replaces and lists the secrets that seal sessions");
  key->require_subcommand(1);
  choose(key->add_subcommand("generate", "Prints a fresh secret, or writes it to a new file (mode 0600)"), options,
         chosen, generate);
  CLI::App* rotating =
      key->add_subcommand("rotate", "Puts a fresh secret in front; nobody is signed out while the old ones are kept");
  rotating->add_option("--keep", options->kept, "How many older secrets stay: 0 ends every session")
      ->check(CLI::Range(0, 15))
      ->capture_default_str();
  choose(rotating, options, chosen, rotate);
  choose(key->add_subcommand("list", "Lists the marks of the secrets, never the secrets"), options, chosen, list);
}

}  // namespace latchkey::app
