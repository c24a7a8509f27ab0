// SPDX-License-Identifier: Apache-2.0
#include "boundary.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "answer.h"
#include "latchkey/base64url.h"
#include "latchkey/capabilities.h"
#include "latchkey/cookie.h"
#include "latchkey/json_mapping.h"
#include "latchkey/permission.h"
#include "latchkey/role.h"
#include "latchkey/route_permission.h"
#include "latchkey/session_token.h"
#include "latchkey/sso.h"

namespace latchkey::boundary {
namespace {

kept_values<const grant_set>& sets() {
  static kept_values<const grant_set> all;
  return all;
}

result<json_value> compile(const json_value& arguments) {
  const json_value* list = arguments.find("grants");
  auto grants = to_role_grants(list == nullptr ? json_value() : *list);
  if (!grants) return fail(std::move(grants));
  namespace_aliases aliases;
  if (const json_value* given = arguments.find("aliases")) {
    auto parsed = to_namespace_aliases(*given);
    if (!parsed) return fail(std::move(parsed));
    aliases = std::move(*parsed);
  }
  auto compiled = grant_set::compile(std::span<const role_grant>(*grants), aliases);
  if (!compiled) return fail(std::move(compiled));
  return json_value(sets().keep(std::move(*compiled)));
}

result<json_value> explain_one(const json_value& arguments) {
  const auto id = integer_of(arguments, "set");
  const grant_set* set = id ? sets().find(*id) : nullptr;
  if (set == nullptr) return fail(errc::disposed, "This set of permissions has been disposed of.", "set");
  auto required = text_of(arguments, "required");
  if (!required) return fail(std::move(required));
  const explanation why = set->explain(*required);
  json_object object{{"allowed", why.allowed}};
  if (!why.grant.empty()) object.emplace_back("grant", why.grant);
  if (!why.role.empty()) object.emplace_back("role", why.role);
  if (why.code) object.emplace_back("code", to_string(*why.code));
  return object;
}

result<json_value> expand(const json_value& arguments) {
  const json_value* list = arguments.find("roles");
  auto ids = to_string_list(list == nullptr ? json_value() : *list, "roles");
  if (!ids) return fail(std::move(ids));
  std::vector<role_definition> definitions = latchkey::default_roles();
  if (const json_value* given = arguments.find("definitions")) {
    auto parsed = to_role_definitions(*given);
    if (!parsed) return fail(std::move(parsed));
    definitions = std::move(*parsed);
  }
  role_mapping mapping;
  if (const json_value* given = arguments.find("mapping")) {
    auto parsed = to_role_mapping(*given);
    if (!parsed) return fail(std::move(parsed));
    mapping = std::move(*parsed);
  }
  return to_json(to_grant_texts(expand_roles(*ids, definitions, mapping)));
}

result<same_site> to_same_site(const std::string& text) {
  if (text == "lax") return same_site::lax;
  if (text == "strict") return same_site::strict;
  if (text == "none") return same_site::none;
  return fail(errc::cookie_invalid, "sameSite is lax, strict or none.", "sameSite");
}

result<void> read_flag(const json_value& object, std::string_view key, bool& flag) {
  const json_value* member = object.find(key);
  if (member == nullptr) return {};
  if (member->as_bool() == nullptr)
    return fail(errc::cookie_invalid, "true or false is needed here.", std::string(key));
  flag = *member->as_bool();
  return {};
}

result<void> read_text(const json_value& object, std::string_view key, std::string& text) {
  const json_value* member = object.find(key);
  if (member == nullptr) return {};
  if (member->as_string() == nullptr) return fail(errc::cookie_invalid, "A string is needed here.", std::string(key));
  text = *member->as_string();
  return {};
}

result<cookie_attributes> to_cookie_attributes(const json_value& object) {
  cookie_attributes attributes;
  if (object.is_null()) return attributes;
  if (object.as_object() == nullptr) return fail(errc::cookie_invalid, "An object is needed here.", "attributes");
  if (const json_value* age = object.find("maxAge")) {
    if (age->as_integer() == nullptr)
      return fail(errc::cookie_invalid, "maxAge is a whole number of seconds.", "maxAge");
    attributes.max_age_seconds = *age->as_integer();
  }
  std::string policy = "lax";
  for (const auto& [key, text] :
       {std::pair{"path", &attributes.path}, {"domain", &attributes.domain}, {"sameSite", &policy}}) {
    if (auto read = read_text(object, key, *text); !read) return fail(std::move(read));
  }
  for (const auto& [key, flag] : {std::pair{"httpOnly", &attributes.http_only}, {"secure", &attributes.secure}}) {
    if (auto read = read_flag(object, key, *flag); !read) return fail(std::move(read));
  }
  auto parsed = to_same_site(policy);
  if (!parsed) return fail(std::move(parsed));
  attributes.same_site_policy = *parsed;
  return attributes;
}

result<json_value> write_cookie(const json_value& arguments) {
  auto name = text_of(arguments, "name");
  if (!name) return fail(std::move(name));
  auto value = text_of(arguments, "value");
  if (!value) return fail(std::move(value));
  const json_value* given = arguments.find("attributes");
  auto attributes = to_cookie_attributes(given == nullptr ? json_value() : *given);
  if (!attributes) return fail(std::move(attributes));
  auto line = to_set_cookie(*name, *value, *attributes);
  if (!line) return fail(std::move(line));
  return json_value(std::move(*line));
}

}  // namespace

// Room for 100,000 grants, whose peak of memory stays well below what the module may have.
std::string compile_permissions(const std::string& json) { return with_arguments(json, compile, 4 * json_max_bytes); }

int compile_grants(const std::string& text) {
  if (text.size() > 4 * json_max_bytes) return 0;
  std::string_view lines = text;
  std::vector<role_grant> grants;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    grants.push_back({std::string(lines.substr(0, end)), {}});
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  auto compiled = grant_set::compile(std::span<const role_grant>(grants));
  return compiled ? static_cast<int>(sets().keep(std::move(*compiled))) : 0;
}

std::string explain(const std::string& json) { return with_arguments(json, explain_one); }

std::string role_permissions(const std::string& json) { return with_arguments(json, expand); }

std::string route_permission(const std::string& json) {
  return with_arguments(json, [](const json_value& arguments) -> result<json_value> {
    auto method = text_of(arguments, "method");
    if (!method) return fail(std::move(method));
    auto path = text_of(arguments, "path");
    if (!path) return fail(std::move(path));
    auto permission = derive_route_permission(*method, *path);
    return permission ? json_value(std::move(*permission)) : json_value();
  });
}

std::string capabilities(const std::string& json) {
  return with_arguments(json, [](const json_value& arguments) -> result<json_value> {
    auto facts = to_capability_facts(arguments);
    if (!facts) return fail(std::move(facts));
    return build_capabilities(*facts);
  });
}

std::string parse_cookies(const std::string& header) {
  auto pairs = latchkey::parse_cookies(header);
  if (!pairs) return failure(pairs.error());
  std::string lines;
  lines.reserve(header.size() + pairs->size());
  for (const auto& [name, value] : *pairs) lines.append("\n").append(name).append("=").append(value);
  return lines;
}

std::string set_cookie(const std::string& json) { return with_arguments(json, write_cookie); }

std::string parse_session_token(const std::string& text) {
  const auto token = latchkey::parse_session_token(text);
  if (!token) return {};
  std::string fields = std::to_string(static_cast<int>(token->version));
  for (const std::string& field : {to_base64url(token->key_id), to_base64url(token->salt), to_base64url(token->iv),
                                   to_base64url(token->ciphertext), to_base64url(token->tag)}) {
    fields.append(" ").append(field);
  }
  return fields;
}

std::string safe_return_path(const std::string& text) { return latchkey::safe_return_path(text); }

int find_cookie(std::string_view header, std::string_view name) noexcept {
  constexpr unsigned length_bits = 15;
  static_assert(cookie_header_max_bytes < (1U << length_bits));
  const auto value = latchkey::find_cookie(header, name);
  if (!value) return -1;
  const auto position = static_cast<unsigned>(value->data() - header.data());
  return static_cast<int>(position << length_bits | static_cast<unsigned>(value->size()));
}

bool covers(int set, std::string_view required) noexcept {
  const grant_set* found = sets().find(set);
  return found != nullptr && found->covers(required);
}

void release(int set) noexcept { sets().release(set); }

std::size_t live() noexcept { return sets().live(); }

}  // namespace latchkey::boundary
