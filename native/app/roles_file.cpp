// SPDX-License-Identifier: Apache-2.0
#include "roles_file.h"

#include <algorithm>

#include "setting_value.h"
#include "toml_file.h"

namespace latchkey::app {
namespace {

/** A definition, and where it stands. */
struct placed_role {
  role_definition role;
  toml::source_index line = 0;
  std::string place;
};

result<std::vector<std::string>> read_texts(const std::string& place, std::string_view key, const toml::node& node) {
  const auto* array = node.as_array();
  auto texts = array == nullptr ? std::nullopt : to_texts(*array);
  if (!texts) return refuse_at(place, std::string(key) + " must be a list of texts.");
  return std::move(*texts);
}

result<void> read_member(const std::string& place, std::string_view key, const toml::node& node,
                         role_definition& role) {
  if (key == "name") {
    const auto name = node.value_exact<std::string>();
    if (!name) return refuse_at(place, "name must be a text.");
    role.name = *name;
    return {};
  }
  if (key != "permissions" && key != "inherits") {
    const std::string nearest = nearest_name(key, {"name", "permissions", "inherits"});
    return refuse_at(place,
                     "a role has no \"" + std::string(key) + "\"" +
                         (nearest.empty() ? ", only name, permissions and inherits." : "; is " + nearest + " meant?"));
  }
  auto texts = read_texts(place, key, node);
  if (!texts) return fail(std::move(texts));
  (key == "permissions" ? role.permissions : role.inherits) = std::move(*texts);
  return {};
}

result<placed_role> read_role(const std::string& path, std::string id, const toml::node& node) {
  placed_role read{{}, node.source().begin.line, place_of(path, node)};
  const auto* table = node.as_table();
  if (table == nullptr) {
    return refuse_at(read.place, "a role is a section such as [auditor]; \"" + id + "\" stands in none.");
  }
  read.role.name = id;
  read.role.id = std::move(id);
  for (const auto& [key, member] : *table) {
    auto done = read_member(place_of(path, member), key.str(), member, read.role);
    if (!done) return fail(std::move(done));
  }
  return read;
}

tl::unexpected<error> refuse_role(const placed_role& refused, const error& failed) {
  const std::string grant = failed.code == errc::grant_invalid ? ", the grant \"" + failed.field + "\"" : "";
  return refuse_at(refused.place, "the role \"" + refused.role.id + "\"" + grant + ": " + failed.message);
}

}  // namespace

result<std::vector<role_definition>> read_roles_file(const std::string& path) {
  const auto root = read_toml_file(path);
  if (!root) return tl::unexpected<error>(root.error());
  std::vector<placed_role> placed;
  for (const auto& [key, node] : *root) {
    auto read = read_role(path, std::string(key.str()), node);
    if (!read) return fail(std::move(read));
    placed.push_back(std::move(*read));
  }
  if (placed.empty()) return refuse_at(path, "there is no role in it.");
  std::sort(placed.begin(), placed.end(), [](const auto& left, const auto& right) { return left.line < right.line; });
  std::vector<role_definition> roles;
  roles.reserve(placed.size());
  for (const auto& one : placed) roles.push_back(one.role);
  for (const auto& one : placed) {
    // Beside all of them: a role may inherit one that comes later.
    if (auto checked = check_role(one.role, roles); !checked) return refuse_role(one, checked.error());
  }
  const bool has_owner = std::any_of(roles.begin(), roles.end(),
                                     [&](const role_definition& role) { return holds_everything(role.id, roles); });
  if (!has_owner) return refuse_at(path, "no role in it holds everything (\"*\"): nobody could give roles.");
  return roles;
}

result<std::vector<role_definition>> configured_roles(const role_settings& roles) {
  if (roles.file.empty()) return default_roles(roles.preset);
  return read_roles_file(roles.file);
}

}  // namespace latchkey::app
