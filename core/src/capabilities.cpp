// SPDX-License-Identifier: Apache-2.0
#include "latchkey/capabilities.h"

#include "latchkey/json_mapping.h"
#include "latchkey/permission.h"

namespace latchkey {
namespace {

json_value to_login_json(const provider_facts& provider, const capability_flags& offered) {
  if (!offered.sso && !offered.credentials) return nullptr;
  json_object login;
  const bool both = offered.sso && offered.credentials;
  login.emplace_back("type", both ? "both" : offered.sso ? "sso" : "credentials");
  if (offered.credentials) login.emplace_back("signUpEnabled", provider.sign_up_enabled);
  if (offered.sso) {
    if (!provider.sso->description.empty()) login.emplace_back("description", provider.sso->description);
    login.emplace_back("sso", to_json(*provider.sso));
  }
  return login;
}

json_value to_json(const capability_flags& offered) {
  return json_object{{"user", offered.user},   {"session", offered.session},
                     {"sso", offered.sso},     {"credentials", offered.credentials},
                     {"rbac", offered.rbac},   {"acl", offered.acl},
                     {"audit", offered.audit}, {"fga", false}};
}

json_value available_roles(const std::vector<role_definition>& roles) {
  json_array available;
  for (const role_definition& role : roles) {
    if (holds_everything(role.id, roles)) continue;
    available.push_back(json_object{{"id", role.id}, {"name", role.name.empty() ? role.id : role.name}});
  }
  return available;
}

bool holds_everything(const access& granted) {
  const auto compiled = grant_set::compile(std::span<const std::string>(granted.permissions));
  return compiled.has_value() && compiled->covers("*");
}

}  // namespace

capability_flags to_capability_flags(const provider_facts& provider, const license_gate& license,
                                     std::int64_t now_ms) noexcept {
  const auto offers = [&](bool implemented, license_feature feature) {
    return implemented && license.allows(feature, now_ms);
  };
  return {offers(provider.user, license_feature::user),           offers(provider.session, license_feature::session),
          offers(provider.sso.has_value(), license_feature::sso), offers(provider.credentials, license_feature::user),
          offers(provider.rbac, license_feature::rbac),           offers(provider.acl, license_feature::acl),
          offers(provider.audit, license_feature::audit)};
}

json_value build_capabilities(const capability_facts& facts) {
  if (!facts.provider || !facts.license.is_licensed(facts.now_ms)) {
    return json_object{{"enabled", false}, {"login", nullptr}};
  }
  const capability_flags offered = to_capability_flags(*facts.provider, facts.license, facts.now_ms);
  json_object capabilities{{"enabled", true}, {"login", to_login_json(*facts.provider, offered)}};
  if (!facts.signed_in || !offered.user) return capabilities;

  capabilities.emplace_back("user", to_json(*facts.signed_in));
  capabilities.emplace_back("capabilities", to_json(offered));
  if (!offered.rbac || !facts.granted) {
    capabilities.emplace_back("access", nullptr);
    return capabilities;
  }
  capabilities.emplace_back("access", to_json(*facts.granted));
  if (holds_everything(*facts.granted)) capabilities.emplace_back("availableRoles", available_roles(facts.roles));
  return capabilities;
}

result<void> check_licensed(const provider_facts& provider, const license_gate& license, std::int64_t now_ms) {
  const auto check = [&](bool configured, license_feature feature) -> result<void> {
    if (!configured || license.allows(feature, now_ms)) return {};
    const std::string name(to_string(feature));
    return fail(errc::license_required,
                "The license feature '" + name +
                    "' is needed because it is configured; set auth_server_config::license: check_license of the text "
                    "that you have, or exempt for development.",
                name);
  };
  if (auto rbac = check(provider.rbac, license_feature::rbac); !rbac) return rbac;
  return check(provider.acl, license_feature::acl);
}

}  // namespace latchkey
