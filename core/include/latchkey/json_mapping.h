// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_JSON_MAPPING_H_
#define LATCHKEY_JSON_MAPPING_H_

/** The one place where core's values meet the documented names of their JSON (`avatarUrl`, `signUpEnabled`, …). */

#include <string>
#include <vector>

#include "latchkey/acl.h"
#include "latchkey/audit.h"
#include "latchkey/capabilities.h"
#include "latchkey/json_codec.h"
#include "latchkey/license.h"
#include "latchkey/role.h"

namespace latchkey {

/** `{id, email?, name?, avatarUrl?, metadata?}`. */
[[nodiscard]] json_value to_json(const user& person);
/** `{provider, text, icon?, description?, url}`. */
[[nodiscard]] json_value to_json(const sso_login& login);
/** `{roles, permissions}`. */
[[nodiscard]] json_value to_json(const access& granted);
/** `{id, name, permissions, inherits?}`. */
[[nodiscard]] json_value to_json(const role_definition& role);
/** `{subject: {type, id}, resource: {type, id}, actions, grantedAt, grantedBy?}`, the time in ISO 8601. */
[[nodiscard]] json_value to_json(const acl_grant& grant);
/** `{valid, tier?, customer?, features, expiresAt?, reason?}`, the time in ISO 8601. */
[[nodiscard]] json_value to_json(const license_info& info);
[[nodiscard]] json_value to_json(const std::vector<std::string>& texts);

/** The event with the members of an audit export (`id`, `timestamp`, `actor`, `action`, …); what is empty is left out. */
[[nodiscard]] json_value to_json(const audit_event& event);

/** Exactly what `to_json` writes; an unknown member is `json_shape` too, because no hash would cover it. */
[[nodiscard]] result<audit_event> to_audit_event(const json_value& value);
/**
 * The event as its JSON gives it back, which is what a store keeps: bytes that are not UTF-8 become U+FFFD, empty texts
 * absent ones. `json_shape` names what no JSON gives back: metadata with fractions or a key twice, a negative duration, a
 * time before the year 0.
 */
[[nodiscard]] result<audit_event> to_recordable(const audit_event& event);
/**
 * `{actorId?, actorType?, action?, resourceType?, resourceId?, outcome?, startDate?, endDate?}`, texts as in the query of
 * `GET /audit`, where an empty one doesn't filter. `audit_filter_invalid` names the member that has no such value.
 */
[[nodiscard]] result<audit_filter> to_audit_filter(const json_value& value);

/** The facts of `core.capabilities` in JS; `json_shape` names the member at fault. */
[[nodiscard]] result<capability_facts> to_capability_facts(const json_value& value);
/** A list of `{id, name?, permissions, inherits?}`, or the name of a preset. */
[[nodiscard]] result<std::vector<role_definition>> to_role_definitions(const json_value& value);
/** `{role: [grants]}`. */
[[nodiscard]] result<role_mapping> to_role_mapping(const json_value& value);
/** `{alias: [namespaces]}`. */
[[nodiscard]] result<namespace_aliases> to_namespace_aliases(const json_value& value);
/** A list of `documented`, `signed` and `server`. */
[[nodiscard]] result<license_forms> to_license_forms(const json_value& value);
/** A list of grants, each a text or `{grant, role}`. */
[[nodiscard]] result<std::vector<role_grant>> to_role_grants(const json_value& value);

}  // namespace latchkey

#endif  // LATCHKEY_JSON_MAPPING_H_
