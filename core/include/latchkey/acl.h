// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_ACL_H_
#define LATCHKEY_ACL_H_

/**
 * Access to one resource: grants that name a person or a role, a resource and actions, and how they combine with what
 * roles cover. Types, ids and actions are compared apart and byte-wise, never joined into one string.
 */

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "latchkey/permission.h"
#include "latchkey/result.h"

namespace latchkey {

enum class acl_subject_type : std::uint8_t { user, role };

/** Who a grant is for. */
struct acl_subject {
  acl_subject_type type = acl_subject_type::user;
  std::string id = {};

  friend bool operator==(const acl_subject&, const acl_subject&) = default;
};

/** What a grant is about. */
struct acl_resource {
  /** A namespace of permissions, such as `agents`. */
  std::string type = {};
  /** What stands behind the second colon of a permission. */
  std::string id = {};

  friend bool operator==(const acl_resource&, const acl_resource&) = default;
};

struct acl_grant {
  acl_subject subject = {};
  acl_resource resource = {};
  /** Actions, or `*` for every one. */
  std::vector<std::string> actions = {};
  std::int64_t granted_at_ms = 0;
  /** The id of the person who granted it. */
  std::string granted_by = {};

  friend bool operator==(const acl_grant&, const acl_grant&) = default;
};

/** How roles and grants combine; see `combine`. */
enum class acl_mode : std::uint8_t {
  /** Either is enough. */
  extend,
  /** A resource that has any grant needs both, one that has none is ruled by roles alone. */
  restrict,
};

/** `extend` or `restrict`; nothing for any other text. */
[[nodiscard]] std::optional<acl_mode> to_acl_mode(std::string_view text) noexcept;

/** Who asks: the person, their roles, and what those roles grant. All of it outlives the call. */
struct acl_caller {
  std::string_view user_id = {};
  std::span<const std::string> roles = {};
  const grant_set& role_grants;
};

/**
 * The table of the decision. `roles_cover`: a role's grant covers `type:action:id`; `has_grants`: the resource has any ACL
 * grant, whoever it is for; `grant_answers`: one of them is for this caller and action.
 */
[[nodiscard]] bool combine(acl_mode mode, bool roles_cover, bool has_grants, bool grant_answers) noexcept;

/** Whether one grant is for this person, or a role of theirs, this resource and this action. */
[[nodiscard]] bool answers(const acl_grant& grant, const acl_caller& caller, const acl_resource& resource,
                           std::string_view action) noexcept;

/**
 * Whether the caller may do `action` on `resource`. `grants` may be any list that holds at least every grant of the
 * resource. What can't be a permission (`type:action:id` outside the grammar, an action `*`) is refused. O(grants).
 */
[[nodiscard]] bool can_access(acl_mode mode, const acl_caller& caller, std::span<const acl_grant> grants,
                              const acl_resource& resource, std::string_view action);

/** Which resources of a type a caller may do something with. */
struct accessible_resources {
  /** Roles cover `type:action`: every resource of the type, those in `except` left out. */
  bool all = false;
  /** Without `all`: the ids, sorted, each once. */
  std::vector<std::string> ids = {};
  /** With `all`, in mode `restrict`: ids that have grants of which none answers, sorted, each once. */
  std::vector<std::string> except = {};

  friend bool operator==(const accessible_resources&, const accessible_resources&) = default;
};

/**
 * The ids that grants on one resource of the type name: `agents:read:a1`, `*:*:a1`. In the order of the grants, each
 * once. Only candidates for `list_accessible`, which decides about each.
 */
[[nodiscard]] std::vector<std::string> resources_named_by(std::span<const std::string> grants, std::string_view type);

/**
 * What `can_access` would answer, for all resources of a type that grants speak of. A role's grant on one resource
 * (`agents:read:a1`) can't be listed from here; `role_resources` are the ids that the roles name
 * (`resources_named_by`).
 */
[[nodiscard]] accessible_resources list_accessible(acl_mode mode, const acl_caller& caller,
                                                   std::span<const acl_grant> grants, std::string_view type,
                                                   std::string_view action,
                                                   std::span<const std::string> role_resources = {});

/** The resources, in their order, that `can_access` allows. */
[[nodiscard]] std::vector<acl_resource> filter_accessible(acl_mode mode, const acl_caller& caller,
                                                          std::span<const acl_grant> grants,
                                                          std::span<const acl_resource> resources,
                                                          std::string_view action);

/** The most actions that one grant lists. */
inline constexpr std::size_t acl_max_actions = 64;

/**
 * Whether this can be a grant at all: somebody as its subject, one resource, 1 to 64 actions, each a word or `*`;
 * `permission_invalid` with `subject`, `resource` or `actions` in `field`.
 */
[[nodiscard]] result<void> check_acl_form(const acl_grant& wanted);

/**
 * Whether a grant may be given: `permission_invalid` for a type, id or action outside the grammar (field names it),
 * `forbidden` when the grantor lacks `acl:write` on that resource (`acl:write:<type>:<id>`), or gives an action that they
 * don't hold on it themselves.
 */
[[nodiscard]] result<void> check_acl_grant(acl_mode mode, const acl_caller& grantor,
                                           std::span<const acl_grant> existing, const acl_grant& wanted);

/**
 * Whether grants may be taken from a subject: `forbidden` when the revoker lacks `acl:write` on that resource, or takes an
 * action that the subject has and they don't hold themselves, with the action in `field`; in mode `restrict` the last grant
 * that falls would open the resource to whoever was kept out. No actions: all that the subject has. Who holds everything
 * (`*`) may take any grant, or a resource whose grants are a mistake could never be had back.
 */
[[nodiscard]] result<void> check_acl_revocation(acl_mode mode, const acl_caller& revoker,
                                                std::span<const acl_grant> existing, const acl_subject& subject,
                                                const acl_resource& resource, std::span<const std::string> actions);

/**
 * Whether a role may be given to somebody, or taken away, as far as grants on single resources go: only by who holds every
 * action that they grant to the role, so that nobody gets more by a role than somebody had. `existing` has all grants of
 * the resources that grant the role anything. `forbidden` with the first permission that is missing (`type:action:id`)
 * in `field`. Who holds everything may, in mode `restrict` as well. What the role grants by itself is `check_role_change`'s question.
 */
[[nodiscard]] result<void> check_acl_role_change(acl_mode mode, const acl_caller& changer,
                                                 std::span<const acl_grant> existing, std::string_view role_id);

}  // namespace latchkey

#endif  // LATCHKEY_ACL_H_
