// SPDX-License-Identifier: Apache-2.0
#include "latchkey/permission.h"

#include <algorithm>
#include <cstring>

#include "latchkey/utf8.h"

namespace latchkey {
namespace {

constexpr std::array<bool, 256> make_word_bytes() {
  std::array<bool, 256> allowed{};
  for (char c = 'a'; c <= 'z'; ++c) allowed[static_cast<unsigned char>(c)] = true;
  for (char c = 'A'; c <= 'Z'; ++c) allowed[static_cast<unsigned char>(c)] = true;
  for (char c = '0'; c <= '9'; ++c) allowed[static_cast<unsigned char>(c)] = true;
  for (const char c : {'.', '_', '-'}) allowed[static_cast<unsigned char>(c)] = true;
  return allowed;
}

constexpr std::array<bool, 256> word_bytes = make_word_bytes();

bool is_wildcard(std::string_view part) noexcept { return part.size() == 1 && part[0] == '*'; }

// Length of the word or `*` that `text` begins with; 0 when it begins with neither. A colon or the end must follow.
std::size_t word_length(std::string_view text) noexcept {
  std::size_t length = 0;
  while (length < text.size() && word_bytes[static_cast<unsigned char>(text[length])]) ++length;
  if (length == 0 && !text.empty() && text[0] == '*') length = 1;
  if (length == 0 || length > permission_max_word_bytes) return 0;
  return length == text.size() || text[length] == ':' ? length : 0;
}

bool is_resource(std::string_view text) noexcept {
  if (is_wildcard(text)) return true;
  if (text.empty() || text.size() > permission_max_resource_bytes) return false;
  while (!text.empty()) {
    const auto character = first_utf8_character(text);
    if (!character) return false;
    const char32_t c = character->code_point;
    if (c == U'*' || is_control(c) || is_white_space(c)) return false;
    text.remove_prefix(character->length);
  }
  return true;
}

bool parse_parts(std::string_view text, parsed_permission& out) noexcept {
  const std::size_t space = word_length(text);
  if (space == 0) return false;
  out = {1, text.substr(0, space), {}, {}};
  if (space == text.size()) return true;
  const std::string_view rest = text.substr(space + 1);
  const std::size_t action = word_length(rest);
  if (action == 0) return false;
  out.parts = 2;
  out.action = rest.substr(0, action);
  if (action == rest.size()) return true;
  out.parts = 3;
  out.resource = rest.substr(action + 1);
  return is_resource(out.resource);
}

constexpr std::uint64_t hash_multiplier = 0x9E3779B97F4A7C15;

std::uint64_t mix(std::uint64_t hash) noexcept {
  hash *= hash_multiplier;
  return hash ^ (hash >> 32);
}

template <class Word>
std::uint64_t load(const char* from) noexcept {
  Word word;
  std::memcpy(&word, from, sizeof(word));
  return word;
}

// Spreads a part's bytes over 64 bits; words of up to 16 bytes take two loads. Not meant to resist chosen grants: those
// come from the operator, and a crowded table costs time, never a wrong answer.
std::uint64_t hash_part(std::string_view part) noexcept {
  const char* data = part.data();
  std::size_t left = part.size();
  std::uint64_t hash = left + 1;
  while (left > 16) {
    hash = mix(hash ^ load<std::uint64_t>(data));
    data += 8;
    left -= 8;
  }
  if (left >= 8) {
    hash = mix(hash ^ load<std::uint64_t>(data));
    return mix(hash ^ load<std::uint64_t>(data + left - 8));
  }
  if (left >= 4) return mix(hash ^ (load<std::uint32_t>(data) << 32 | load<std::uint32_t>(data + left - 4)));
  std::uint64_t tail = 0;
  for (std::size_t i = 0; i < left; ++i) tail = tail << 8 | static_cast<unsigned char>(data[i]);
  return mix(hash ^ tail);
}

// Depends on the order of the parts, so that `a:b` and `b:a` differ.
std::uint64_t combine(std::uint64_t first, std::uint64_t second) noexcept { return mix(first ^ (second << 1 | 1)); }

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

result<parsed_permission> parse_permission(std::string_view text) {
  parsed_permission parsed;
  if (parse_parts(text, parsed)) return parsed;
  return fail(errc::permission_invalid,
              "A permission is namespace:action or namespace:action:resource; a part may be * as a whole.",
              std::string(text.substr(0, permission_max_resource_bytes)));
}

bool is_valid_permission(std::string_view text) noexcept {
  parsed_permission parsed;
  return parse_parts(text, parsed);
}

namespace_aliases mastra_namespace_aliases() {
  return {{"stored",
           {"stored-agents", "stored-mcp-clients", "stored-prompt-blocks", "stored-scorers", "stored-skills",
            "stored-workflows", "stored-workspaces"}}};
}

result<grant_set> grant_set::compile(std::span<const role_grant> grants, const namespace_aliases& aliases) {
  grant_set set;
  if (grants.size() > grant_set_max_grants)
    return fail(errc::grant_limit, "A grant set holds at most 1,000,000 grants.");
  set.origins_.assign(grants.begin(), grants.end());
  for (std::uint32_t origin = 0; origin < grants.size(); ++origin) {
    const std::string& text = grants[origin].grant;
    if (auto added = set.add(text, origin); !added) return fail(std::move(added));
    // A single word has no namespace that an alias could stand for.
    const std::size_t colon = text.find(':');
    if (colon == std::string::npos) continue;
    const std::string_view space = std::string_view(text).substr(0, colon);
    for (const auto& [alias, namespaces] : aliases) {
      if (space != alias) continue;
      for (const std::string& name : namespaces) {
        if (auto added = set.add(name + text.substr(space.size()), origin); !added) return fail(std::move(added));
      }
    }
  }
  return set;
}

result<grant_set> grant_set::compile(std::span<const std::string> grants, const namespace_aliases& aliases) {
  std::vector<role_grant> anonymous;
  anonymous.reserve(grants.size());
  for (const std::string& grant : grants) anonymous.push_back({grant, {}});
  return compile(std::span<const role_grant>(anonymous), aliases);
}

parsed_permission grant_set::parsed(const compiled_grant& grant) const noexcept {
  const char* text = texts_.data() + grant.offset;
  parsed_permission parts{grant.parts, {text, grant.space_length}, {}, {}};
  if (grant.parts > 1) parts.action = {text + grant.space_length + 1, grant.action_length};
  if (grant.parts > 2) parts.resource = {parts.action.data() + grant.action_length + 1, grant.resource_length};
  return parts;
}

result<void> grant_set::add(std::string_view grant, std::uint32_t origin) {
  parsed_permission parts;
  if (!parse_parts(grant, parts)) {
    return fail(errc::grant_invalid,
                "A grant is *, namespace:action or namespace:action:resource; a part may be * as a whole.",
                std::string(grant.substr(0, permission_max_resource_bytes)));
  }
  if (grants_.size() == grant_set_max_grants) {
    return fail(errc::grant_limit, "A grant set holds at most 1,000,000 grants, aliases expanded.");
  }
  const auto index = static_cast<std::uint32_t>(grants_.size());
  const bool any_space_name = is_wildcard(parts.name_space);
  const bool any_action_name = is_wildcard(parts.action);
  const bool literal_resource = parts.parts == 3 && !is_wildcard(parts.resource);
  std::uint32_t* single = nullptr;
  if (parts.parts == 1 && any_space_name) single = &everything_;
  if (any_space_name && any_action_name && !literal_resource) {
    single = parts.parts == 2 ? &any_action_any_ : &any_action_resourced_;
  }
  if (single != nullptr && *single != none) return {};

  grants_.push_back({static_cast<std::uint32_t>(texts_.size()), origin,
                     static_cast<std::uint16_t>(parts.resource.size()),
                     static_cast<std::uint8_t>(parts.name_space.size()), static_cast<std::uint8_t>(parts.action.size()),
                     static_cast<std::uint8_t>(parts.parts)});
  texts_ += grant;
  if (single != nullptr) {
    *single = index;
  } else if (literal_resource) {
    const auto with_space = any_action_name ? any_action_resource : exact_resource;
    const auto without_space = any_action_name ? any_both_resource : any_space_resource;
    insert(any_space_name ? without_space : with_space, index);
  } else {
    const auto with_space = any_action_name ? any_action : exact_action;
    insert(any_space_name ? any_space : with_space, index);
  }
  return {};
}

namespace {

// Which parts of a permission a shape's rows are told apart by.
struct row_key {
  bool space;
  bool action;
  bool resource;
};

constexpr row_key row_keys[] = {{true, true, true},  {true, false, true},  {false, true, true}, {false, false, true},
                                {true, true, false}, {true, false, false}, {false, true, false}};

// The same sum for a grant that is stored and for a required permission that is looked up.
std::uint64_t hash_row(const row_key& key, const parsed_permission& parts) noexcept {
  if (key.space && key.action) {
    const std::uint64_t both = combine(hash_part(parts.name_space), hash_part(parts.action));
    return key.resource ? combine(both, hash_part(parts.resource)) : both;
  }
  const std::uint64_t first = key.space    ? hash_part(parts.name_space)
                              : key.action ? hash_part(parts.action)
                                           : hash_part(parts.resource);
  return key.resource && (key.space || key.action) ? combine(first, hash_part(parts.resource)) : first;
}

bool same_row(const row_key& key, const parsed_permission& a, const parsed_permission& b) noexcept {
  return (a.parts == 1) == (b.parts == 1) && (!key.space || a.name_space == b.name_space) &&
         (!key.action || a.action == b.action) && (!key.resource || a.resource == b.resource);
}

}  // namespace

void grant_set::insert(shape kind, std::uint32_t index) {
  table& rows = tables_[kind];
  if (rows.size() < 2 * (std::size_t{counts_[kind]} + 1)) grow(kind);
  const parsed_permission parts = parsed(grants_[index]);
  const std::uint64_t hash = hash_row(row_keys[kind], parts);
  const std::size_t mask = rows.size() - 1;
  std::size_t at = hash & mask;
  while (rows[at].grant != none) {
    const compiled_grant& held = grants_[rows[at].grant];
    if (same_row(row_keys[kind], parsed(held), parts)) {
      // `ns:action` covers all that `ns:action:*` does, so it takes the row; whichever came first otherwise stays.
      if (parts.parts < held.parts) {
        rows[at].grant = index;
      } else {
        texts_.resize(grants_[index].offset);
        grants_.pop_back();
      }
      return;
    }
    at = (at + 1) & mask;
  }
  rows[at] = {static_cast<std::uint32_t>(hash >> 32), index};
  ++counts_[kind];
}

void grant_set::grow(shape kind) {
  table old = std::move(tables_[kind]);
  table& rows = tables_[kind];
  rows.assign(std::max<std::size_t>(4, old.size() * 2), slot{});
  const std::size_t mask = rows.size() - 1;
  for (const slot& row : old) {
    if (row.grant == none) continue;
    std::size_t at = hash_row(row_keys[kind], parsed(grants_[row.grant])) & mask;
    while (rows[at].grant != none) at = (at + 1) & mask;
    rows[at] = row;
  }
}

std::uint32_t grant_set::look_up(shape kind, const parsed_permission& key, std::uint64_t hash) const noexcept {
  const table& rows = tables_[kind];
  const std::size_t mask = rows.size() - 1;
  const auto tag = static_cast<std::uint32_t>(hash >> 32);
  for (std::size_t at = hash & mask; rows[at].grant != none; at = (at + 1) & mask) {
    if (rows[at].tag != tag) continue;
    if (same_row(row_keys[kind], parsed(grants_[rows[at].grant]), key)) return rows[at].grant;
  }
  return none;
}

std::uint32_t grant_set::find_with_resource(const parsed_permission& required, std::uint64_t space_hash,
                                            std::uint64_t action_hash) const noexcept {
  const std::uint64_t resource_hash = hash_part(required.resource);
  const std::uint64_t hashes[] = {combine(combine(space_hash, action_hash), resource_hash),
                                  combine(space_hash, resource_hash), combine(action_hash, resource_hash),
                                  resource_hash};
  for (std::uint8_t kind = exact_resource; kind <= any_both_resource; ++kind) {
    if (counts_[kind] == 0) continue;
    const std::uint32_t found = look_up(static_cast<shape>(kind), required, hashes[kind]);
    if (found != none) return found;
  }
  return none;
}

std::uint32_t grant_set::find(const parsed_permission& required) const noexcept {
  const std::uint64_t space_hash = hash_part(required.name_space);
  const std::uint64_t action_hash = hash_part(required.action);
  if (required.parts == 3) {
    const std::uint32_t found = find_with_resource(required, space_hash, action_hash);
    if (found != none) return found;
  }
  const std::uint64_t hashes[] = {combine(space_hash, action_hash), space_hash, action_hash};
  for (std::uint8_t kind = exact_action; kind <= any_space; ++kind) {
    if (counts_[kind] == 0 || (required.parts == 1 && kind != exact_action)) continue;
    const std::uint32_t found = look_up(static_cast<shape>(kind), required, hashes[kind - exact_action]);
    // A row of `ns:action:*` alone says nothing about `ns:action`.
    if (found != none && grants_[found].parts <= required.parts) return found;
  }
  if (required.parts == 3 && any_action_resourced_ != none) return any_action_resourced_;
  if (required.parts >= 2 && any_action_any_ != none) return any_action_any_;
  return everything_;
}

bool grant_set::covers(std::string_view required) const noexcept {
  parsed_permission parts;
  return parse_parts(required, parts) && find(parts) != none;
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
  if (!parse_parts(required, parts)) return {false, {}, {}, errc::permission_invalid};
  std::uint32_t index = find(parts);
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
