// SPDX-License-Identifier: Apache-2.0
// Lines: `mode|person|roles|type|id|action`, then the roles' grants between commas, then ACL grants as
// `user or role|id|type|id|actions`.
#include "latchkey/acl.h"

#include "rule.h"

namespace {

using namespace latchkey;

acl_grant to_acl_grant(std::string_view line) {
  acl_grant grant;
  grant.subject.type =
      fuzz::take_field(line, '|').substr(0, 1) == "r" ? acl_subject_type::role : acl_subject_type::user;
  grant.subject.id = fuzz::take_field(line, '|');
  grant.resource.type = fuzz::take_field(line, '|');
  grant.resource.id = fuzz::take_field(line, '|');
  grant.actions = fuzz::take_fields(fuzz::take_field(line, '|'), ',');
  return grant;
}

bool holds_one(const std::vector<std::string>& all, std::string_view one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

// The table of the page on permissions.
bool can_by_table(acl_mode mode, const acl_caller& caller, const std::vector<acl_grant>& grants,
                  const std::vector<std::string>& role_grants, const acl_resource& resource,
                  const std::string& action) {
  if (!fuzz::is_word(resource.type) || !fuzz::is_word(action) || !fuzz::is_resource_part(resource.id)) return false;
  if (resource.type == "*" || action == "*" || resource.id == "*") return false;
  const std::string required = resource.type + ":" + action + ":" + resource.id;
  const bool roles_cover = std::any_of(role_grants.begin(), role_grants.end(),
                                       [&](const std::string& grant) { return fuzz::covers_by_rule(grant, required); });
  bool has_grants = false;
  bool answered = false;
  for (const acl_grant& grant : grants) {
    if (grant.resource.type != resource.type || grant.resource.id != resource.id) continue;
    has_grants = true;
    const bool is_person =
        grant.subject.type == acl_subject_type::user && grant.subject.id == caller.user_id && !caller.user_id.empty();
    const bool is_role = grant.subject.type == acl_subject_type::role &&
                         std::find(caller.roles.begin(), caller.roles.end(), grant.subject.id) != caller.roles.end();
    answered |= (is_person || is_role) && (holds_one(grant.actions, action) || holds_one(grant.actions, "*"));
  }
  if (mode == acl_mode::extend) return roles_cover || answered;
  return roles_cover && (!has_grants || answered);
}

void check_granting(acl_mode mode, const acl_caller& caller, const std::vector<acl_grant>& grants) {
  const acl_grant& wanted = grants.front();
  const auto checked = check_acl_grant(mode, caller, grants, wanted);
  if (!checked) {
    const errc code = checked.error().code;
    fuzz::require(code == errc::permission_invalid || code == errc::forbidden, "a refusal is one of two");
    return;
  }
  fuzz::require(!wanted.subject.id.empty() && !wanted.actions.empty(), "a grant is for someone and something");
  for (const std::string& action : wanted.actions) {
    fuzz::require(action == "*" || can_access(mode, caller, grants, wanted.resource, action),
                  "nobody grants what they don't hold");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = fuzz::to_text(data, size);
  std::string_view head = fuzz::take_field(rest, '\n');
  const acl_mode mode = to_acl_mode(fuzz::take_field(head, '|')).value_or(acl_mode::extend);
  const std::string user(fuzz::take_field(head, '|'));
  const std::vector<std::string> roles = fuzz::take_fields(fuzz::take_field(head, '|'), ',');
  acl_resource resource;
  resource.type = fuzz::take_field(head, '|');
  resource.id = fuzz::take_field(head, '|');
  const std::string action(head);
  std::vector<std::string> role_grants = fuzz::take_fields(fuzz::take_field(rest, '\n'), ',');
  std::erase_if(role_grants, [](const std::string& grant) { return !fuzz::is_permission(grant); });
  const auto set = grant_set::compile(std::span<const std::string>(role_grants));
  const acl_caller caller{user, roles, *set};
  std::vector<acl_grant> grants;
  while (!rest.empty()) grants.push_back(to_acl_grant(fuzz::take_field(rest, '\n')));

  const bool allowed = can_access(mode, caller, grants, resource, action);
  fuzz::require(allowed == can_by_table(mode, caller, grants, role_grants, resource, action), "the table decides");
  fuzz::require(!can_access(acl_mode::restrict, caller, grants, resource, action) ||
                    can_access(acl_mode::extend, caller, grants, resource, action),
                "what the strict mode allows the other allows too");
  fuzz::require(!can_access(acl_mode::restrict, caller, grants, resource, action) ||
                    can_access(acl_mode::restrict, caller, {}, resource, action),
                "the strict mode allows nothing that roles don't");

  std::vector<acl_resource> resources{resource};
  for (const acl_grant& grant : grants) resources.push_back(grant.resource);
  std::vector<acl_resource> one_by_one;
  for (const acl_resource& each : resources) {
    if (can_access(mode, caller, grants, each, action)) one_by_one.push_back(each);
  }
  fuzz::require(filter_accessible(mode, caller, grants, resources, action) == one_by_one, "filtering is asking each");

  const std::vector<std::string> named = {resource.id};
  const auto listed = list_accessible(mode, caller, grants, resource.type, action, named);
  const bool is_listed = listed.all ? !holds_one(listed.except, resource.id) : holds_one(listed.ids, resource.id);
  fuzz::require(is_listed == allowed, "listing is asking each");
  if (!grants.empty()) check_granting(mode, caller, grants);
  return 0;
}
