// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_ROLE_H_
#define LATCHKEY_ROLE_H_

/**
 * From roles to grants: role definitions with inheritance, the two presets, and mappings that translate the roles of an
 * identity provider. Names are compared byte-wise; `__proto__` or `constructor` are names like any other.
 */

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "latchkey/permission.h"

namespace latchkey {

/** A role as an operator defines it. */
struct role_definition {
  std::string id;
  /** For people; the id when empty. */
  std::string name = {};
  std::vector<std::string> permissions = {};
  /** Ids of roles whose grants it has as well. Unknown ones and cycles are skipped. */
  std::vector<std::string> inherits = {};

  friend bool operator==(const role_definition&, const role_definition&) = default;
};

/** `latchkey`: owner, admin, developer, member, viewer. `mastra`: the four roles of today's Mastra. */
enum class role_preset { latchkey, mastra };

/** The definitions of a preset, strongest role first. */
[[nodiscard]] std::vector<role_definition> default_roles(role_preset preset = role_preset::latchkey);

/** `latchkey` or `mastra`; nothing for any other text. */
[[nodiscard]] std::optional<role_preset> to_role_preset(std::string_view text) noexcept;

/** A role of an identity provider and the grants that it stands for; `_default` covers the roles not named. */
using role_mapping = std::vector<std::pair<std::string, std::vector<std::string>>>;

/** The key of a mapping that covers unmapped roles. Configuration only: a user's role of that name is ignored. */
inline constexpr std::string_view role_mapping_default = "_default";

/**
 * The grants of a person's roles, in order: for each role its own, then those it inherits, depth first; a grant that is
 * already there is not repeated. A role that `mapping` names gets the mapped grants, one that `definitions` defines
 * gets those, any other the mapping's `_default`, if there is one, and nothing otherwise. O(n log n) in grants.
 */
[[nodiscard]] std::vector<role_grant> expand_roles(std::span<const std::string> role_ids,
                                                   std::span<const role_definition> definitions,
                                                   const role_mapping& mapping = {});
/** The same for roles that are written down: `expand_roles({"member"}, default_roles())`. */
[[nodiscard]] std::vector<role_grant> expand_roles(std::initializer_list<std::string_view> role_ids,
                                                   std::span<const role_definition> definitions,
                                                   const role_mapping& mapping = {});

inline constexpr std::size_t role_id_max_bytes = 64;
inline constexpr std::size_t role_name_max_bytes = 128;
/** The most grants of one definition, and the most that it may come to with those it inherits. */
inline constexpr std::size_t role_max_permissions = 1'000;
inline constexpr std::size_t role_max_expanded_grants = 10'000;
inline constexpr std::size_t role_max_inherits = 64;
inline constexpr std::size_t role_max_definitions = 1'000;

/**
 * Whether a role may be defined under this id: 1–64 of `A-Z a-z 0-9 . _ -`, of which the first is no `_`: `_default` is
 * the key of mappings, and names such as `__proto__` stay what they are everywhere, unknown.
 */
[[nodiscard]] bool is_valid_role_id(std::string_view id) noexcept;

/**
 * Whether a role may stand beside the definitions, in the place of the one with its id if there is one. `role_invalid`
 * with `id`, `name`, `permissions` or `inherits` in `field`: over a limit, a name with control characters, a role that
 * inherits itself, directly or not, or an undefined role; `grant_invalid` with the grant in `field`, and both
 * it and the role in the message. O(all definitions).
 */
[[nodiscard]] result<void> check_role(const role_definition& role, std::span<const role_definition> definitions);

/**
 * Whether who holds `held` may give somebody a role with these grants, or take it away: only who holds each of them, so
 * that nobody gets more by a role than somebody had. `forbidden` with the first grant that is missing in `field`; what
 * is no grant is held by nobody. What an ACL grants to the role is a question of its own (`check_acl_role_change`).
 */
[[nodiscard]] result<void> check_role_change(const grant_set& held, std::span<const std::string> role_grants);

/** The definition with this id; null when there is none. Points into `definitions`. */
[[nodiscard]] const role_definition* find_role(std::span<const role_definition> definitions,
                                               std::string_view id) noexcept;

/**
 * Whether the role's grants, inherited ones included, cover the permission; a role that `mapping` names has the mapped
 * grants instead, as in `expand_roles`. False when one of the grants is none. O(grants).
 */
[[nodiscard]] bool role_covers(std::string_view role_id, std::span<const role_definition> definitions,
                               std::string_view permission, const role_mapping& mapping = {});

/** Whether the role's grants, inherited ones included, hold everything (`*`). */
[[nodiscard]] bool holds_everything(std::string_view role_id, std::span<const role_definition> definitions);

/** Only the texts of grants, for JSON. */
[[nodiscard]] std::vector<std::string> to_grant_texts(std::span<const role_grant> grants);

}  // namespace latchkey

#endif  // LATCHKEY_ROLE_H_
