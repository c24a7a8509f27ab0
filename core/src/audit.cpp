// SPDX-License-Identifier: Apache-2.0
#include "latchkey/audit.h"

#include <array>

#include "latchkey/session.h"
#include "latchkey/utf8.h"

namespace latchkey {
namespace {

constexpr std::array<std::string_view, 3> actor_type_names{"user", "system", "apikey"};
constexpr std::array<std::string_view, 3> outcome_names{"success", "failure", "denied"};

template <class Enum>
std::optional<Enum> find_name(const std::array<std::string_view, 3>& names, std::string_view text) noexcept {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == text) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

bool fits(std::string_view wanted, std::string_view actual) noexcept { return wanted.empty() || wanted == actual; }

bool has_resource(const audit_event& event, const audit_filter& filter) noexcept {
  if (filter.resource_type.empty() && filter.resource_id.empty()) return true;
  return event.resource && fits(filter.resource_type, event.resource->type) &&
         fits(filter.resource_id, event.resource->id);
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

std::optional<action_pattern> parse_action_pattern(std::string_view text) {
  if (text.empty() || text.size() > audit_pattern_max_bytes || !is_well_formed_utf8(text)) return std::nullopt;
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  const auto star = text.find('*');
  if (star == std::string_view::npos) return action_pattern{std::string(text), false};
  if (star + 1 != text.size()) return std::nullopt;
  return action_pattern{std::string(text.substr(0, star)), true};
}

bool matches(const audit_event& event, const audit_filter& filter) noexcept {
  return fits(filter.actor_id, event.actor.id) && (!filter.actor_type || *filter.actor_type == event.actor.type) &&
         (!filter.action || filter.action->matches(event.action)) && has_resource(event, filter) &&
         (!filter.outcome || *filter.outcome == event.outcome) &&
         (!filter.start_ms || event.timestamp_ms >= *filter.start_ms) &&
         (!filter.end_ms || event.timestamp_ms <= *filter.end_ms);
}

std::optional<std::int64_t> parse_audit_time(std::string_view text, day_edge edge) noexcept {
  constexpr std::size_t date_length = 10;
  constexpr std::size_t seconds_length = 20;
  constexpr std::size_t full_length = 24;
  // In a fixed buffer: every accepted form is the full one with its end left out.
  std::array<char, full_length> full{};
  if (text.size() > full_length) return std::nullopt;
  std::string_view rest = text;
  std::string_view end;
  if (text.size() == date_length) {
    end = edge == day_edge::first_millisecond ? "T00:00:00.000Z" : "T23:59:59.999Z";
  } else if (text.size() == seconds_length && text.back() == 'Z') {
    rest.remove_suffix(1);
    end = ".000Z";
  }
  if (rest.size() + end.size() != full_length) return std::nullopt;
  end.copy(full.data() + rest.copy(full.data(), rest.size()), end.size());
  return parse_iso_time({full.data(), full.size()});
}

}  // namespace latchkey
