// SPDX-License-Identifier: Apache-2.0
#include "latchkey/json_mapping.h"

#include "json_fields.h"
#include "latchkey/session.h"

namespace latchkey {
namespace {

// `{name: [strings]}`: the shape of mappings and aliases alike.
result<std::vector<std::pair<std::string, std::vector<std::string>>>> to_string_lists(const json_value& value,
                                                                                      std::string_view field) {
  const json_object* object = value.as_object();
  if (object == nullptr) return wrong_shape("an object of string lists", field);
  std::vector<std::pair<std::string, std::vector<std::string>>> lists;
  for (const auto& [name, list] : *object) {
    auto strings = to_string_list(list, name);
    if (!strings) return fail(std::move(strings));
    lists.emplace_back(name, std::move(*strings));
  }
  return lists;
}

result<role_definition> to_role_definition(const json_value& value) {
  role_definition role;
  const std::string* id = value.find_string("id");
  const json_value* permissions = value.find("permissions");
  if (id == nullptr || permissions == nullptr) return wrong_shape("{id, name?, permissions, inherits?}", "definitions");
  role.id = *id;
  auto name = to_text(value, "name");
  if (!name) return fail(std::move(name));
  role.name = std::move(*name);
  auto grants = to_string_list(*permissions, "permissions");
  if (!grants) return fail(std::move(grants));
  role.permissions = std::move(*grants);
  if (const json_value* inherits = value.find("inherits")) {
    auto roles = to_string_list(*inherits, "inherits");
    if (!roles) return fail(std::move(roles));
    role.inherits = std::move(*roles);
  }
  return role;
}

result<sso_login> to_sso_login(const json_value& value) {
  sso_login login;
  struct member {
    std::string_view key;
    std::string& target;
    bool required;
  };
  for (const member& each :
       {member{"provider", login.provider, true}, member{"text", login.text, true}, member{"url", login.url, true},
        member{"icon", login.icon, false}, member{"description", login.description, false}}) {
    auto text = each.required ? to_required_text(value, each.key) : to_text(value, each.key);
    if (!text) return fail(std::move(text));
    each.target = std::move(*text);
  }
  return login;
}

result<provider_facts> to_provider_facts(const json_value& value) {
  if (value.as_object() == nullptr) return wrong_shape("null or an object", "provider");
  provider_facts facts;
  facts.user = value.is_true("user");
  facts.session = value.is_true("session");
  facts.rbac = value.is_true("rbac");
  facts.acl = value.is_true("acl");
  facts.audit = value.is_true("audit");
  if (const json_value* sso = value.find("sso"); sso != nullptr && !sso->is_null()) {
    auto login = to_sso_login(*sso);
    if (!login) return fail(std::move(login));
    facts.sso = std::move(*login);
  }
  if (const json_value* credentials = value.find("credentials"); credentials != nullptr && !credentials->is_null()) {
    if (credentials->as_object() == nullptr) return wrong_shape("{signUpEnabled}", "credentials");
    facts.credentials = true;
    facts.sign_up_enabled = credentials->is_true("signUpEnabled");
  }
  return facts;
}

result<license_gate> to_license_gate(const json_value& value, bool exempt) {
  license_gate gate;
  gate.exempt = exempt;
  gate.license.valid = value.is_true("valid");
  auto end = to_text(value, "expiresAt");
  if (!end) return fail(std::move(end));
  if (!end->empty()) {
    gate.license.expires_at_ms = parse_iso_time(*end);
    if (!gate.license.expires_at_ms) return wrong_shape("a time such as 2026-11-21T12:00:00.000Z", "expiresAt");
  }
  const json_value* features = value.find("features");
  if (features == nullptr) {
    if (gate.license.valid) gate.license.features = license_features::all();
    return gate;
  }
  auto names = to_string_list(*features, "features");
  if (!names) return fail(std::move(names));
  for (const std::string& name : *names) {
    const auto feature = to_license_feature(name);
    // A feature of a later version enables nothing here, and takes nothing away.
    if (feature) gate.license.features.add(*feature);
  }
  return gate;
}

result<user> to_user(const json_value& value) {
  user person;
  auto id = to_required_text(value, "id");
  if (!id) return fail(std::move(id));
  person.id = std::move(*id);
  for (const auto& [key, target] :
       {std::pair{"email", &person.email}, {"name", &person.name}, {"avatarUrl", &person.avatar_url}}) {
    if (value.find(key) == nullptr) continue;
    auto text = to_required_text(value, key);
    if (!text) return fail(std::move(text));
    *target = std::move(*text);
  }
  if (const json_value* metadata = value.find("metadata")) {
    if (metadata->as_object() == nullptr) return wrong_shape("an object", "metadata");
    person.metadata = *metadata->as_object();
  }
  return person;
}

result<access> to_access(const json_value& value) {
  const json_value* roles = value.find("roles");
  const json_value* permissions = value.find("permissions");
  if (roles == nullptr || permissions == nullptr) return wrong_shape("{roles, permissions}", "access");
  auto role_ids = to_string_list(*roles, "roles");
  if (!role_ids) return fail(std::move(role_ids));
  auto grants = to_string_list(*permissions, "permissions");
  if (!grants) return fail(std::move(grants));
  return access{std::move(*role_ids), std::move(*grants)};
}

const json_value* find_set(const json_value& object, std::string_view key) noexcept {
  const json_value* member = object.find(key);
  return member == nullptr || member->is_null() ? nullptr : member;
}

}  // namespace

json_value to_json(const user& person) {
  json_object object{{"id", person.id}};
  append_if_set(object, "email", person.email);
  append_if_set(object, "name", person.name);
  append_if_set(object, "avatarUrl", person.avatar_url);
  if (!person.metadata.empty()) object.emplace_back("metadata", person.metadata);
  return object;
}

json_value to_json(const sso_login& login) {
  json_object object{{"provider", login.provider}, {"text", login.text}};
  append_if_set(object, "icon", login.icon);
  append_if_set(object, "description", login.description);
  object.emplace_back("url", login.url);
  return object;
}

json_value to_json(const access& granted) {
  return json_object{{"roles", to_json(granted.roles)}, {"permissions", to_json(granted.permissions)}};
}

json_value to_json(const role_definition& role) {
  json_object object{{"id", role.id}, {"name", role.name.empty() ? role.id : role.name}};
  object.emplace_back("permissions", to_json(role.permissions));
  if (!role.inherits.empty()) object.emplace_back("inherits", to_json(role.inherits));
  return object;
}

json_value to_json(const acl_grant& grant) {
  const char* subject_type = grant.subject.type == acl_subject_type::user ? "user" : "role";
  json_object object{{"subject", json_object{{"type", subject_type}, {"id", grant.subject.id}}},
                     {"resource", json_object{{"type", grant.resource.type}, {"id", grant.resource.id}}},
                     {"actions", to_json(grant.actions)},
                     {"grantedAt", to_iso_time(grant.granted_at_ms)}};
  append_if_set(object, "grantedBy", grant.granted_by);
  return object;
}

json_value to_json(const license_info& info) {
  json_object object{{"valid", info.valid}};
  append_if_set(object, "tier", info.tier);
  append_if_set(object, "customer", info.customer);
  json_array features;
  for (int i = 0; i < license_feature_count; ++i) {
    const auto feature = static_cast<license_feature>(i);
    if (info.features.has(feature)) features.emplace_back(to_string(feature));
  }
  object.emplace_back("features", std::move(features));
  if (info.expires_at_ms) object.emplace_back("expiresAt", to_iso_time(*info.expires_at_ms));
  if (info.reason) object.emplace_back("reason", to_string(*info.reason));
  return object;
}

result<license_forms> to_license_forms(const json_value& value) {
  auto names = to_string_list(value, "accepted");
  if (!names) return fail(std::move(names));
  license_forms forms;
  for (const std::string& name : *names) {
    const auto form = to_license_form(name);
    if (!form) return wrong_shape("documented, signed or server", "accepted");
    forms.add(*form);
  }
  return forms;
}

json_value to_json(const std::vector<std::string>& texts) { return json_array(texts.begin(), texts.end()); }

result<std::vector<role_definition>> to_role_definitions(const json_value& value) {
  if (const std::string* name = value.as_string()) {
    const auto preset = to_role_preset(*name);
    if (!preset) return wrong_shape("\"latchkey\", \"mastra\" or a list of roles", "definitions");
    return default_roles(*preset);
  }
  const json_array* list = value.as_array();
  if (list == nullptr) return wrong_shape("\"latchkey\", \"mastra\" or a list of roles", "definitions");
  std::vector<role_definition> definitions;
  for (const json_value& each : *list) {
    auto role = to_role_definition(each);
    if (!role) return fail(std::move(role));
    definitions.push_back(std::move(*role));
  }
  return definitions;
}

result<role_mapping> to_role_mapping(const json_value& value) { return to_string_lists(value, "mapping"); }

result<namespace_aliases> to_namespace_aliases(const json_value& value) { return to_string_lists(value, "aliases"); }

result<std::vector<role_grant>> to_role_grants(const json_value& value) {
  const json_array* list = value.as_array();
  if (list == nullptr) return wrong_shape("a list of grants", "grants");
  std::vector<role_grant> grants;
  grants.reserve(list->size());
  for (const json_value& each : *list) {
    if (const std::string* text = each.as_string()) {
      grants.push_back({*text, {}});
      continue;
    }
    const std::string* grant = each.find_string("grant");
    if (grant == nullptr) return wrong_shape("a grant, or {grant, role}", "grants");
    auto role = to_text(each, "role");
    if (!role) return fail(std::move(role));
    grants.push_back({*grant, std::move(*role)});
  }
  return grants;
}

result<capability_facts> to_capability_facts(const json_value& value) {
  if (value.as_object() == nullptr) return wrong_shape("an object of facts", "facts");
  capability_facts facts;
  if (const json_value* provider = find_set(value, "provider")) {
    auto parts = to_provider_facts(*provider);
    if (!parts) return fail(std::move(parts));
    facts.provider = std::move(*parts);
  }
  if (const json_value* now = find_set(value, "nowMs")) {
    if (now->as_integer() == nullptr) return wrong_shape("a whole number of milliseconds", "nowMs");
    facts.now_ms = *now->as_integer();
  }
  const json_value* license = find_set(value, "license");
  auto gate = to_license_gate(license == nullptr ? json_value() : *license, value.is_true("exempt"));
  if (!gate) return fail(std::move(gate));
  facts.license = std::move(*gate);
  if (const json_value* person = find_set(value, "user")) {
    auto parsed = to_user(*person);
    if (!parsed) return fail(std::move(parsed));
    facts.signed_in = std::move(*parsed);
  }
  if (const json_value* granted = find_set(value, "access")) {
    auto parsed = to_access(*granted);
    if (!parsed) return fail(std::move(parsed));
    facts.granted = std::move(*parsed);
  }
  if (const json_value* roles = find_set(value, "roles")) {
    auto parsed = to_role_definitions(*roles);
    if (!parsed) return fail(std::move(parsed));
    facts.roles = std::move(*parsed);
  }
  return facts;
}

}  // namespace latchkey
