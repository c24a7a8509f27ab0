// SPDX-License-Identifier: Apache-2.0
#include "latchkey/role.h"

#include <algorithm>
#include <set>

namespace latchkey {
namespace {

// Collects grants in order, each once.
class grant_collector {
 public:
  explicit grant_collector(std::span<const role_definition> definitions)
      : definitions_(definitions), visited_(definitions.size()) {}

  void add(const std::vector<std::string>& grants, std::string_view role) {
    for (const std::string& grant : grants) {
      if (seen_.insert(grant).second) collected_.push_back({grant, std::string(role)});
    }
  }

  // Depth first and without recursion, so that a long chain of inheritance can't exhaust the stack.
  void add_role(const role_definition& role) {
    std::vector<const role_definition*> pending{&role};
    while (!pending.empty()) {
      const role_definition* next = pending.back();
      pending.pop_back();
      const auto place = static_cast<std::size_t>(next - definitions_.data());
      if (visited_[place]) continue;
      visited_[place] = true;
      add(next->permissions, next->id);
      for (auto inherited = next->inherits.rbegin(); inherited != next->inherits.rend(); ++inherited) {
        const role_definition* found = find_role(definitions_, *inherited);
        if (found != nullptr) pending.push_back(found);
      }
    }
  }

  [[nodiscard]] std::vector<role_grant> take() { return std::move(collected_); }

 private:
  std::span<const role_definition> definitions_;
  std::vector<role_grant> collected_;
  std::set<std::string, std::less<>> seen_;
  std::vector<bool> visited_;  // by place in definitions_
};

const std::vector<std::string>* find_mapping(const role_mapping& mapping, std::string_view role) noexcept {
  const auto found =
      std::find_if(mapping.begin(), mapping.end(), [&](const auto& entry) { return entry.first == role; });
  return found == mapping.end() ? nullptr : &found->second;
}

std::vector<role_definition> latchkey_roles() {
  return {
      {"owner", "Owner", {"*"}, {}},
      {"admin", "Admin", {"studio:*", "agents:*", "workflows:*", "tools:*", "logs:*", "settings:*"}, {}},
      {"developer", "Developer", {"studio:read", "agents:*", "workflows:*", "tools:*", "logs:read"}, {}},
      {"member",
       "Member",
       {"studio:read", "agents:read", "agents:execute", "workflows:read", "workflows:execute", "tools:read",
        "logs:read"},
       {}},
      {"viewer", "Viewer", {"studio:read", "agents:read", "workflows:read", "logs:read"}, {}},
  };
}

std::vector<role_definition> mastra_roles() {
  return {
      {"owner", "Owner", {"*"}, {}},
      {"admin", "Admin", {"*:read", "*:write", "*:execute", "*:publish", "*:share"}, {}},
      {"member", "Member", {"*:read", "*:execute"}, {}},
      {"viewer", "Viewer", {"*:read"}, {}},
  };
}

}  // namespace

std::vector<role_definition> default_roles(role_preset preset) {
  return preset == role_preset::mastra ? mastra_roles() : latchkey_roles();
}

std::optional<role_preset> to_role_preset(std::string_view text) noexcept {
  if (text == "latchkey") return role_preset::latchkey;
  if (text == "mastra") return role_preset::mastra;
  return std::nullopt;
}

const role_definition* find_role(std::span<const role_definition> definitions, std::string_view id) noexcept {
  const auto found =
      std::find_if(definitions.begin(), definitions.end(), [&](const role_definition& role) { return role.id == id; });
  return found == definitions.end() ? nullptr : &*found;
}

std::vector<role_grant> expand_roles(std::span<const std::string> role_ids,
                                     std::span<const role_definition> definitions, const role_mapping& mapping) {
  grant_collector collector(definitions);
  const std::vector<std::string>* fallback = find_mapping(mapping, role_mapping_default);
  for (const std::string& id : role_ids) {
    // `_default` is configuration: someone whose identity provider calls their role so must not receive it.
    if (id == role_mapping_default) continue;
    if (const auto* mapped = find_mapping(mapping, id)) {
      collector.add(*mapped, id);
    } else if (const role_definition* defined = find_role(definitions, id)) {
      collector.add_role(*defined);
    } else if (fallback != nullptr) {
      collector.add(*fallback, id);
    }
  }
  return collector.take();
}

bool holds_everything(std::string_view role_id, std::span<const role_definition> definitions) {
  const std::string id(role_id);
  const std::vector<role_grant> grants = expand_roles({&id, 1}, definitions);
  const auto compiled = grant_set::compile(std::span<const role_grant>(grants));
  return compiled.has_value() && compiled->covers("*");
}

std::vector<std::string> to_grant_texts(std::span<const role_grant> grants) {
  std::vector<std::string> texts;
  texts.reserve(grants.size());
  for (const role_grant& grant : grants) texts.push_back(grant.grant);
  return texts;
}

}  // namespace latchkey
