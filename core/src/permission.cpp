// SPDX-License-Identifier: Apache-2.0
#include "latchkey/permission.h"

#include <algorithm>

#include "latchkey/utf8.h"
#include "text_hash.h"

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

// One byte that may stand in a resource as it is; all else is decided by the character that it belongs to.
bool is_plain(char c) noexcept { return c > ' ' && c < '\x7F' && c != '*'; }

bool is_wildcard(std::string_view part) noexcept { return part.size() == 1 && part[0] == '*'; }

bool is_word(std::string_view text) noexcept {
  if (is_wildcard(text)) return true;
  return !text.empty() && text.size() <= permission_max_word_bytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return word_bytes[static_cast<unsigned char>(c)]; });
}

bool is_resource(std::string_view text) noexcept {
  if (is_wildcard(text)) return true;
  if (text.empty() || text.size() > permission_max_resource_bytes) return false;
  while (!text.empty()) {
    if (is_plain(text[0])) {
      text.remove_prefix(1);
      continue;
    }
    const auto character = first_utf8_character(text);
    if (!character) return false;
    const char32_t c = character->code_point;
    if (c == U'*' || is_control(c) || is_white_space(c)) return false;
    text.remove_prefix(character->length);
  }
  return true;
}

// Takes a text apart at its first two colons and looks no closer. The parts lie in one piece of memory.
parsed_permission split(std::string_view text) noexcept {
  const std::size_t space = text.find(':');
  if (space == std::string_view::npos) return {1, text, {}, {}};
  const std::string_view rest = text.substr(space + 1);
  const std::size_t action = rest.find(':');
  if (action == std::string_view::npos) return {2, text.substr(0, space), rest, {}};
  return {3, text.substr(0, space), rest.substr(0, action), rest.substr(action + 1)};
}

bool is_valid(const parsed_permission& parts) noexcept {
  return is_word(parts.name_space) && (parts.parts < 2 || is_word(parts.action)) &&
         (parts.parts < 3 || is_resource(parts.resource));
}

bool parse_parts(std::string_view text, parsed_permission& out) noexcept {
  out = split(text);
  return is_valid(out);
}

// What an error names of a text that is no permission: its beginning, in whole characters.
std::string excerpt(std::string_view text) {
  std::size_t length = std::min(text.size(), permission_max_resource_bytes);
  const auto continues = [&](std::size_t at) { return (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80; };
  while (length > 0 && length < text.size() && continues(length)) --length;
  return std::string(text.substr(0, length));
}

// From the first byte of one part to the last of a later one of the same text.
std::string_view span_of(std::string_view first, std::string_view last) noexcept {
  return {first.data(), static_cast<std::size_t>(last.data() + last.size() - first.data())};
}

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

// `*` in the table would make a grant on one namespace cover others that nobody wrote down.
result<void> check_aliases(const namespace_aliases& aliases) {
  const auto is_name = [](std::string_view text) { return is_word(text) && !is_wildcard(text); };
  for (const auto& [alias, namespaces] : aliases) {
    if (is_name(alias) && std::all_of(namespaces.begin(), namespaces.end(), is_name)) continue;
    return fail(errc::argument_invalid,
                "The alias \"" + excerpt(alias) + "\" or one of its namespaces is no namespace: a word, never *.",
                "aliases");
  }
  return {};
}

}  // namespace

result<parsed_permission> parse_permission(std::string_view text) {
  parsed_permission parsed;
  if (parse_parts(text, parsed)) return parsed;
  return fail(errc::permission_invalid,
              "A permission is namespace:action or namespace:action:resource; a part may be * as a whole.",
              excerpt(text));
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
  if (auto checked = check_aliases(aliases); !checked) return fail(std::move(checked));
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
                excerpt(grant));
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
    const auto with_space = any_action_name ? any_action_resource : exact;
    const auto without_space = any_action_name ? any_both_resource : any_space_resource;
    insert(any_space_name ? without_space : with_space, index);
  } else {
    const auto with_space = any_action_name ? any_action : exact;
    insert(any_space_name ? any_space : with_space, index);
  }
  return {};
}

