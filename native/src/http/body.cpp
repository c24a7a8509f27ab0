// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/http/body.h"

#include <algorithm>
#include <optional>

#include "latchkey/native/credentials/email_address.h"

namespace latchkey::native {
namespace {

// What only the server decides. Their spellings in other frameworks are here as well, because a body that carries one was
// written for a server that would have believed it.
constexpr std::string_view privileged_fields[] = {
    "id",          "userId",    "user_id",       "role",           "roles",
    "permissions", "grants",    "emailVerified", "email_verified", "verified",
    "isAdmin",     "admin",     "isOwner",       "owner",          "disabled",
    "banned",      "createdAt", "created_at",    "updatedAt",      "updated_at",
    "session",     "sessionId", "session_id",    "passwordHash",   "password_hash",
    "license"};

std::string expected_but(std::string_view expected, std::string_view received) {
  return "Invalid input: expected " + std::string(expected) + ", received " + std::string(received);
}

std::optional<std::string> find_fault(const body_field& field, const json_value* value) {
  if (value == nullptr) {
    return field.required ? std::optional(expected_but("string", "undefined")) : std::nullopt;
  }
  const std::string* text = value->as_string();
  if (text == nullptr) return expected_but("string", value->type_name());
  if (field.is_email && !normalize_email(*text)) return "Invalid email address";
  if (text->size() < field.min_bytes) {
    return "Too small: expected string to have >=" + std::to_string(field.min_bytes) + " characters";
  }
  if (text->size() > field.max_bytes) {
    return "Too big: expected string to have <=" + std::to_string(field.max_bytes) + " characters";
  }
  return std::nullopt;
}

}  // namespace

bool body_values::has(std::string_view name) const noexcept {
  return std::any_of(values_.begin(), values_.end(), [name](const auto& entry) { return entry.first == name; });
}

std::string_view body_values::text(std::string_view name) const noexcept {
  const auto found =
      std::find_if(values_.begin(), values_.end(), [name](const auto& entry) { return entry.first == name; });
  return found == values_.end() ? std::string_view{} : std::string_view(found->second);
}

http_result<body_values> read_body(std::string_view body, std::span<const body_field> fields) {
  if (body.empty()) return refuse_body({{"root", expected_but("object", "undefined")}});
  const auto document = parse_json(body);
  if (!document) return refuse_body({{"body", document.error().message}});
  const json_object* object = document->as_object();
  if (object == nullptr) return refuse_body({{"root", expected_but("object", document->type_name())}});

  body_values values;
  std::vector<field_issue> issues;
  for (const auto& field : fields) {
    const json_value* value = document->find(field.name);
    if (auto fault = find_fault(field, value)) {
      issues.push_back({std::string(field.name), std::move(*fault)});
    } else if (value != nullptr) {
      values.add(field.name, *value->as_string());
    }
  }
  for (const auto& [name, value] : *object) {
    const bool expected = std::any_of(fields.begin(), fields.end(), [&n = name](const auto& f) { return f.name == n; });
    const bool privileged =
        std::find(std::begin(privileged_fields), std::end(privileged_fields), name) != std::end(privileged_fields);
    if (privileged && !expected) issues.push_back({name, "Unrecognized key: \"" + name + "\""});
  }
  if (!issues.empty()) return refuse_body(std::move(issues));
  return values;
}

}  // namespace latchkey::native
