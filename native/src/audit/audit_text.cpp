// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/audit/audit_text.h"

#include <array>
#include <utility>

#include "latchkey/utf8.h"

namespace latchkey::native {
namespace {

constexpr std::array<std::string_view, 3> actor_type_names{"user", "system", "apikey"};
constexpr std::array<std::string_view, 3> outcome_names{"success", "failure", "denied"};
constexpr std::array<std::string_view, 3> outcome_signs{"\u2713", "\u2717", "\u2298"};

template <class Enum>
std::optional<Enum> find_name(const std::array<std::string_view, 3>& names, std::string_view text) noexcept {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == text) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

// What reorders or hides text on a terminal: marks, embeddings, overrides and isolates, and what ends a line somewhere.
bool needs_escape(char32_t c) noexcept {
  return is_control(c) || c == 0x061c || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
         (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

std::string to_hex(std::uint32_t value) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  do {
    text.insert(text.begin(), digits[value & 15]);
    value >>= 4;
  } while (value != 0);
  return text;
}

void append_escaped(std::string& line, std::string_view text) {
  while (!text.empty()) {
    const auto character = first_utf8_character(text);
    if (!character) {
      line += "\\x" + to_hex(static_cast<unsigned char>(text.front()));
      text.remove_prefix(1);
      continue;
    }
    if (needs_escape(character->code_point)) {
      line += "\\u{" + to_hex(character->code_point) + "}";
    } else if (character->code_point == '\\') {
      // Otherwise a text could spell an escape of its own.
      line += "\\\\";
    } else {
      line += text.substr(0, character->length);
    }
    text.remove_prefix(character->length);
  }
}

void add_text(json_object& object, std::string_view key, const std::string& text) {
  if (!text.empty()) object.emplace_back(key, text);
}

json_value actor_json(const audit_actor& actor) {
  json_object object;
  object.emplace_back("type", to_string(actor.type));
  object.emplace_back("id", actor.id);
  add_text(object, "email", actor.email);
  add_text(object, "ip", actor.ip);
  add_text(object, "userAgent", actor.user_agent);
  return object;
}

json_value resource_json(const audit_resource& resource) {
  json_object object;
  object.emplace_back("type", resource.type);
  object.emplace_back("id", resource.id);
  add_text(object, "name", resource.name);
  return object;
}

}  // namespace

std::string_view to_string(audit_actor_type type) noexcept { return actor_type_names[static_cast<std::size_t>(type)]; }

std::string_view to_string(audit_outcome outcome) noexcept { return outcome_names[static_cast<std::size_t>(outcome)]; }

std::optional<audit_actor_type> to_audit_actor_type(std::string_view text) noexcept {
  return find_name<audit_actor_type>(actor_type_names, text);
}

std::optional<audit_outcome> to_audit_outcome(std::string_view text) noexcept {
  return find_name<audit_outcome>(outcome_names, text);
}

bool matches_action_pattern(std::string_view pattern, std::string_view action) noexcept {
  if (!pattern.ends_with('*')) return pattern == action;
  return action.starts_with(pattern.substr(0, pattern.size() - 1));
}

std::string audit_console_line(const audit_event& event, std::string_view prefix) {
  std::string line(prefix);
  line += ' ';
  line += to_iso_time(event.timestamp_ms);
  line += ' ';
  line += outcome_signs[static_cast<std::size_t>(event.outcome)];
  line += ' ';
  line += to_string(event.actor.type);
  line += ':';
  append_escaped(line, event.actor.email.empty() ? event.actor.id : event.actor.email);
  line += ' ';
  append_escaped(line, event.action);
  if (event.resource) {
    line += " on ";
    append_escaped(line, event.resource->type);
    line += ':';
    append_escaped(line, event.resource->id);
  }
  if (event.duration_ms) line += " (" + std::to_string(*event.duration_ms) + "ms)";
  return line;
}

json_value to_json(const audit_event& event) {
  json_object object;
  object.emplace_back("id", event.id);
  object.emplace_back("timestamp", to_iso_time(event.timestamp_ms));
  object.emplace_back("seq", event.sequence);
  object.emplace_back("actor", actor_json(event.actor));
  object.emplace_back("action", event.action);
  if (event.resource) object.emplace_back("resource", resource_json(*event.resource));
  object.emplace_back("outcome", to_string(event.outcome));
  if (!event.metadata.is_null()) object.emplace_back("metadata", event.metadata);
  if (event.duration_ms) object.emplace_back("duration", *event.duration_ms);
  add_text(object, "requestId", event.request_id);
  return object;
}

}  // namespace latchkey::native
