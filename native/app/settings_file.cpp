// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "setting_value.h"
#include "settings.h"
#include "toml_file.h"

namespace latchkey::app {
namespace {

std::optional<setting_value> to_setting_value(const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return setting_value(*text);
  if (const auto number = node.value_exact<std::int64_t>()) return setting_value(*number);
  if (const auto flag = node.value_exact<bool>()) return setting_value(*flag);
  if (const auto* array = node.as_array()) {
    if (auto texts = to_texts(*array)) return setting_value(std::move(*texts));
  }
  return std::nullopt;
}

/** `metrics.token_file = …` in a section makes a table of its own, most likely with a dot for `_`. */
tl::unexpected<error> refuse_nested(const std::string& path, const std::string& section, const std::string& name,
                                    const toml::table& nested) {
  const auto first = nested.begin();
  const std::string inner(first->first.str());
  std::vector<std::string> known;
  for (const auto& option : setting_options()) known.emplace_back(option.key);
  const std::string nearest = nearest_name(section + "." + name + "_" + inner, known);
  return refuse_at(place_of(path, first->second), "there is no option " + section + "." + name + "." + inner + "." +
                                                      (nearest.empty() ? "" : " The nearest is " + nearest + "."));
}

result<void> read_section(const std::string& path, const std::string& section, const toml::table& table,
                          std::vector<given_setting>& given) {
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    if (const auto* nested = node.as_table(); nested != nullptr && !nested->empty()) {
      return refuse_nested(path, section, name, *nested);
    }
    auto value = to_setting_value(node);
    if (!value) {
      return refuse_at(place_of(path, node),
                       section + "." + name + " must be a text, a whole number, true or false, or a list of texts.");
    }
    given.push_back({section, name, std::move(*value), place_of(path, node)});
  }
  return {};
}

/** Why something at the top of the file is no section. */
std::string no_section(const std::string& name, const toml::node& node) {
  if (name == "sso") return "[[sso]]: single sign-on has no options here yet; a server of your own sets it up.";
  if (node.is_array_of_tables()) return "[[" + name + "]] would be several; there is one section [" + name + "].";
  return "every option stands in a section such as [server]; \"" + name + "\" stands in none.";
}

std::vector<std::string> sections() {
  std::vector<std::string> names{"role_mapping"};
  for (const auto& option : setting_options()) {
    std::string name(option.key.substr(0, option.key.find('.')));
    if (name != names.back()) names.push_back(std::move(name));
  }
  return names;
}

bool is_section(const std::string& name) {
  const auto known = sections();
  return std::find(known.begin(), known.end(), name) != known.end();
}

std::string unknown_section(const std::string& name) {
  const std::string nearest = nearest_name(name, sections());
  return "there is no section [" + name + "]." + (nearest.empty() ? "" : " The nearest is [" + nearest + "].");
}

}  // namespace

result<std::vector<given_setting>> read_settings_file(const std::string& path) {
  const auto root = read_toml_file(path);
  if (!root) return tl::unexpected<error>(root.error());
  std::vector<given_setting> given;
  for (const auto& [key, node] : *root) {
    const std::string section(key.str());
    const auto* table = node.as_table();
    if (table == nullptr) return refuse_at(place_of(path, node), no_section(section, node));
    // A section with options is refused by the first of them, whose nearest known one says more.
    if (table->empty() && !is_section(section)) return refuse_at(place_of(path, node), unknown_section(section));
    if (auto read = read_section(path, section, *table, given); !read) return fail(std::move(read));
  }
  return given;
}

}  // namespace latchkey::app
