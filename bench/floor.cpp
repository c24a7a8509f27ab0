// SPDX-License-Identifier: Apache-2.0
// What a module of this kind weighs when Embind makes it: that and the JSON parser, with nothing to decide.
#include <emscripten/bind.h>

#include <nlohmann/json.hpp>
#include <string>

namespace {

std::string parse_and_write(const std::string& text) {
  const auto value = nlohmann::json::parse(text, nullptr, false);
  return value.is_discarded() ? std::string() : value.dump();
}

bool has_text(const std::string& text) { return !text.empty(); }

}  // namespace

EMSCRIPTEN_BINDINGS(floor) {
  emscripten::function("parseAndWrite", &parse_and_write);
  emscripten::function("hasText", &has_text);
}
