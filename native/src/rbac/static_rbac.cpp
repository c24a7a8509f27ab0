// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/rbac/static_rbac.h"

#include <mutex>

namespace latchkey::native {
namespace {

// Lengths in front keep ["a","b"] and ["a\nb"] apart, whatever bytes a role's name has.
std::string to_key(std::span<const std::string> role_ids) {
  std::string key;
  for (const std::string& role : role_ids) {
    key += std::to_string(role.size());
    key += ':';
    key += role;
  }
  return key;
}

// With the role, so that a refusal names it.
result<void> check_grants(const std::string& role, const std::vector<std::string>& grants,
                          const namespace_aliases& aliases) {
  std::vector<role_grant> of_role;
  of_role.reserve(grants.size());
  for (const std::string& grant : grants) of_role.push_back({grant, role});
  auto compiled = grant_set::compile(std::span<const role_grant>(of_role), aliases);
  if (!compiled) return fail(std::move(compiled));
  return {};
}

result<void> check_grants(const static_rbac_options& options) {
  for (const role_definition& role : options.definitions) {
    if (auto checked = check_grants(role.id, role.permissions, options.aliases); !checked) return checked;
  }
  for (const auto& [role, grants] : options.mapping) {
    if (auto checked = check_grants(role, grants, options.aliases); !checked) return checked;
  }
  return {};
}

}  // namespace

result<std::shared_ptr<static_rbac>> static_rbac::make(static_rbac_options options) {
  if (options.get_user_roles == nullptr) {
    return fail(errc::configuration_invalid, "Roles need a function that knows who has which.", "roles");
  }
  if (auto checked = check_grants(options); !checked) return fail(std::move(checked));
  return std::shared_ptr<static_rbac>(new static_rbac(std::move(options)));
}

result<std::vector<std::string>> static_rbac::roles_of(const latchkey::user& person) {
  try {
    return options_.get_user_roles(person);
  } catch (...) {
    return fail(errc::unavailable, "The roles of this person could not be found out.");
  }
}

result<std::shared_ptr<const static_rbac::expansion>> static_rbac::expand(std::span<const std::string> role_ids) const {
  const std::string key = to_key(role_ids);
  {
    const std::shared_lock lock(mutex_);
    if (const auto found = cache_.find(key); found != cache_.end()) return found->second;
  }
  const auto grants = expand_roles(role_ids, options_.definitions, options_.mapping);
  auto compiled = grant_set::compile(grants, options_.aliases);
  if (!compiled) return fail(std::move(compiled));
  auto made = std::make_shared<const expansion>(expansion{to_grant_texts(grants), std::move(*compiled)});
  const std::unique_lock lock(mutex_);
  if (cache_.size() >= options_.cached_role_lists) cache_.clear();
  cache_.insert_or_assign(key, made);
  return made;
}

result<std::shared_ptr<const grant_set>> static_rbac::grants_of(std::span<const std::string> role_ids) {
  auto expanded = expand(role_ids);
  if (!expanded) return fail(std::move(expanded));
  const grant_set* grants = &(*expanded)->grants;
  return std::shared_ptr<const grant_set>(std::move(*expanded), grants);
}

result<std::vector<std::string>> static_rbac::permissions_of(std::span<const std::string> role_ids) {
  auto expanded = expand(role_ids);
  if (!expanded) return fail(std::move(expanded));
  return (*expanded)->permissions;
}

}  // namespace latchkey::native
