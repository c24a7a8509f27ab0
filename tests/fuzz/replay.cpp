// SPDX-License-Identifier: Apache-2.0
// Runs kept inputs through the fuzz targets without libFuzzer: `latchkey_fuzz_replay <folder>...`, each with a folder of
// files for each target. Every target has a process of its own, so that one that dies takes no other along.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#define LATCHKEY_FUZZ_TARGET(name) extern "C" int latchkey_fuzz_##name(const std::uint8_t* data, std::size_t size);
#include "fuzz_targets.def"
#undef LATCHKEY_FUZZ_TARGET

namespace {

struct fuzz_target {
  const char* name;
  int (*run)(const std::uint8_t* data, std::size_t size);
};

constexpr fuzz_target targets[] = {
#define LATCHKEY_FUZZ_TARGET(name) {#name, latchkey_fuzz_##name},
#include "fuzz_targets.def"
#undef LATCHKEY_FUZZ_TARGET
};

char current_input[4096];

// A rule that is broken, and a finding of a sanitizer that is told to abort, both end here.
void tell_input(int) {
  const char label[] = "input: ";
  [[maybe_unused]] auto written = write(STDERR_FILENO, label, sizeof(label) - 1);
  written = write(STDERR_FILENO, current_input, std::strlen(current_input));
  written = write(STDERR_FILENO, "\n", 1);
  std::_Exit(1);
}

std::vector<std::filesystem::path> inputs_of(const char* target, const std::vector<std::string>& folders) {
  std::vector<std::filesystem::path> files;
  for (const std::string& folder : folders) {
    const auto own = std::filesystem::path(folder) / target;
    if (!std::filesystem::is_directory(own)) continue;
    for (const auto& entry : std::filesystem::directory_iterator(own)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
  }
  return files;
}

void run_all(const fuzz_target& target, const std::vector<std::filesystem::path>& files) {
  std::signal(SIGABRT, tell_input);
  for (const auto& path : files) {
    std::snprintf(current_input, sizeof(current_input), "%s", path.c_str());
    std::ifstream file(path, std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    target.run(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  }
}

bool replay(const fuzz_target& target, const std::vector<std::filesystem::path>& files) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    run_all(target, files);
    std::exit(0);
  }
  int status = 0;
  return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> folders(argv + 1, argv + argc);
  int failed = 0;
  std::size_t inputs = 0;
  for (const fuzz_target& target : targets) {
    const auto files = inputs_of(target.name, folders);
    inputs += files.size();
    // A target without inputs proves nothing.
    const bool passed = !files.empty() && replay(target, files);
    failed += passed ? 0 : 1;
    std::printf("%-18s %6zu inputs %s\n", target.name, files.size(), passed ? "passed" : "FAILED");
  }
  const auto passed = std::size(targets) - static_cast<std::size_t>(failed);
  std::printf("fuzz replay: %zu targets passed, %d failed (%zu inputs)\n", passed, failed, inputs);
  return failed == 0 ? 0 : 1;
}
