// SPDX-License-Identifier: Apache-2.0
#include "latchkey/acl.h"

#include <algorithm>
#include <set>

namespace latchkey {
namespace {

constexpr std::string_view any_action = "*";

// `type:action:id` for the matcher. Its grammar gives type and action no colon, so no two resources share a text.
std::string to_permission(const acl_resource& resource, std::string_view action) {
  std::string permission;
  permission.reserve(resource.type.size() + action.size() + resource.id.size() + 2);
  return permission.append(resource.type).append(":").append(action).append(":").append(resource.id);
}

// Whether this is one action on one resource: three parts that are what they were put together from, none a wildcard.
bool is_one_resource(const acl_resource& resource, std::string_view action) {
  const std::string text = to_permission(resource, action);
  const auto parsed = parse_permission(text);
  return parsed && parsed->parts == 3 && parsed->name_space == resource.type && parsed->action == action &&
         parsed->resource == resource.id && resource.type != "*" && action != "*" && resource.id != "*";
}

bool lists(const acl_grant& grant, std::string_view action) noexcept {
  return std::any_of(grant.actions.begin(), grant.actions.end(),
                     [&](const std::string& listed) { return listed == any_action || listed == action; });
}

bool is_for(const acl_subject& subject, const acl_caller& caller) noexcept {
  if (subject.type == acl_subject_type::user) return !subject.id.empty() && subject.id == caller.user_id;
  return std::find(caller.roles.begin(), caller.roles.end(), subject.id) != caller.roles.end();
}

void sort_once(std::vector<std::string>& ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

// The grants by resource, so that asking about many resources doesn't read all grants for each.
class grant_index {
 public:
  explicit grant_index(std::span<const acl_grant> grants) {
    sorted_.reserve(grants.size());
    for (const acl_grant& grant : grants) sorted_.push_back(&grant);
    std::stable_sort(sorted_.begin(), sorted_.end(),
                     [](const acl_grant* a, const acl_grant* b) { return is_before(a->resource, b->resource); });
  }

  [[nodiscard]] std::span<const acl_grant* const> of(const acl_resource& resource) const {
    const auto first = std::lower_bound(
        sorted_.begin(), sorted_.end(), resource,
        [](const acl_grant* grant, const acl_resource& wanted) { return is_before(grant->resource, wanted); });
    const auto last = std::upper_bound(
        first, sorted_.end(), resource,
        [](const acl_resource& wanted, const acl_grant* grant) { return is_before(wanted, grant->resource); });
    return std::span(sorted_).subspan(static_cast<std::size_t>(first - sorted_.begin()),
                                      static_cast<std::size_t>(last - first));
  }

 private:
  static bool is_before(const acl_resource& a, const acl_resource& b) noexcept {
    return a.type != b.type ? a.type < b.type : a.id < b.id;
  }

  std::vector<const acl_grant*> sorted_;
};

// The decision for one resource, from its own grants.
bool decide(acl_mode mode, const acl_caller& caller, std::span<const acl_grant* const> grants,
            const acl_resource& resource, std::string_view action) {
  if (!is_one_resource(resource, action)) return false;
  const bool roles_cover = caller.role_grants.covers(to_permission(resource, action));
  const bool grant_answers = std::any_of(
      grants.begin(), grants.end(), [&](const acl_grant* grant) { return answers(*grant, caller, resource, action); });
  return combine(mode, roles_cover, !grants.empty(), grant_answers);
}

// Whether the grantor holds everything that the action stands for on the resource: `*` asks for every action at once.
bool holds(acl_mode mode, const acl_caller& grantor, std::span<const acl_grant* const> existing,
           const acl_resource& resource, const std::string& action) {
  if (action != any_action) return decide(mode, grantor, existing, resource, action);
  const bool roles_cover = grantor.role_grants.covers(to_permission(resource, any_action));
  const bool grant_answers = std::any_of(existing.begin(), existing.end(), [&](const acl_grant* grant) {
    return is_for(grant->subject, grantor) && lists(*grant, any_action);
  });
  return combine(mode, roles_cover, !existing.empty(), grant_answers);
}

// The resource of this permission is `<type>:<id>`; a longer one than the grammar allows is never covered.
result<void> check_may_write(const acl_caller& caller, const acl_resource& resource) {
  if (caller.role_grants.covers("acl:write:" + resource.type + ":" + resource.id)) return {};
  return fail(errc::forbidden, "Missing required permission: acl:write on this resource.", "resource");
}

bool takes(std::span<const std::string> actions, const std::string& action) {
  return actions.empty() || std::find(actions.begin(), actions.end(), action) != actions.end();
}

}  // namespace

std::optional<acl_mode> to_acl_mode(std::string_view text) noexcept {
  if (text == "extend") return acl_mode::extend;
  if (text == "restrict") return acl_mode::restrict;
  return std::nullopt;
}

bool combine(acl_mode mode, bool roles_cover, bool has_grants, bool grant_answers) noexcept {
  const bool answered = has_grants && grant_answers;
  if (mode == acl_mode::extend) return roles_cover || answered;
  return roles_cover && (!has_grants || answered);
}

bool answers(const acl_grant& grant, const acl_caller& caller, const acl_resource& resource,
             std::string_view action) noexcept {
  return grant.resource == resource && is_for(grant.subject, caller) && lists(grant, action);
}

bool can_access(acl_mode mode, const acl_caller& caller, std::span<const acl_grant> grants,
                const acl_resource& resource, std::string_view action) {
  std::vector<const acl_grant*> own;
  for (const acl_grant& grant : grants) {
    if (grant.resource == resource) own.push_back(&grant);
  }
  return decide(mode, caller, own, resource, action);
}

std::vector<std::string> resources_named_by(std::span<const std::string> grants, std::string_view type) {
  std::vector<std::string> ids;
  std::set<std::string_view> seen;
  for (const std::string& grant : grants) {
    const auto parsed = parse_permission(grant);
    if (!parsed || parsed->parts != 3 || parsed->resource == "*") continue;
    if (parsed->name_space != type && parsed->name_space != "*") continue;
    if (seen.insert(parsed->resource).second) ids.emplace_back(parsed->resource);
  }
  return ids;
}

accessible_resources list_accessible(acl_mode mode, const acl_caller& caller, std::span<const acl_grant> grants,
                                     std::string_view type, std::string_view action,
                                     std::span<const std::string> role_resources) {
  accessible_resources found;
  std::vector<std::string> candidates(role_resources.begin(), role_resources.end());
  for (const acl_grant& grant : grants) {
    if (grant.resource.type == type) candidates.push_back(grant.resource.id);
  }
  sort_once(candidates);
  found.all = is_one_resource({std::string(type), "x"}, action) &&
              caller.role_grants.covers(std::string(type).append(":").append(action));
  const grant_index index(grants);
  for (std::string& id : candidates) {
    const acl_resource resource{std::string(type), id};
    const bool allowed = decide(mode, caller, index.of(resource), resource, action);
    if (allowed != found.all) (found.all ? found.except : found.ids).push_back(std::move(id));
  }
  return found;
}

std::vector<acl_resource> filter_accessible(acl_mode mode, const acl_caller& caller, std::span<const acl_grant> grants,
                                            std::span<const acl_resource> resources, std::string_view action) {
  const grant_index index(grants);
  std::vector<acl_resource> accessible;
  for (const acl_resource& resource : resources) {
    if (decide(mode, caller, index.of(resource), resource, action)) accessible.push_back(resource);
  }
  return accessible;
}

result<void> check_acl_form(const acl_grant& wanted) {
  const auto invalid = [](std::string_view field) {
    return fail(errc::permission_invalid, "This can't be a part of a permission.", std::string(field));
  };
  if (wanted.subject.id.empty()) return invalid("subject");
  if (wanted.actions.empty() || wanted.actions.size() > acl_max_actions) return invalid("actions");
  if (!is_one_resource(wanted.resource, "read")) return invalid("resource");
  for (const std::string& action : wanted.actions) {
    if (action != any_action && !is_one_resource(wanted.resource, action)) return invalid("actions");
  }
  return {};
}

result<void> check_acl_grant(acl_mode mode, const acl_caller& grantor, std::span<const acl_grant> existing,
                             const acl_grant& wanted) {
  if (auto form = check_acl_form(wanted); !form) return form;
  if (auto may = check_may_write(grantor, wanted.resource); !may) return may;
  const grant_index index(existing);
  for (const std::string& action : wanted.actions) {
    if (holds(mode, grantor, index.of(wanted.resource), wanted.resource, action)) continue;
    return fail(errc::forbidden, "Nobody grants an action that they do not hold themselves.", action);
  }
  return {};
}

result<void> check_acl_revocation(acl_mode mode, const acl_caller& revoker, std::span<const acl_grant> existing,
                                  const acl_subject& subject, const acl_resource& resource,
                                  std::span<const std::string> actions) {
  if (revoker.role_grants.covers("*")) return {};
  if (auto may = check_may_write(revoker, resource); !may) return may;
  const grant_index index(existing);
  const auto own = index.of(resource);
  for (const acl_grant* grant : own) {
    if (grant->subject != subject) continue;
    for (const std::string& action : grant->actions) {
      if (!takes(actions, action) || holds(mode, revoker, own, resource, action)) continue;
      return fail(errc::forbidden, "Nobody takes away an action that they do not hold themselves.", action);
    }
  }
  return {};
}

result<void> check_acl_role_change(acl_mode mode, const acl_caller& changer, std::span<const acl_grant> existing,
                                   std::string_view role_id) {
  if (changer.role_grants.covers("*")) return {};
  const grant_index index(existing);
  for (const acl_grant& grant : existing) {
    if (grant.subject.type != acl_subject_type::role || grant.subject.id != role_id) continue;
    for (const std::string& action : grant.actions) {
      if (holds(mode, changer, index.of(grant.resource), grant.resource, action)) continue;
      return fail(errc::forbidden, "Nobody gives or takes a role to which more is granted than they hold themselves.",
                  to_permission(grant.resource, action));
    }
  }
  return {};
}

}  // namespace latchkey
