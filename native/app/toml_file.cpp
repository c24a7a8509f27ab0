// SPDX-License-Identifier: Apache-2.0
#include "toml_file.h"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace latchkey::app {
namespace {

constexpr std::uintmax_t file_max_bytes = std::uintmax_t{1024} * 1024;

result<std::string> read_text(const std::string& path) {
  std::error_code failed;
  const auto size = std::filesystem::file_size(path, failed);
  if (!failed && size > file_max_bytes) return refuse_at(path, "the file is over 1 MiB.");
  std::ifstream stream(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (failed || !stream) return refuse_at(path, "the file can't be read.");
  return text;
}

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
  const auto text = read_text(path);
  if (!text) return tl::unexpected<error>(text.error());
  try {
    return toml::table(toml::parse(*text));
  } catch (const toml::parse_error& broken) {
    return refuse_at(path + ":" + std::to_string(broken.source().begin.line), std::string(broken.description()) + ".");
  }
}

}  // namespace latchkey::app
