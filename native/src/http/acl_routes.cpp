// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "http/resource_access.h"
#include "http/routes.h"
#include "latchkey/json_mapping.h"
#include "latchkey/utf8.h"

namespace latchkey::native {
namespace {

constexpr std::size_t subject_id_max_bytes = 256;

using issue_list = std::vector<field_issue>;

acl_resource resource_of(const request_context& context) {
  return {std::string(context.path_parameter("type")), std::string(context.path_parameter("id"))};
}

/** Whether path parameters name something that there can be grants on. */
bool is_resource(const acl_resource& resource) {
  return check_acl_form({{acl_subject_type::user, "anybody"}, resource, {"read"}, 0, {}}).has_value();
}

tl::unexpected<http_error> refuse_resource() {
  return refuse_path({{"type", "Type and id must be parts of a permission: type:action:id"}});
}

bool is_exactly(const json_value& object, std::initializer_list<std::string_view> names) {
  const json_object* members = object.as_object();
  return members != nullptr && std::all_of(members->begin(), members->end(), [&](const auto& member) {
           return std::find(names.begin(), names.end(), member.first) != names.end();
         });
}

void read_subject(const json_value* subject, acl_subject& out, issue_list& issues) {
  const std::string* type = subject == nullptr ? nullptr : subject->find_string("type");
  const std::string* id = subject == nullptr ? nullptr : subject->find_string("id");
  const bool is_known = type != nullptr && (*type == "user" || *type == "role");
  const bool is_sized = id != nullptr && !id->empty() && id->size() <= subject_id_max_bytes;
  if (!is_known || !is_sized || !is_well_formed_utf8(*id) || !is_exactly(*subject, {"type", "id"})) {
    issues.push_back({"subject", R"(Must be {"type": "user" or "role", "id": 1 to 256 bytes})"});
    return;
  }
  out = {*type == "user" ? acl_subject_type::user : acl_subject_type::role, *id};
}

void read_actions(const json_value* actions, bool required, std::vector<std::string>& out, issue_list& issues) {
  if (actions == nullptr && !required) return;
  const json_array* list = actions == nullptr ? nullptr : actions->as_array();
  const bool is_list = list != nullptr && !list->empty() && list->size() <= acl_max_actions;
  const bool is_text = is_list && std::all_of(list->begin(), list->end(),
                                              [](const json_value& each) { return each.as_string() != nullptr; });
  if (!is_text) {
    issues.push_back({"actions", "Must be a list of 1 to 64 actions, such as [\"read\"]"});
    return;
  }
  for (const json_value& each : *list) out.push_back(*each.as_string());
}

/**
 * The subject and actions of a body; the resource is the path's. A body may repeat the resource, and must then mean the
 * same one (AC-07); any other member is refused, because it could be an id that the caller believes to count.
 */
http_result<acl_grant> read_grant(const request_context& context, bool needs_actions) {
  acl_grant read{{}, resource_of(context), {}, 0, {}};
  if (!is_resource(read.resource)) return refuse_resource();
  const std::string& text = context.request().body;
  if (text.empty()) return refuse_body({{"root", "Invalid input: expected object, received undefined"}});
  const auto body = parse_json(text);
  if (!body) return refuse_body({{"body", body.error().message}});
  if (body->as_object() == nullptr) {
    return refuse_body({{"root", "Invalid input: expected object, received " + std::string(body->type_name())}});
  }
  issue_list issues;
  read_subject(body->find("subject"), read.subject, issues);
  read_actions(body->find("actions"), needs_actions, read.actions, issues);
  if (const json_value* resource = body->find("resource")) {
    const std::string* type = resource->find_string("type");
    const std::string* id = resource->find_string("id");
    const bool agrees = type != nullptr && id != nullptr && acl_resource{*type, *id} == read.resource;
    if (!agrees) issues.push_back({"resource", "Must be the resource of the path, or be left out"});
  }
  for (const auto& [name, value] : *body->as_object()) {
    if (name != "subject" && name != "actions" && name != "resource") {
      issues.push_back({name, "Unrecognized key: \"" + name + "\""});
    }
  }
  if (!issues.empty()) return refuse_body(std::move(issues));
  if (!read.actions.empty() && !check_acl_form(read)) {
    return refuse_body({{"actions", "Each must be a word of A-Z a-z 0-9 . _ -, or *"}});
  }
  return read;
}

audit_event event_of(std::string_view action, const acl_grant& grant, audit_outcome outcome) {
  const bool is_user = grant.subject.type == acl_subject_type::user;
  audit_event event;
  event.action = std::string(action);
  event.resource = audit_resource{grant.resource.type, grant.resource.id, {}};
  event.outcome = outcome;
  event.metadata = json_object{
      {"subject", json_object{{"type", is_user ? "user" : "role"}, {"id", grant.subject.id}}},
      {"actions", grant.actions.empty() ? json_array{"*"} : json_array(grant.actions.begin(), grant.actions.end())}};
  return event;
}

http_result<http_response> show_grants(request_context& context, acl_manager& manager, const acl_resource& resource) {
  const auto grants = call_provider([&] { return manager.grants_on(resource); });
  if (!grants) return context.failed(grants.error());
  json_array shown;
  for (const auto& grant : *grants) shown.push_back(to_json(grant));
  return json_response(200, json_object{{"resource", json_object{{"type", resource.type}, {"id", resource.id}}},
                                        {"grants", std::move(shown)}});
}

/** A grant for an id that nobody has would be inherited by whoever gets it (AC-08). */
http_result<void> check_subject(const server_state& state, request_context& context, const acl_subject& subject) {
  if (subject.type == acl_subject_type::role) {
    if (!state.provider.rbac) return refuse(errc::not_found, "Role not found");
    const auto roles = call_provider([&] { return state.provider.rbac->role_definitions(); });
    if (!roles) return context.failed(roles.error());
    return find_role(*roles, subject.id) ? http_result<void>() : refuse(errc::not_found, "Role not found");
  }
  const auto person = call_provider([&] { return state.provider.users->find_user(subject.id); });
  if (!person) return context.failed(person.error());
  return *person ? http_result<void>() : refuse(errc::not_found, "User not found");
}

tl::unexpected<http_error> refuse_change(request_context& context, std::string_view change, const acl_grant& wanted,
                                         const error& failed) {
  if (failed.code != errc::forbidden) return context.failed(failed);
  context.audit_best_effort(event_of(change, wanted, audit_outcome::denied));
  const acl_resource& resource = wanted.resource;
  const std::string missing = failed.field == "resource" ? "acl:write:" + resource.type + ":" + resource.id
                                                         : resource.type + ":" + failed.field + ":" + resource.id;
  return refuse(errc::forbidden, {}, "Missing required permission: " + missing);
}

/** Checked before it is on record, so that no event tells of a success that never was, and again with the change. */
http_result<http_response> grant(const server_state& state, request_context& context, acl_manager& manager) {
  const auto wanted = read_grant(context, true);
  if (!wanted) return tl::unexpected<http_error>(wanted.error());
  const acl_caller grantor = to_acl_caller(*context.signed_in());
  const auto may = call_provider([&]() -> result<void> {
    const auto existing = manager.grants_on(wanted->resource);
    if (!existing) return tl::unexpected<error>(existing.error());
    return check_acl_grant(manager.mode(), grantor, *existing, *wanted);
  });
  if (!may) return refuse_change(context, "acl.grant", *wanted, may.error());
  if (auto known = check_subject(state, context, wanted->subject); !known) {
    return tl::unexpected<http_error>(std::move(known.error()));
  }
  if (const auto logged = context.audit(event_of("acl.grant", *wanted, audit_outcome::success)); !logged) {
    return context.failed(logged.error());
  }
  const auto done = call_provider([&] { return manager.grant_as(grantor, *wanted); });
  if (done) return show_grants(context, manager, wanted->resource);
  context.audit_best_effort(event_of("acl.grant", *wanted, audit_outcome::failure));
  return refuse_change(context, "acl.grant", *wanted, done.error());
}

/** As `grant`: decided before it is on record, and again with the change. */
http_result<http_response> revoke(request_context& context, acl_manager& manager) {
  const auto ended = read_grant(context, false);
  if (!ended) return tl::unexpected<http_error>(ended.error());
  const acl_caller revoker = to_acl_caller(*context.signed_in());
  const auto may = call_provider([&]() -> result<void> {
    const auto existing = manager.grants_on(ended->resource);
    if (!existing) return tl::unexpected<error>(existing.error());
    return check_acl_revocation(manager.mode(), revoker, *existing, ended->subject, ended->resource, ended->actions);
  });
  if (!may) return refuse_change(context, "acl.revoke", *ended, may.error());
  if (const auto logged = context.audit(event_of("acl.revoke", *ended, audit_outcome::success)); !logged) {
    return context.failed(logged.error());
  }
  const auto done =
      call_provider([&] { return manager.revoke_as(revoker, ended->subject, ended->resource, ended->actions); });
  if (done) return show_grants(context, manager, ended->resource);
  context.audit_best_effort(event_of("acl.revoke", *ended, audit_outcome::failure));
  return refuse_change(context, "acl.revoke", *ended, done.error());
}

http_result<http_response> list_grants(request_context& context, acl_manager& manager) {
  const acl_resource resource = resource_of(context);
  if (!is_resource(resource)) return refuse_resource();
  return show_grants(context, manager, resource);
}

}  // namespace

result<void> add_acl_routes(server_state& state) {
  acl_manager* manager = state.provider.acl ? state.provider.acl->as_manager() : nullptr;
  // Who is granted something has to be somebody, so without a provider of users nothing can be granted over HTTP.
  if (manager == nullptr || !state.provider.users) return {};
  const auto guard = [](const char* permission) {
    return route_guard::permission(permission).on_resource("acl", "type", "id");
  };
  auto added = state.routes.add({"GET", "/auth/acl/:type/:id", guard("acl:read"),
                                 [manager](auto& context) { return list_grants(context, *manager); }});
  if (!added) return added;
  added = state.routes.add({"PUT", "/auth/acl/:type/:id", guard("acl:write"),
                            [&state, manager](auto& context) { return grant(state, context, *manager); }});
  if (!added) return added;
  return state.routes.add({"DELETE", "/auth/acl/:type/:id", guard("acl:write"),
                           [manager](auto& context) { return revoke(context, *manager); }});
}

}  // namespace latchkey::native
