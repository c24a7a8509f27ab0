// SPDX-License-Identifier: Apache-2.0
#include "latchkey/role.h"

#include <algorithm>
#include <set>

#include "ascii.h"
#include "latchkey/utf8.h"

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

tl::unexpected<error> refuse_role(std::string_view field, std::string sentence) {
  return fail(errc::role_invalid, std::move(sentence), std::string(field));
}

bool is_role_name(std::string_view name) {
  if (name.size() > role_name_max_bytes || !is_well_formed_utf8(name)) return false;
  return std::none_of(name.begin(), name.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// The definitions with `role` among them.
std::vector<role_definition> with_role(const role_definition& role, std::span<const role_definition> definitions) {
  std::vector<role_definition> changed(definitions.begin(), definitions.end());
  const auto same =
      std::find_if(changed.begin(), changed.end(), [&](const role_definition& each) { return each.id == role.id; });
  if (same == changed.end()) {
    changed.push_back(role);
  } else {
    *same = role;
  }
  return changed;
}

// Whether following `inherits` from the role leads back to it.
bool inherits_itself(const role_definition& role, std::span<const role_definition> definitions) {
  std::vector<bool> visited(definitions.size());
  std::vector<const role_definition*> pending{&role};
  while (!pending.empty()) {
    const role_definition* next = pending.back();
    pending.pop_back();
    for (const std::string& id : next->inherits) {
      if (id == role.id) return true;
      const role_definition* found = find_role(definitions, id);
      if (found == nullptr) continue;
      const auto place = static_cast<std::size_t>(found - definitions.data());
      if (!visited[place]) pending.push_back(found);
      visited[place] = true;
    }
  }
  return false;
}

result<void> check_inheritance(const role_definition& role, std::span<const role_definition> definitions) {
  if (role.inherits.size() > role_max_inherits) return refuse_role("inherits", "A role inherits at most 64 others.");
  for (const std::string& id : role.inherits) {
    if (find_role(definitions, id) == nullptr) {
      return refuse_role("inherits", "Define the role \"" + id + "\" before another one inherits it.");
    }
  }
  if (inherits_itself(role, definitions)) {
    return refuse_role("inherits", "A role can't inherit itself, by way of others neither.");
  }
  if (expand_roles({&role.id, 1}, definitions).size() > role_max_expanded_grants) {
    return refuse_role("inherits", "With what it inherits, a role has at most 10,000 grants; use wildcards.");
  }
  return {};
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

std::vector<role_grant> expand_roles(std::initializer_list<std::string_view> role_ids,
                                     std::span<const role_definition> definitions, const role_mapping& mapping) {
  const std::vector<std::string> ids(role_ids.begin(), role_ids.end());
  return expand_roles(std::span<const std::string>(ids), definitions, mapping);
}

bool is_valid_role_id(std::string_view id) noexcept {
  const auto is_word = [](char c) {
    return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'z') || c == '.' || c == '_' || c == '-';
  };
  return !id.empty() && id.size() <= role_id_max_bytes && id.front() != '_' &&
         std::all_of(id.begin(), id.end(), is_word);
}

result<void> check_role(const role_definition& role, std::span<const role_definition> definitions) {
  if (!is_valid_role_id(role.id)) {
    return refuse_role("id", "A role's id is 1 to 64 of A-Z a-z 0-9 . _ - and does not begin with _.");
  }
  if (!is_role_name(role.name)) {
    return refuse_role("name", "A role's name is at most 128 bytes of UTF-8 without control characters.");
  }
  if (role.permissions.size() > role_max_permissions) {
    return refuse_role("permissions", "A role has at most 1,000 grants of its own; use wildcards.");
  }
  std::vector<role_grant> own;
  own.reserve(role.permissions.size());
  for (const std::string& grant : role.permissions) own.push_back({grant, role.id});
  if (auto compiled = grant_set::compile(std::span<const role_grant>(own)); !compiled) {
    return fail(std::move(compiled));
  }
  const std::vector<role_definition> changed = with_role(role, definitions);
  if (changed.size() > role_max_definitions) return refuse_role("id", "There are at most 1,000 roles.");
  return check_inheritance(role, changed);
}

result<void> check_role_change(const grant_set& held, std::span<const std::string> role_grants) {
  const auto missing = std::find_if_not(role_grants.begin(), role_grants.end(),
                                        [&](const std::string& grant) { return held.covers(grant); });
  if (missing == role_grants.end()) return {};
  return fail(errc::forbidden, "Nobody gives or takes a role that grants more than they hold themselves.", *missing);
}

bool role_covers(std::string_view role_id, std::span<const role_definition> definitions, std::string_view permission,
                 const role_mapping& mapping) {
  const std::string id(role_id);
  const std::vector<role_grant> grants = expand_roles({&id, 1}, definitions, mapping);
  const auto compiled = grant_set::compile(std::span<const role_grant>(grants));
  return compiled.has_value() && compiled->covers(permission);
}

bool holds_everything(std::string_view role_id, std::span<const role_definition> definitions) {
  return role_covers(role_id, definitions, "*");
}

std::vector<std::string> to_grant_texts(std::span<const role_grant> grants) {
  std::vector<std::string> texts;
  texts.reserve(grants.size());
  for (const role_grant& grant : grants) texts.push_back(grant.grant);
  return texts;
}

}  // namespace latchkey
