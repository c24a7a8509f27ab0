// SPDX-License-Identifier: Apache-2.0
#include "findings.h"

#include <algorithm>

#include "log.h"

namespace latchkey::app {

void findings::add(std::string_view verdict, std::string_view what, const std::string& seen) {
  std::string name(what);
  name.resize(std::max<std::size_t>(name.size(), 9), ' ');
  lines_ += std::string(verdict) + "  " + name + "  " + to_one_line(seen) + "\n";
}

void findings::bad(std::string_view what, const std::string& seen) {
  if (failures_.insert(seen).second) add("FAIL", what, seen);
}

}  // namespace latchkey::app
