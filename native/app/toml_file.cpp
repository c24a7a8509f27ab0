// SPDX-License-Identifier: Apache-2.0
#include "toml_file.h"

#include "small_file.h"

namespace latchkey::app {
namespace {

constexpr std::size_t file_max_bytes = std::size_t{1024} * 1024;

}  // namespace

tl::unexpected<error> refuse_at(const std::string& place, const std::string& reason) {
  return fail(errc::configuration_invalid, place + ": " + reason, "config");
}

std::string place_of(const std::string& path, const toml::node& node) {
  return path + ":" + std::to_string(node.source().begin.line);
}

std::optional<std::vector<std::string>> to_texts(const toml::array& array) {
  std::vector<std::string> texts;
  for (const auto& entry : array) {
    const auto text = entry.value_exact<std::string>();
    if (!text) return std::nullopt;
    texts.push_back(*text);
  }
  return texts;
}

result<toml::table> read_toml_file(const std::string& path) {
  const auto text = read_small_file(path, file_max_bytes);
  if (!text) return refuse_at(path, "the file " + text.error().message + ".");
  try {
    return toml::table(toml::parse(*text));
  } catch (const toml::parse_error& broken) {
    return refuse_at(path + ":" + std::to_string(broken.source().begin.line), std::string(broken.description()) + ".");
  }
}

}  // namespace latchkey::app
