// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_AUDIT_H_
#define LATCHKEY_AUDIT_H_

/**
 * What an audit event is, which events a filter lets through, and how events read as text: a line for the console, CSV,
 * NDJSON, and the canonical bytes that a hash covers (audit_chain.h). Pure functions: who stores events gives them their
 * id, time and number.
 */

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "latchkey/json_codec.h"
#include "latchkey/result.h"

namespace latchkey {

/** Who acted: a person, the server itself, or a program with a key. */
enum class audit_actor_type : std::uint8_t { user, system, apikey };

/** It worked, it went wrong, or it was not allowed. */
enum class audit_outcome : std::uint8_t { success, failure, denied };

/** `user`, `system`, `apikey`; `success`, `failure`, `denied`. They live as long as the program. */
[[nodiscard]] std::string_view to_string(audit_actor_type type) noexcept;
[[nodiscard]] std::string_view to_string(audit_outcome outcome) noexcept;
/** The reverse; nothing for any other text. */
[[nodiscard]] std::optional<audit_actor_type> to_audit_actor_type(std::string_view text) noexcept;
[[nodiscard]] std::optional<audit_outcome> to_audit_outcome(std::string_view text) noexcept;

struct audit_actor {
  audit_actor_type type = audit_actor_type::system;
  std::string id = {};
  std::string email = {};
  std::string ip = {};
  std::string user_agent = {};

  friend bool operator==(const audit_actor&, const audit_actor&) = default;
};

struct audit_resource {
  std::string type = {};
  std::string id = {};
  std::string name = {};

  friend bool operator==(const audit_resource&, const audit_resource&) = default;
};

/** What happened. Empty texts count as absent. Never holds a password, code, token, cookie or Authorization header. */
struct audit_event {
  /** Sortable in time (UUID version 7). */
  std::string id = {};
  /** Milliseconds since 1970 by the server's clock. */
  std::int64_t timestamp_ms = 0;
  /** Counts the stored events without gaps from 1; 0 before it is stored. */
  std::int64_t sequence = 0;
  audit_actor actor = {};
  /** Such as `auth.login` or `agents:execute`. */
  std::string action = {};
  std::optional<audit_resource> resource = {};
  audit_outcome outcome = audit_outcome::success;
  /** A JSON object, or null. Its numbers are whole and within 2^53 - 1 on either side of zero; others go in as text. */
  json_value metadata = {};
  std::optional<std::int64_t> duration_ms = {};
  std::string request_id = {};
  /** A digest of the session's id, never the id. */
  std::string session_hash = {};

  friend bool operator==(const audit_event&, const audit_event&) = default;
};

inline constexpr std::size_t audit_pattern_max_bytes = 256;

/** Which actions are meant: one, or all that begin alike. */
struct action_pattern {
  /** The action, or what it begins with. */
  std::string text = {};
  bool is_prefix = false;

  /** Byte for byte; case counts. */
  [[nodiscard]] bool matches(std::string_view action) const noexcept {
    return is_prefix ? action.starts_with(text) : action == text;
  }

  friend bool operator==(const action_pattern&, const action_pattern&) = default;
};

/**
 * `agents:read`, `agents:*`, `auth.*` or `*`. Nothing for an empty text, one over 256 bytes, one that is not UTF-8 or holds
 * a NUL, and a `*` anywhere but at the end: nothing that a caller sends is ever compiled to a regular expression.
 */
[[nodiscard]] std::optional<action_pattern> parse_action_pattern(std::string_view text);

/** Which events are asked for. Everything that is set must fit; an empty text doesn't filter. */
struct audit_filter {
  std::string actor_id = {};
  std::optional<audit_actor_type> actor_type = {};
  std::optional<action_pattern> action = {};
  std::string resource_type = {};
  std::string resource_id = {};
  std::optional<audit_outcome> outcome = {};
  /** The first and the last millisecond, both included. */
  std::optional<std::int64_t> start_ms = {};
  std::optional<std::int64_t> end_ms = {};

  friend bool operator==(const audit_filter&, const audit_filter&) = default;
};

/** Whether the filter lets the event through. A store's condition must agree with it. */
[[nodiscard]] bool matches(const audit_event& event, const audit_filter& filter) noexcept;

/** Which end of a day a date without a time stands for. */
enum class day_edge : std::uint8_t { first_millisecond, last_millisecond };

/** `2026-11-21`, `2026-11-21T12:00:00Z` or `2026-11-21T12:00:00.000Z` in milliseconds since 1970; nothing otherwise. */
[[nodiscard]] std::optional<std::int64_t> parse_audit_time(std::string_view text, day_edge edge) noexcept;

/**
 * `[audit] <ISO time> ✓|✗|⊘ <type>:<email or id> <action> on <type>:<id> (<n>ms)`, without a line feed at the end.
 * White space in a field, control characters, bidirectional and invisible ones are written as `\u{…}`, bytes that are
 * not UTF-8 as `\x…`, so an event is one line, no field passes for two, and it looks like what it is (AU-04).
 */
[[nodiscard]] std::string to_console_line(const audit_event& event, std::string_view prefix = "[audit]");

/** The first line of a CSV export, with its CRLF. */
inline constexpr std::string_view audit_csv_header =
    "id,timestamp,actorType,actorId,actorEmail,action,resourceType,resourceId,outcome,duration\r\n";

/**
 * One event as a line of CSV with its CRLF. Quoting after RFC 4180. A field that begins with `=`, `+`, `-`, `@` (also in
 * their full-width forms), tab, CR or LF gets a `'` before it, because spreadsheets take such a field for a formula (AU-05).
 * What matters to a machine is in the other formats, where nothing is put before anything.
 */
[[nodiscard]] std::string to_csv_line(const audit_event& event);

/** The header and a line an event; no event leaves the header. */
[[nodiscard]] std::string to_csv(std::span<const audit_event> events);

/**
 * One event as a line of JSON, members as documented, with its line feed. What would act on a terminal or hide there is
 * written as JSON's own escapes.
 */
[[nodiscard]] std::string to_ndjson_line(const audit_event& event);

/**
 * The bytes that stand for the event in a hash: its JSON in the canonical form of RFC 8785, so that anybody can compute
 * them again from the JSON of the API. Two events that can be recorded and have equal
 * bytes are equal.
 */
[[nodiscard]] std::string to_canonical_bytes(const audit_event& event);

}  // namespace latchkey

#endif  // LATCHKEY_AUDIT_H_