inline grant_set::row_key grant_set::key_of(shape kind, const parsed_permission& parts) noexcept {
  switch (kind) {
    case exact: {
      if (parts.parts == 1) return {parts.name_space, {}};
      const bool names_resource = parts.parts == 3 && !is_wildcard(parts.resource);
      return {span_of(parts.name_space, names_resource ? parts.resource : parts.action), {}};
    }
    case any_action_resource:
      return {parts.name_space, parts.resource};
    case any_space_resource:
      return {span_of(parts.action, parts.resource), {}};
    case any_both_resource:
      return {parts.resource, {}};
    case any_action:
      return {parts.name_space, {}};
    case any_space:
    case shape_count:
      break;
  }
  return {parts.action, {}};
}

inline std::uint64_t grant_set::hash_of(const row_key& key) noexcept {
  const std::uint64_t hash = hash_text(key.text);
  return key.resource.empty() ? hash : mix(hash ^ hash_text(key.resource));
}

inline bool grant_set::holds(const row& held, const row_key& key) const noexcept {
  const char* text = texts_.data() + held.offset;
  if (!is_same({text, held.length}, key.text)) return false;
  if (key.resource.empty()) return true;
  text += held.length + std::string_view(":*:").size();
  return is_same({text, held.resource_length}, key.resource);
}

void grant_set::insert(shape kind, std::uint32_t index) {
  table& rows = tables_[kind];
  if (rows.size() < 2 * (std::size_t{counts_[kind]} + 1)) grow(kind);
  const compiled_grant& grant = grants_[index];
  const row_key key = key_of(kind, parsed(grant));
  const std::uint64_t hash = hash_of(key);
  const bool ends_grant = key.text.data() + key.text.size() == texts_.data() + texts_.size();
  const row added{static_cast<std::uint32_t>(hash >> 32), index,
                  static_cast<std::uint32_t>(key.text.data() - texts_.data()),
                  static_cast<std::uint16_t>(key.text.size()), ends_grant ? std::uint16_t{0} : grant.resource_length};
  if (kind == exact) longest_exact_ = std::max(longest_exact_, added.length);
  const std::size_t mask = rows.size() - 1;
  std::size_t at = hash & mask;
  while (rows[at].grant != none) {
    if (rows[at].tag == added.tag && holds(rows[at], key)) {
      // `ns:action` covers all that `ns:action:*` does, so it takes the row; whichever came first otherwise stays.
      if (grant.parts < grants_[rows[at].grant].parts) {
        rows[at] = added;
      } else {
        texts_.resize(grant.offset);
        grants_.pop_back();
      }
      return;
    }
    at = (at + 1) & mask;
  }
  rows[at] = added;
  ++counts_[kind];
}

void grant_set::grow(shape kind) {
  table old = std::move(tables_[kind]);
  table& rows = tables_[kind];
  rows.assign(std::max<std::size_t>(4, old.size() * 2), row{});
  const std::size_t mask = rows.size() - 1;
  for (const row& held : old) {
    if (held.grant == none) continue;
    std::size_t at = hash_of(key_of(kind, parsed(grants_[held.grant]))) & mask;
    while (rows[at].grant != none) at = (at + 1) & mask;
    rows[at] = held;
  }
}

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
inline std::uint32_t grant_set::find_same_text(std::string_view required) const noexcept {
  if (required.size() > longest_exact_) return none;
  const row* found = look_up<exact>({required, {}});
  return found != nullptr && found->resource_length == 0 ? found->grant : none;
}

// A grant that covers what is required and is not the same text, most specific first.
inline std::uint32_t grant_set::find_wider(const parsed_permission& required) const noexcept {
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
  const parsed_permission parts = split(required);
  // Looked at last: what isn't found is denied anyway.
  return find_wider(parts) != none && is_valid(parts);
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
