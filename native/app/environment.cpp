// SPDX-License-Identifier: Apache-2.0
#include "environment.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "latchkey/base64url.h"
#include "latchkey/native/clock.h"
#include "latchkey/native/crypto/ed25519.h"
#include "latchkey/native/crypto/random.h"
#include "log.h"
#include "private_file.h"
#include "secret_file.h"
#include "small_file.h"

namespace latchkey::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t secret_bytes = 32;
constexpr std::size_t secret_file_max_lines = 16;
constexpr std::size_t secret_file_max_bytes = std::size_t{64} * 1024;

bool is_readable_by_others(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 && (found.st_mode & (S_IRWXG | S_IRWXO)) != 0;
}

/** The development secret's place. */
std::string own_secret_file(const settings& all) { return (fs::path(all.server.data) / "secret").string(); }

/** Makes the development secret unless there is one. Of two first starts at once one wins, and both use its secret. */
result<std::string> ensure_own_secret(const settings& all) {
  if (auto prepared = prepare_folder(all.server.data); !prepared) return fail(std::move(prepared));
  const std::string path = own_secret_file(all);
  if (fs::exists(path)) return std::string();
  auto fresh = native::random_id(secret_bytes);
  if (!fresh) return fail(std::move(fresh));
  if (auto written = write_private_file(path, *fresh + "\n", new_file::keeps_existing); !written)
    return fail(std::move(written));
  return "development mode: a new secret is kept in " + path;
}

}  // namespace

std::optional<std::string> variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
}

std::string secret_file_of(const settings& all) {
  if (!all.session.secret_file.empty()) return all.session.secret_file;
  return all.server.is_development && !variable("LATCHKEY_SECRET") ? own_secret_file(all) : std::string();
}

result<std::vector<std::string>> read_secret_file(const std::string& path, std::string_view what) {
  const std::string name = "The " + std::string(what) + " " + path + " ";
  const auto text = read_small_file(path, secret_file_max_bytes);
  if (!text) return fail(errc::configuration_invalid, name + text.error().message + ".", "session.secret_file");
  std::vector<std::string> secrets;
  std::istringstream stream(*text);
  for (std::string line; std::getline(stream, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty() && !parse_dates_line(line)) secrets.push_back(std::move(line));
  }
  if (secrets.empty()) return fail(errc::configuration_invalid, name + "is empty.", "session.secret_file");
  if (secrets.size() <= secret_file_max_lines) return secrets;
  return fail(errc::configuration_invalid,
              name + "has more than " + std::to_string(secret_file_max_lines) + " lines, too many to be one.",
              "session.secret_file");
}

result<secret_setting> find_secrets(const settings& all) {
  auto given = variable("LATCHKEY_SECRET");
  const std::string path = secret_file_of(all);
  if (given && !path.empty()) {
    return fail(
        errc::configuration_invalid,
        "LATCHKEY_SECRET and session.secret_file (LATCHKEY_SECRET_FILE) are both set; keep the one that is meant "
        "and unset the other.",
        "session.secret_file");
  }
  if (given) return secret_setting{{std::move(*given)}, {}, {}};
  if (path.empty()) {
    return fail(
        errc::configuration_invalid,
        "No secret: set LATCHKEY_SECRET, or LATCHKEY_SECRET_FILE to a file that holds it. `latchkey key generate` "
        "makes one. For development, --dev needs none.",
        "session.secret_file");
  }
  secret_setting setting;
  const bool is_own = all.session.secret_file.empty();
  if (is_own) {
    auto note = ensure_own_secret(all);
    if (!note) return fail(std::move(note));
    if (!note->empty()) setting.notes.push_back(std::move(*note));
  }
  auto secrets = read_secret_file(path);
  if (!secrets) return fail(std::move(secrets));
  setting.secrets = std::move(*secrets);
  if (!is_readable_by_others(path)) return setting;
  if (is_own) return fail(errc::configuration_invalid, path + " can be read by others; set its mode to 0600.", "data");
  setting.warnings.push_back(path + " can be read by other users; set its mode to 0600");
  return setting;
}

result<license_rules> make_license_rules(const license_settings& license) {
  license_rules rules;
  rules.accepted = license.accepted;
  if (license.public_key_file.empty()) return rules;
  const auto text = read_small_file(license.public_key_file, secret_file_max_bytes);
  if (!text) {
    return fail(errc::configuration_invalid, license.public_key_file + " " + text.error().message + ".",
                "license.public_key_file");
  }
  std::string line = text->substr(0, text->find('\n'));
  if (line.ends_with('\r')) line.pop_back();
  const auto bytes = from_base64url(line);
  native::ed25519_public_key key{};
  if (!bytes || bytes->size() != key.size()) {
    return fail(errc::configuration_invalid,
                license.public_key_file + " holds no public key: 32 bytes in base64url, on one line, are expected.",
                "license.public_key_file");
  }
  std::copy(bytes->begin(), bytes->end(), key.begin());
  rules.verify = native::make_license_verifier(key);
  return rules;
}

result<license_gate> find_license(const settings& all) {
  license_gate gate;
  gate.exempt = all.server.is_development;
  auto rules = make_license_rules(all.license);
  if (!rules) return fail(std::move(rules));
  const auto text = variable("MASTRA_EE_LICENSE");
  if (text) gate.license = license_at(check_license(*text, *rules), native::system_clock_ms());
  if (gate.exempt || gate.license.valid) return gate;
  if (text && gate.license.reason == errc::license_expired) {
    return fail(errc::license_expired, "The license in MASTRA_EE_LICENSE is over.", "MASTRA_EE_LICENSE");
  }
  if (text)
    return fail(errc::license_invalid,
                "MASTRA_EE_LICENSE is set but is no license: a text of at least 32 characters is expected, or a signed "
                "one where "
                "license.accept names that form.",
                "MASTRA_EE_LICENSE");
  return fail(errc::license_required,
              "No license: roles and permissions need one; set MASTRA_EE_LICENSE. For development, --dev needs none.",
              "MASTRA_EE_LICENSE");
}

result<std::shared_ptr<native::license_source>> open_license_source(const settings& all) {
  auto rules = make_license_rules(all.license);
  if (!rules) return fail(std::move(rules));
  native::license_source_options options;
  options.rules = std::move(*rules);
  options.exempt = all.server.is_development;
  options.warn = [](std::string_view sentence) {
    log_warning("license_invalid", std::string(native::license_variable) + ": " + std::string(sentence));
  };
  return native::license_source::make(std::move(options));
}

std::string default_studio_folder() {
  std::error_code failed;
  const fs::path executable = fs::read_symlink("/proc/self/exe", failed);
  return failed ? std::string{} : (executable.parent_path().parent_path() / "share" / "latchkey" / "studio").string();
}

}  // namespace latchkey::app
