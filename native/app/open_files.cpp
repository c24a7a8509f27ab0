// SPDX-License-Identifier: Apache-2.0
#include "open_files.h"

#include <sys/resource.h>

#include <algorithm>

namespace latchkey::app {

result<std::size_t> connections_within(std::size_t limit, std::size_t wanted) {
  constexpr std::size_t least = 16;
  const std::size_t room = limit - std::min(reserved_files, limit / 2);
  if (room >= least) return std::min(room, wanted);
  return fail(errc::unavailable, "The limit of open files is " + std::to_string(limit) +
                                     ", too few to serve anybody: raise it (`ulimit -n`, or LimitNOFILE of systemd).");
}

std::size_t raise_open_files(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted + reserved_files;
  const auto needed = static_cast<rlim_t>(wanted + reserved_files);
  if (limit.rlim_cur < needed) {
    rlimit raised = limit;
    // An unlimited hard limit is the largest number there is.
    raised.rlim_cur = std::min(needed, limit.rlim_max);
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  return static_cast<std::size_t>(std::min<rlim_t>(limit.rlim_cur, needed));
}

}  // namespace latchkey::app
