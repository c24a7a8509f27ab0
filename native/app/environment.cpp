// SPDX-License-Identifier: Apache-2.0
#include "environment.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "latchkey/native/crypto/random.h"

namespace latchkey::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t secret_bytes = 32;

/** The first line, without its end. */
result<std::string> read_secret_file(const std::string& path) {
  std::ifstream stream(path);
  std::string line;
  if (!stream || !std::getline(stream, line)) {
    return fail(errc::configuration_invalid, "The secret file " + path + " can't be read.", "LATCHKEY_SECRET_FILE");
  }
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

bool is_readable_by_others(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 && (found.st_mode & (S_IRWXG | S_IRWXO)) != 0;
}

/** Writes it so that nobody else can ever have read it, and that a half-written one is never used. */
result<void> write_secret_file(const std::string& path, const std::string& secret) {
  const std::string unfinished = path + ".new";
  ::unlink(unfinished.c_str());
  const int file = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  bool written = file >= 0;
  const std::string line = secret + "\n";
  written =
      written && ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && ::fsync(file) == 0;
  if (file >= 0) ::close(file);
  // A link fails where the name exists: of two first starts at once one wins and both use its secret.
  if (written && ::link(unfinished.c_str(), path.c_str()) != 0) written = fs::exists(path);
  ::unlink(unfinished.c_str());
  if (!written) return fail(errc::configuration_invalid, "The secret file " + path + " can't be written.", "data");
  return {};
}

result<secret_setting> development_secret(const std::string& data_folder) {
  if (auto prepared = prepare_folder(data_folder); !prepared) return fail(std::move(prepared));
  const std::string path = (fs::path(data_folder) / "secret").string();
  secret_setting setting;
  if (!fs::exists(path)) {
    auto fresh = native::random_id(secret_bytes);
    if (!fresh) return fail(std::move(fresh));
    if (auto written = write_secret_file(path, *fresh); !written) return fail(std::move(written));
    setting.notes.push_back("development mode: a new secret is kept in " + path);
  }
  if (is_readable_by_others(path)) {
    return fail(errc::configuration_invalid, path + " can be read by others; set its mode to 0600.", "data");
  }
  auto secret = read_secret_file(path);
  if (!secret) return fail(std::move(secret));
  setting.secret = std::move(*secret);
  return setting;
}

}  // namespace

std::optional<std::string> variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
}

result<void> prepare_folder(const std::string& folder) {
  std::error_code failed;
  if (fs::is_directory(folder, failed)) return {};
  fs::create_directories(folder, failed);
  if (!failed) fs::permissions(folder, fs::perms::owner_all, failed);
  if (failed)
    return fail(errc::configuration_invalid, "The data folder " + folder + " can't be made: " + failed.message(),
                "data");
  return {};
}

result<secret_setting> find_secret(const std::string& data_folder, bool is_development) {
  auto given = variable("LATCHKEY_SECRET");
  const auto path = variable("LATCHKEY_SECRET_FILE");
  if (given && path) {
    return fail(
        errc::configuration_invalid,
        "LATCHKEY_SECRET and LATCHKEY_SECRET_FILE are both set; keep the one that is meant and unset the other.",
        "LATCHKEY_SECRET_FILE");
  }
  if (given) return secret_setting{std::move(*given), {}};
  if (path) {
    auto secret = read_secret_file(*path);
    if (!secret) return fail(std::move(secret));
    secret_setting setting{std::move(*secret), {}};
    if (is_readable_by_others(*path)) {
      setting.notes.push_back("warning: " + *path + " can be read by other users; set its mode to 0600");
    }
    return setting;
  }
  if (is_development) return development_secret(data_folder);
  return fail(errc::configuration_invalid,
              "No secret: set LATCHKEY_SECRET, or LATCHKEY_SECRET_FILE to a file that holds it. `openssl rand -base64 "
              "32` makes "
              "one. For development, --dev needs none.",
              "LATCHKEY_SECRET");
}

result<license_gate> find_license(bool is_development) {
  license_gate gate;
  gate.exempt = is_development;
  const auto text = variable("MASTRA_EE_LICENSE");
  if (text) gate.license = check_license(*text);
  if (is_development || gate.license.valid) return gate;
  if (text) return fail(errc::license_invalid, "MASTRA_EE_LICENSE is set but is no license.", "MASTRA_EE_LICENSE");
  return fail(errc::license_required,
              "No license: roles and permissions need one; set MASTRA_EE_LICENSE. For development, --dev needs none.",
              "MASTRA_EE_LICENSE");
}

std::string default_studio_folder() {
  std::error_code failed;
  const fs::path executable = fs::read_symlink("/proc/self/exe", failed);
  return failed ? std::string{} : (executable.parent_path().parent_path() / "share" / "latchkey" / "studio").string();
}

result<void> print(std::string_view text) {
  std::cout << text << std::flush;
  if (!std::cout) return fail(errc::unavailable, "Standard output can't be written.");
  return {};
}

void log_line(std::string_view text) {
  std::string visible;
  visible.reserve(text.size() + 1);
  for (const char c : text) visible.push_back(static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c);
  visible.push_back('\n');
  std::cerr << visible << std::flush;
}

int report_failure(const error& failed) {
  log_line("latchkey: " + failed.message);
  return 1;
}

}  // namespace latchkey::app
