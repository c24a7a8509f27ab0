// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>

#include "commands.h"
#include "environment.h"
#include "key_rotation.h"
#include "latchkey/native/clock.h"
#include "latchkey/native/crypto/random.h"
#include "latchkey/session.h"
#include "log.h"
#include "secret_file.h"
#include "secret_marks.h"
#include "settings_arguments.h"

namespace latchkey::app {
namespace {

/** 256 bits. */
constexpr std::size_t secret_bytes = 32;

/** What was typed. */
struct key_options {
  key_rotation rotation;
  /** `--dev`: the development secret, and no other. */
  bool is_own = false;
};

int generate(const std::string& file) {
  const auto secret = native::random_id(secret_bytes);
  if (!secret) return report_failure(secret.error());
  if (file.empty()) {
    const auto shown = print(*secret + "\n");
    return shown ? exit_done : report_failure(shown.error());
  }
  std::error_code failed;
  if (std::filesystem::exists(file, failed)) {
    return report_failure({errc::configuration_invalid,
                           file + " exists; `latchkey key rotate --file " + file + "` adds a secret to it.", "file"});
  }
  const dated_secret dated{*secret, {native::system_clock_ms(), {}}};
  if (const auto written = write_dated_secrets(file, std::span(&dated, 1)); !written) {
    return report_failure(written.error());
  }
  const auto shown = print("wrote " + file + "\n");
  return shown ? exit_done : report_failure(shown.error());
}

/** `--dev` names the secret of the data folder: with another one set up, which of them is meant can't be known. */
result<void> check_own(const key_options& options, const settings& all) {
  if (!options.is_own) return {};
  const std::string other = variable("LATCHKEY_SECRET") ? "LATCHKEY_SECRET is set"
                            : all.session.secret_file.empty()
                                ? ""
                                : "session.secret_file (LATCHKEY_SECRET_FILE) names " + all.session.secret_file;
  if (other.empty()) return {};
  return fail(errc::configuration_invalid,
              "--dev means the development secret in the data folder, but " + other + ": leave out one of the two.",
              "session.secret_file");
}

result<std::string> file_of(const key_options& options, const settings& all) {
  std::string file = options.rotation.file.empty() ? secret_file_of(all) : options.rotation.file;
  if (!file.empty()) return file;
  return fail(
      errc::configuration_invalid,
      "There is no file of secrets: name one with --file or session.secret_file (LATCHKEY_SECRET_FILE), or give "
      "--dev for the development secret.",
      "session.secret_file");
}

int rotate(const key_options& options, const settings& all) {
  key_rotation wanted = options.rotation;
  auto file = file_of(options, all);
  if (!file) return report_failure(file.error());
  wanted.file = std::move(*file);
  return rotate_key(wanted, all);
}

/** A file that was made by hand, or by an older version, has no dates. */
std::string describe_dates(const secret_dates& dates) {
  const std::string until =
      dates.sealed_until_ms ? ", sealed until " + to_iso_time(*dates.sealed_until_ms) : std::string();
  if (!dates.made_ms) return "made at an unknown time" + until;
  constexpr std::int64_t day_ms = 86'400'000;
  const std::int64_t days = std::max<std::int64_t>(0, native::system_clock_ms() - *dates.made_ms) / day_ms;
  return "made " + to_iso_time(*dates.made_ms) + " (" + std::to_string(days) + (days == 1 ? " day" : " days") +
         " ago)" + until;
}

int list(const key_options& options, const settings& all) {
  const auto file = file_of(options, all);
  if (!file) return report_failure(file.error());
  const auto secrets = read_dated_secrets(*file);
  if (!secrets) return report_failure(secrets.error());
  std::vector<std::string> texts;
  for (const auto& one : *secrets) texts.push_back(one.secret);
  const auto marks = marks_of(texts);
  if (!marks) return report_failure(marks.error());
  std::string lines;
  for (std::size_t i = 0; i < marks->size(); ++i) {
    lines += (*marks)[i] + (i == 0 ? "\tseals and opens\t" : "\topens\t") + describe_dates((*secrets)[i].dates) + "\n";
  }
  const auto shown = print(lines);
  return shown ? exit_done : report_failure(shown.error());
}

/** The options that say where the secrets are, and what is done with them. */
void choose(CLI::App* command, const std::shared_ptr<key_options>& options, action& chosen,
            int (*run)(const key_options&, const settings&)) {
  auto arguments = std::make_shared<settings_arguments>();
  arguments->add_common(*command);
  arguments->add_flag(*command, "--dev", "server.development", true, "The development secret in the data folder");
  command->add_option("--file", options->rotation.file, "File of secrets, one a line, the newest first")
      ->excludes("--dev");
  command->callback([arguments, options, &chosen, run, command] {
    options->is_own = command->count("--dev") > 0;
    chosen = [arguments, options, run] {
      const auto all = arguments->load();
      if (!all) return report_usage(all.error(), "key");
      if (const auto checked = check_own(*options, *all); !checked) return report_usage(checked.error(), "key");
      return run(*options, *all);
    };
  });
}

void add_generate(CLI::App& key, action& chosen) {
  auto file = std::make_shared<std::string>();
  CLI::App* command = key.add_subcommand("generate", "Prints a fresh secret, or writes it to a new file (mode 0600)");
  command->add_option("--file", *file, "The new file");
  command->callback([file, &chosen] { chosen = [file] { return generate(*file); }; });
}

}  // namespace

void add_key_command(CLI::App& root, action& chosen) {
  auto options = std::make_shared<key_options>();
  CLI::App* key = root.add_subcommand("key", "Makes, replaces and lists the secrets that seal sessions");
  key->require_subcommand(1);
  add_generate(*key, chosen);
  CLI::App* rotating =
      key->add_subcommand("rotate", "Puts a fresh secret in front; nobody is signed out while the old ones are kept");
  rotating
      ->add_option("--keep", options->rotation.kept,
                   "How many older secrets stay: 0 ends every session. What is dropped is named, and refused while "
                   "sessions of it may live, but for 0")
      ->check(CLI::Range(0, 15))
      ->capture_default_str();
  rotating->add_flag("--force", options->rotation.is_forced,
                     "Drops secrets whose sessions may live as well: those end");
  choose(rotating, options, chosen, rotate);
  rotating
      ->add_flag("--stage", options->rotation.is_staged,
                 "For several nodes: puts the fresh secret behind the first, where it opens and doesn't seal")
      ->excludes("--keep");
  rotating
      ->add_option("--promote", options->rotation.promoted,
                   "For several nodes, when all have read a staged secret: puts the one with this mark in front")
      ->excludes("--stage");
  CLI::App* listing = key->add_subcommand("list", "Lists the marks and dates of the secrets, never the secrets");
  choose(listing, options, chosen, list);
  // They would say nothing: the file alone is looked at, and nothing is put on record.
  listing->get_option("--file")->excludes("--data")->excludes("--config");
}

}  // namespace latchkey::app
