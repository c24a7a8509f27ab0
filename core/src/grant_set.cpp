// SPDX-License-Identifier: Apache-2.0
// Questions to a grant set.
#include <algorithm>

#include "grant_rows.h"
#include "latchkey/permission.h"

namespace latchkey {
namespace {

// How near a grant comes to what is required: the namespace counts most, a part named beats a wildcard.
int nearness(const parsed_permission& grant, const parsed_permission& required) noexcept {
  int score = 0;
  if (grant.name_space == required.name_space) {
    score += 8;
  } else if (is_wildcard(grant.name_space)) {
    score += 6;
  }
  if (required.parts > 1 && grant.action == required.action) {
    score += 4;
  } else if (is_wildcard(grant.action)) {
    score += 2;
  }
  if (required.parts > 2 && grant.resource == required.resource) score += 1;
  return score;
}

}  // namespace

template <grant_set::shape Kind>
inline const grant_set::row* grant_set::look_up(const row_key& key) const noexcept {
  const table& rows = tables_[Kind];
  if (rows.empty()) return nullptr;
  const std::uint64_t hash = hash_of(key);
  const std::size_t mask = rows.size() - 1;
  const auto tag = static_cast<std::uint32_t>(hash >> 32);
  for (std::size_t at = hash & mask; rows[at].grant != none; at = (at + 1) & mask) {
    if (rows[at].tag == tag && holds(rows[at], key)) return &rows[at];
  }
  return nullptr;
}

// The grant whose text is what is required, byte for byte. Most questions that are answered with yes end here, before
// anybody has looked for a colon.
std::uint32_t grant_set::find_same_text(std::string_view required) const noexcept {
  if (required.size() > longest_exact_) return none;
  const row* found = look_up<exact>({required, {}});
  return found != nullptr && found->resource_length == 0 ? found->grant : none;
}

// A grant that covers what is required and is not the same text, most specific first.
std::uint32_t grant_set::find_wider(const parsed_permission& required) const noexcept {
  if (required.parts == 1) return everything_;
  const bool resourced = required.parts == 3;
  const auto key = [&](shape kind) { return key_of(kind, required); };
  if (resourced) {
    if (const row* found = look_up<any_action_resource>(key(any_action_resource))) return found->grant;
    if (const row* found = look_up<any_space_resource>(key(any_space_resource))) return found->grant;
    if (const row* found = look_up<any_both_resource>(key(any_both_resource))) return found->grant;
    if (const row* found = look_up<exact>({span_of(required.name_space, required.action), {}})) return found->grant;
  }
  // A row of `ns:*:*` alone says nothing about `ns:action`.
  const auto answers = [&](const row* found) { return found != nullptr && (resourced || found->resource_length == 0); };
  if (const row* found = look_up<any_action>(key(any_action)); answers(found)) return found->grant;
  if (const row* found = look_up<any_space>(key(any_space)); answers(found)) return found->grant;
  if (resourced && any_action_resourced_ != none) return any_action_resourced_;
  return any_action_any_ != none ? any_action_any_ : everything_;
}

bool grant_set::covers(std::string_view required) const noexcept {
  if (required.size() > permission_max_bytes) return false;
  // A text that equals a grant is as valid as that.
  if (find_same_text(required) != none) return true;
  const parsed_permission parts = split_permission(required);
  // Looked at last: what isn't found is denied anyway.
  return find_wider(parts) != none && is_permission(parts);
}

bool grant_set::covers_all(std::span<const std::string> required) const noexcept {
  return std::all_of(required.begin(), required.end(), [this](const std::string& one) { return covers(one); });
}

bool grant_set::covers_any(std::span<const std::string> required) const noexcept {
  return std::any_of(required.begin(), required.end(), [this](const std::string& one) { return covers(one); });
}

std::uint32_t grant_set::nearest_miss(const parsed_permission& required) const noexcept {
  std::uint32_t nearest = none;
  int best = 0;
  for (std::uint32_t index = 0; index < grants_.size(); ++index) {
    const int score = nearness(parsed(grants_[index]), required);
    if (score > best) {
      best = score;
      nearest = index;
    }
  }
  return nearest;
}

explanation grant_set::explain(std::string_view required) const {
  parsed_permission parts;
  if (!parse_permission_parts(required, parts)) return {false, {}, {}, errc::permission_invalid};
  std::uint32_t index = find_same_text(required);
  if (index == none) index = find_wider(parts);
  explanation answer;
  answer.allowed = index != none;
  if (!answer.allowed) {
    answer.code = errc::forbidden;
    index = nearest_miss(parts);
  }
  if (index == none) return answer;
  const role_grant& origin = origins_[grants_[index].origin];
  answer.grant = origin.grant;
  answer.role = origin.role;
  return answer;
}

}  // namespace latchkey
