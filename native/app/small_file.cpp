// SPDX-License-Identifier: Apache-2.0
#include "small_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace latchkey::app {
namespace {

tl::unexpected<error> refused(const std::string& reason) { return fail(errc::configuration_invalid, reason); }

result<std::string> read_all(int file, std::size_t most_bytes) {
  std::string text;
  std::array<char, 16 * 1024> part{};
  for (;;) {
    const ssize_t size = ::read(file, part.data(), part.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return refused(std::string("can't be read: ") + std::strerror(errno));
    if (size == 0) return text;
    text.append(part.data(), static_cast<std::size_t>(size));
    // It may have grown since it was measured.
    if (text.size() > most_bytes) return refused("is over " + std::to_string(most_bytes / 1024) + " KiB");
  }
}

}  // namespace

result<std::string> read_small_file(const std::string& path, std::size_t most_bytes) {
  // Not to wait for a writer, if it is a pipe.
  const int file = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return refused(std::string("can't be read: ") + std::strerror(errno));
  struct stat found {};
  result<std::string> text = refused("can't be read");
  if (::fstat(file, &found) != 0) {
    text = refused(std::string("can't be read: ") + std::strerror(errno));
  } else if (S_ISDIR(found.st_mode)) {
    text = refused("is a folder, not a file");
  } else if (!S_ISREG(found.st_mode)) {
    text = refused("is a device or a pipe, not a file");
  } else {
    text = read_all(file, most_bytes);
  }
  ::close(file);
  return text;
}

}  // namespace latchkey::app
