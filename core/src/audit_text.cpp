// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "latchkey/audit.h"
#include "latchkey/json_mapping.h"
#include "latchkey/session.h"
#include "latchkey/utf8.h"
#include "latchkey/visible_text.h"

namespace latchkey {
namespace {

constexpr std::array<std::string_view, 3> outcome_signs{"\u2713", "\u2717", "\u2298"};

// A field of the line: with white space in it, it could pass for several.
bool needs_escape(char32_t c) noexcept { return is_misleading(c) || is_white_space(c); }

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

// A spreadsheet runs what it takes for a formula; with a `'` before it, it is text.
std::string csv_field(std::string_view text) {
  constexpr std::u32string_view formula_starts = U"=+-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20";
  const auto first = first_utf8_character(text);
  const bool is_formula = first && formula_starts.find(first->code_point) != std::u32string_view::npos;
  std::string field = is_formula ? "'" + std::string(text) : std::string(text);
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  std::string quoted = "\"";
  for (const char c : field) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

}  // namespace

std::string to_console_line(const audit_event& event, std::string_view prefix) {
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

std::string to_csv_line(const audit_event& event) {
  const audit_resource none;
  const audit_resource& resource = event.resource ? *event.resource : none;
  const std::string time = to_iso_time(event.timestamp_ms);
  const std::string duration = event.duration_ms ? std::to_string(*event.duration_ms) : std::string();
  const std::array<std::string_view, 10> fields{
      event.id,      time,        to_string(event.actor.type), event.actor.id, event.actor.email, event.action,
      resource.type, resource.id, to_string(event.outcome),    duration};
  std::string line;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) line += ',';
    line += csv_field(fields[i]);
  }
  return line + "\r\n";
}

std::string to_csv(std::span<const audit_event> events) {
  std::string csv(audit_csv_header);
  for (const audit_event& event : events) csv += to_csv_line(event);
  return csv;
}

std::string to_ndjson_line(const audit_event& event) { return to_visible_json(to_json_text(to_json(event))) + '\n'; }

std::string to_canonical_bytes(const audit_event& event) { return to_canonical_json_text(to_json(event)); }

}  // namespace latchkey
