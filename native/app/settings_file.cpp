// SPDX-License-Identifier: Apache-2.0
#include <toml++/toml.h>

#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "settings.h"

namespace latchkey::app {
namespace {

constexpr std::uintmax_t file_max_bytes = std::uintmax_t{1024} * 1024;

error refusal(const std::string& place, const std::string& reason) {
  return {errc::configuration_invalid, place + ": " + reason, "config"};
}

result<std::string> read_text(const std::string& path) {
  std::error_code failed;
  const auto size = std::filesystem::file_size(path, failed);
  if (!failed && size > file_max_bytes) return tl::unexpected<error>(refusal(path, "the file is over 1 MiB."));
  std::ifstream stream(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (failed || !stream) return tl::unexpected<error>(refusal(path, "the file can't be read."));
  return text;
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

std::optional<setting_value> to_setting_value(const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return setting_value(*text);
  if (const auto number = node.value_exact<std::int64_t>()) return setting_value(*number);
  if (const auto flag = node.value_exact<bool>()) return setting_value(*flag);
  if (const auto* array = node.as_array()) {
    if (auto texts = to_texts(*array)) return setting_value(std::move(*texts));
  }
  return std::nullopt;
}

result<void> read_section(const std::string& path, const std::string& section, const toml::table& table,
                          std::vector<given_setting>& given) {
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    auto value = to_setting_value(node);
    if (!value) {
      return tl::unexpected<error>(
          refusal(place_of(path, node),
                  section + "." + name + " must be a text, a whole number, true or false, or a list of texts."));
    }
    given.push_back({section, name, std::move(*value), place_of(path, node)});
  }
  return {};
}

}  // namespace

result<std::vector<given_setting>> read_settings_file(const std::string& path) {
  const auto text = read_text(path);
  if (!text) return tl::unexpected<error>(text.error());
  std::vector<given_setting> given;
  try {
    const toml::table root = toml::parse(*text);
    for (const auto& [key, node] : root) {
      const std::string section(key.str());
      const auto* table = node.as_table();
      if (table == nullptr) {
        return tl::unexpected<error>(
            refusal(place_of(path, node),
                    "every option stands in a section such as [server]; \"" + section + "\" stands in none."));
      }
      if (auto read = read_section(path, section, *table, given); !read) return fail(std::move(read));
    }
  } catch (const toml::parse_error& broken) {
    return tl::unexpected<error>(
        refusal(path + ":" + std::to_string(broken.source().begin.line), std::string(broken.description()) + "."));
  }
  return given;
}

}  // namespace latchkey::app
