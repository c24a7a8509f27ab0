// SPDX-License-Identifier: Apache-2.0
// Grants into tables, once per set.
#include <algorithm>
#include <utility>

#include "grant_rows.h"
#include "latchkey/permission.h"

namespace latchkey {
namespace {

// `*` in the table would make a grant on one namespace cover others that nobody wrote down.
result<void> check_aliases(const namespace_aliases& aliases) {
  const auto is_name = [](std::string_view text) { return is_permission_word(text) && !is_wildcard(text); };
  for (const auto& [alias, namespaces] : aliases) {
    if (is_name(alias) && std::all_of(namespaces.begin(), namespaces.end(), is_name)) continue;
    return fail(
        errc::argument_invalid,
        "The alias \"" + permission_excerpt(alias) + "\" or one of its namespaces is no namespace: a word, never *.",
        "aliases");
  }
  return {};
}

tl::unexpected<error> refuse_grant(std::string_view grant, std::string_view role) {
  const std::string text = permission_excerpt(grant);
  const std::string place = role.empty() ? std::string() : " of the role \"" + permission_excerpt(role) + "\"";
  return fail(errc::grant_invalid,
              "A grant is *, namespace:action or namespace:action:resource, and a part may be * as a whole; \"" + text +
                  "\"" + place + " is none.",
              text);
}

}  // namespace

result<grant_set> grant_set::compile(std::span<const role_grant> grants, const namespace_aliases& aliases) {
  grant_set set;
  if (auto checked = check_aliases(aliases); !checked) return fail(std::move(checked));
  if (grants.size() > grant_set_max_grants)
    return fail(errc::grant_limit, "A grant set holds at most 1,000,000 grants.");
  set.origins_.assign(grants.begin(), grants.end());
  for (std::uint32_t origin = 0; origin < grants.size(); ++origin) {
    const std::string& text = grants[origin].grant;
    if (auto added = set.add(text, origin); !added) return fail(std::move(added));
    // A single word has no namespace that an alias could stand for.
    const std::size_t colon = text.find(':');
    if (colon == std::string::npos) continue;
    const std::string_view space = std::string_view(text).substr(0, colon);
    for (const auto& [alias, namespaces] : aliases) {
      if (space != alias) continue;
      for (const std::string& name : namespaces) {
        if (auto added = set.add(name + text.substr(space.size()), origin); !added) return fail(std::move(added));
      }
    }
  }
  return set;
}

result<grant_set> grant_set::compile(std::span<const std::string> grants, const namespace_aliases& aliases) {
  std::vector<role_grant> anonymous;
  anonymous.reserve(grants.size());
  for (const std::string& grant : grants) anonymous.push_back({grant, {}});
  return compile(std::span<const role_grant>(anonymous), aliases);
}

result<void> grant_set::add(std::string_view grant, std::uint32_t origin) {
  parsed_permission parts;
  if (!parse_permission_parts(grant, parts)) {
    return refuse_grant(grant, origins_[origin].role);
  }
  if (grants_.size() == grant_set_max_grants) {
    return fail(errc::grant_limit, "A grant set holds at most 1,000,000 grants, aliases expanded.");
  }
  const auto index = static_cast<std::uint32_t>(grants_.size());
  const bool any_space_name = is_wildcard(parts.name_space);
  const bool any_action_name = is_wildcard(parts.action);
  const bool literal_resource = parts.parts == 3 && !is_wildcard(parts.resource);
  std::uint32_t* single = nullptr;
  if (parts.parts == 1 && any_space_name) single = &everything_;
  if (any_space_name && any_action_name && !literal_resource) {
    single = parts.parts == 2 ? &any_action_any_ : &any_action_resourced_;
  }
  if (single != nullptr && *single != none) return {};

  grants_.push_back({static_cast<std::uint32_t>(texts_.size()), origin,
                     static_cast<std::uint16_t>(parts.resource.size()),
                     static_cast<std::uint8_t>(parts.name_space.size()), static_cast<std::uint8_t>(parts.action.size()),
                     static_cast<std::uint8_t>(parts.parts)});
  texts_ += grant;
  if (single != nullptr) {
    *single = index;
  } else if (literal_resource) {
    const auto with_space = any_action_name ? any_action_resource : exact;
    const auto without_space = any_action_name ? any_both_resource : any_space_resource;
    insert(any_space_name ? without_space : with_space, index);
  } else {
    const auto with_space = any_action_name ? any_action : exact;
    insert(any_space_name ? any_space : with_space, index);
  }
  return {};
}

void grant_set::insert(shape kind, std::uint32_t index) {
  table& rows = tables_[kind];
  if (rows.size() < 2 * (std::size_t{counts_[kind]} + 1)) grow(kind);
  const compiled_grant& grant = grants_[index];
  const row_key key = key_of(kind, parsed(grant));
  const std::uint64_t hash = hash_of(key);
  const bool ends_grant = key.text.data() + key.text.size() == texts_.data() + texts_.size();
  const row added{static_cast<std::uint32_t>(hash >> 32), index,
                  static_cast<std::uint32_t>(key.text.data() - texts_.data()),
                  static_cast<std::uint16_t>(key.text.size()), ends_grant ? std::uint16_t{0} : grant.resource_length};
  if (kind == exact) longest_exact_ = std::max(longest_exact_, added.length);
  const std::size_t mask = rows.size() - 1;
  std::size_t at = hash & mask;
  while (rows[at].grant != none) {
    if (rows[at].tag == added.tag && holds(rows[at], key)) {
      // `ns:action` covers all that `ns:action:*` does, so it takes the row; whichever came first otherwise stays.
      if (grant.parts < grants_[rows[at].grant].parts) {
        rows[at] = added;
      } else {
        texts_.resize(grant.offset);
        grants_.pop_back();
      }
      return;
    }
    at = (at + 1) & mask;
  }
  rows[at] = added;
  ++counts_[kind];
}

void grant_set::grow(shape kind) {
  table old = std::move(tables_[kind]);
  table& rows = tables_[kind];
  rows.assign(std::max<std::size_t>(4, old.size() * 2), row{});
  const std::size_t mask = rows.size() - 1;
  for (const row& held : old) {
    if (held.grant == none) continue;
    std::size_t at = hash_of(key_of(kind, parsed(grants_[held.grant]))) & mask;
    while (rows[at].grant != none) at = (at + 1) & mask;
    rows[at] = held;
  }
}

}  // namespace latchkey
