// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_PERMISSION_H_
#define LATCHKEY_PERMISSION_H_

/**
 * The one rule of Latchkey: whether what was granted covers what is required. A permission is `namespace:action`,
 * `namespace:action:resource` or a single word; a part may be `*` as a whole. A grant covers a required permission when
 * everything that the required one denotes is denoted by the grant. Matching is byte-wise and case-sensitive, invalid
 * input never allows, and several grants never combine.
 */

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "latchkey/result.h"

namespace latchkey {

inline constexpr std::size_t permission_max_word_bytes = 64;
inline constexpr std::size_t permission_max_resource_bytes = 256;
inline constexpr std::size_t permission_max_bytes =
    permission_max_word_bytes + 1 + permission_max_word_bytes + 1 + permission_max_resource_bytes;
/** The most grants that one set holds, aliases expanded. */
inline constexpr std::size_t grant_set_max_grants = 1'000'000;

/** A permission taken apart. The views point into the text it was parsed from and live as long as that does. */
struct parsed_permission {
  /** How many of the parts below are there: 1 (a single word, or `*`), 2 or 3. */
  int parts = 0;
  /** The first part; the whole text when there is only one. */
  std::string_view name_space = {};
  std::string_view action = {};
  std::string_view resource = {};
};

/**
 * Parses a grant or a required permission; both have the same grammar. `permission_invalid` names the text in `field`.
 * Words are 1–64 of `A-Z a-z 0-9 . _ -`; the resource is everything behind the second colon, 1–256 bytes of well-formed
 * UTF-8 without control characters, white space or `*`. No allocation unless it fails.
 */
[[nodiscard]] result<parsed_permission> parse_permission(std::string_view text);

/** Whether `parse_permission` would succeed. No allocation. */
[[nodiscard]] bool is_valid_permission(std::string_view text) noexcept;

/** A grant and the role that gives it; the role may be empty when it isn't known. */
struct role_grant {
  std::string grant = {};
  std::string role = {};

  friend bool operator==(const role_grant&, const role_grant&) = default;
};

/** `{alias, namespaces}`: a grant on the alias is also one on each namespace. Data, not matching. */
using namespace_aliases = std::vector<std::pair<std::string, std::vector<std::string>>>;

/** The aliases of Mastra: `stored` stands for its seven families. */
[[nodiscard]] namespace_aliases mastra_namespace_aliases();

/** Why a permission is covered or not. */
struct explanation {
  bool allowed = false;
  /** The grant, as it was given, that allows it; otherwise the nearest miss, empty when there is none. */
  std::string grant = {};
  /** The role of that grant, when known. */
  std::string role = {};
  /** `errc::permission_invalid` when the required text is invalid, otherwise `errc::forbidden`; unset when allowed. */
  std::optional<errc> code = {};
};

/**
 * Compiled grants. Immutable once compiled, so any number of threads may ask at once. `covers` costs a constant number
 * of hash look-ups, at most seven, whatever the number of grants; it neither allocates nor throws.
 */
class grant_set {
 public:
  /** Covers nothing. */
  grant_set() = default;

  /**
   * Compiles; the first invalid grant fails the whole set and is named in `field`. `argument_invalid` for an alias that is
   * no namespace or stands for something that is none, `*` included. O(grants).
   */
  [[nodiscard]] static result<grant_set> compile(std::span<const role_grant> grants,
                                                 const namespace_aliases& aliases = {});
  [[nodiscard]] static result<grant_set> compile(std::span<const std::string> grants,
                                                 const namespace_aliases& aliases = {});

  /** Whether one of the grants covers `required`. An invalid text is never covered. */
  [[nodiscard]] bool covers(std::string_view required) const noexcept;
  /** Every one of them; true for an empty list. */
  [[nodiscard]] bool covers_all(std::span<const std::string> required) const noexcept;
  /** One of them at least; false for an empty list. */
  [[nodiscard]] bool covers_any(std::span<const std::string> required) const noexcept;
  /** The same answer as `covers`, with its reason. O(grants) when it denies. */
  [[nodiscard]] explanation explain(std::string_view required) const;

  /** How many grants it holds: aliases expanded, those that add nothing left out. */
  [[nodiscard]] std::size_t size() const noexcept { return grants_.size(); }

 private:
  static constexpr std::uint32_t none = 0xffffffff;

  // The kinds of grants that are found by look-up; each has a table of its own, so that a kind with few grants stays in
  // few cache lines and one without any costs nothing. `ns:action` and `ns:action:*` share a row, and so do `ns:*` and
  // `ns:*:*`, `*:action` and `*:action:*`: they differ only for a required permission without a resource.
  enum shape : std::uint8_t {
    exact,                // ns:action:resource, ns:action, ns:action:*, or a single word
    any_action_resource,  // ns:*:resource
    any_space_resource,   // *:action:resource
    any_both_resource,    // *:*:resource
    any_action,           // ns:*, ns:*:*
    any_space,            // *:action, *:action:*
    shape_count
  };

  // A distinct grant; its text lies in `texts_`, so that a copied or moved set needs no repair.
  struct compiled_grant {
    std::uint32_t offset = 0;
    std::uint32_t origin = 0;  // which of the given grants it came from
    std::uint16_t resource_length = 0;
    std::uint8_t space_length = 0;
    std::uint8_t action_length = 0;
    std::uint8_t parts = 0;
  };
  // What the grants of a shape are told apart by: the parts it names, with the colon between neighbours.
  struct row_key {
    std::string_view text;
    std::string_view resource;  // of `ns:*:resource` alone, where it is no neighbour
  };
  // Holds all that a look-up needs, so that an answer touches one row and one text.
  struct row {
    std::uint32_t tag = 0;  // the upper half of the key's hash
    std::uint32_t grant = none;
    std::uint32_t offset = 0;  // of the key's text in `texts_`
    std::uint16_t length = 0;
    std::uint16_t resource_length = 0;  // of the grant's own resource, when that is no part of the key's text
  };
  using table = std::vector<row>;  // open addressing, a power of two, at most half full

  [[nodiscard]] static inline row_key key_of(shape kind, const parsed_permission& parts) noexcept;
  [[nodiscard]] static inline std::uint64_t hash_of(const row_key& key) noexcept;
  [[nodiscard]] inline bool holds(const row& held, const row_key& key) const noexcept;
  [[nodiscard]] inline parsed_permission parsed(const compiled_grant& grant) const noexcept;
  template <shape Kind>
  [[nodiscard]] const row* look_up(const row_key& key) const noexcept;
  [[nodiscard]] std::uint32_t find_same_text(std::string_view required) const noexcept;
  [[nodiscard]] std::uint32_t find_wider(const parsed_permission& required) const noexcept;
  [[nodiscard]] std::uint32_t nearest_miss(const parsed_permission& required) const noexcept;
  [[nodiscard]] result<void> add(std::string_view grant, std::uint32_t origin);
  void insert(shape kind, std::uint32_t index);
  void grow(shape kind);

  std::array<table, shape_count> tables_;
  std::array<std::uint32_t, shape_count> counts_{};
  std::uint16_t longest_exact_ = 0;            // no text that is longer equals a grant
  std::uint32_t everything_ = none;            // *
  std::uint32_t any_action_any_ = none;        // *:*
  std::uint32_t any_action_resourced_ = none;  // *:*:*
  std::string texts_;
  std::vector<compiled_grant> grants_;
  std::vector<role_grant> origins_;
};

}  // namespace latchkey

#endif  // LATCHKEY_PERMISSION_H_
