// SPDX-License-Identifier: Apache-2.0
#include "findings.h"

#include <algorithm>

#include "latchkey/json_codec.h"
#include "log.h"

namespace latchkey::app {

void findings::add(std::string_view verdict, std::string_view what, const std::string& seen) {
  all_.push_back({verdict, std::string(what), seen});
}

void findings::bad(std::string_view what, const std::string& seen) {
  if (failures_.insert(seen).second) add("FAIL", what, seen);
}

bool findings::has_failed(std::string_view what) const {
  return std::any_of(all_.begin(), all_.end(),
                     [what](const finding& one) { return one.verdict == "FAIL" && one.what == what; });
}

std::string findings::lines() const {
  std::string text;
  for (const auto& one : all_) {
    std::string verdict(one.verdict);
    verdict.resize(4, ' ');
    std::string name = one.what;
    name.resize(std::max<std::size_t>(name.size(), 9), ' ');
    text += verdict + "  " + name + "  " + to_one_line(one.seen) + "\n";
  }
  return text;
}

std::string findings::to_json() const {
  json_array list;
  for (const auto& one : all_) {
    list.emplace_back(json_object{{"verdict", one.verdict == "FAIL" ? std::string("fail") : std::string(one.verdict)},
                                  {"about", one.what},
                                  {"message", one.seen}});
  }
  const json_object report{{"ok", !has_failures()}, {"findings", std::move(list)}};
  return to_json_text(json_value(report)) + "\n";
}

}  // namespace latchkey::app
