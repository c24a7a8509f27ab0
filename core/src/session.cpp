// SPDX-License-Identifier: Apache-2.0
#include "latchkey/session.h"

#include <algorithm>
#include <array>
#include <limits>

#include "civil_date.h"

namespace latchkey {
namespace {

// Times come out of tokens and may be absurd; a sum that wraps could bring a dead session back to life.
std::int64_t add_saturating(std::int64_t a, std::int64_t b) noexcept {
  constexpr auto largest = std::numeric_limits<std::int64_t>::max();
  constexpr auto smallest = std::numeric_limits<std::int64_t>::min();
  if (b > 0 && a > largest - b) return largest;
  if (b < 0 && a < smallest - b) return smallest;
  return a + b;
}

void write_digits(char* to, std::int64_t value, int digits) noexcept {
  for (int i = digits - 1; i >= 0; --i) {
    to[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

// The digits at a place of the fixed form; -1 when one of them is something else.
std::int64_t read_digits(std::string_view text, std::size_t at, std::size_t digits) noexcept {
  std::int64_t value = 0;
  for (const char c : text.substr(at, digits)) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

constexpr std::string_view iso_form = "0000-00-00T00:00:00.000Z";

bool has_iso_form(std::string_view text) noexcept {
  return text.size() == iso_form.size() &&
         std::equal(text.begin(), text.end(), iso_form.begin(),
                    [](char c, char form) { return form == '0' ? (c >= '0' && c <= '9') : c == form; });
}

tl::unexpected<error> invalid(std::string_view field) {
  return fail(errc::session_invalid, "This is no session.", std::string(field));
}

result<void> check_limits(const session& value) {
  if (value.id.empty() || value.id.size() > session_id_max_bytes) return invalid("id");
  if (value.user_id.empty() || value.user_id.size() > session_user_id_max_bytes) return invalid("userId");
  if (value.metadata.is_null()) return {};
  if (value.metadata.as_object() == nullptr) return invalid("metadata");
  if (to_json_text(value.metadata).size() > session_metadata_max_bytes) return invalid("metadata");
  return {};
}

// Takes `expected` off the front of `text`.
bool take_literal(std::string_view& text, std::string_view expected) noexcept {
  if (text.substr(0, expected.size()) != expected) return false;
  text.remove_prefix(expected.size());
  return true;
}

// Takes a string up to its quote, which stays. Nothing when it holds what JSON escapes, or anything beyond ASCII.
std::optional<std::string_view> take_plain_string(std::string_view& text) noexcept {
  std::size_t length = 0;
  while (length < text.size() && text[length] != '"') {
    const auto byte = static_cast<unsigned char>(text[length]);
    if (byte < 0x20 || byte >= 0x7F || byte == '\\') return std::nullopt;
    ++length;
  }
  const std::string_view taken = text.substr(0, length);
  text.remove_prefix(length);
  return taken;
}

// Reads the one form that `to_session_json` writes, because every request of a signed-in person opens a session and the
// general parser costs more than the cipher. Nothing for any other form, which the general parser then decides.
std::optional<session> read_written_form(std::string_view text) {
  session value;
  const auto take_string = [&](std::string_view name) {
    return take_literal(text, name) ? take_plain_string(text) : std::nullopt;
  };
  const auto id = take_string(R"({"id":")");
  const auto user_id = id ? take_string(R"(","userId":")") : std::nullopt;
  const auto created = user_id ? take_string(R"(","createdAt":")") : std::nullopt;
  const auto expires = created ? take_string(R"(","expiresAt":")") : std::nullopt;
  if (!expires || !take_literal(text, "\"")) return std::nullopt;
  const auto created_at_ms = parse_iso_time(*created);
  const auto expires_at_ms = parse_iso_time(*expires);
  if (!created_at_ms || !expires_at_ms) return std::nullopt;
  if (take_literal(text, R"(,"metadata":)") && !text.empty()) {
    auto metadata = parse_json(text.substr(0, text.size() - 1));
    if (!metadata) return std::nullopt;
    value.metadata = std::move(*metadata);
    text.remove_prefix(text.size() - 1);
  }
  if (text != "}") return std::nullopt;
  value.id = *id;
  value.user_id = *user_id;
  value.created_at_ms = *created_at_ms;
  value.expires_at_ms = *expires_at_ms;
  return value;
}

std::optional<std::int64_t> find_time(const json_value& object, std::string_view key) {
  const std::string* text = object.find_string(key);
  return text == nullptr ? std::nullopt : parse_iso_time(*text);
}

}  // namespace

std::int64_t session_end(std::int64_t created_at_ms, std::int64_t now_ms, const session_lifetimes& lifetimes) noexcept {
  return std::min(add_saturating(now_ms, lifetimes.idle_ms), add_saturating(created_at_ms, lifetimes.absolute_ms));
}

bool is_alive(const session& value, std::int64_t now_ms, const session_lifetimes& lifetimes) noexcept {
  const std::int64_t absolute_end = add_saturating(value.created_at_ms, lifetimes.absolute_ms);
  return now_ms < value.expires_at_ms && now_ms < absolute_end && value.expires_at_ms <= absolute_end &&
         value.created_at_ms < value.expires_at_ms &&
         value.created_at_ms <= add_saturating(now_ms, session_clock_skew_ms);
}

bool is_renewal_due(const session& value, std::int64_t now_ms, const session_lifetimes& lifetimes) noexcept {
  const bool is_past_half = value.expires_at_ms < add_saturating(now_ms, lifetimes.idle_ms / 2);
  return is_past_half && session_end(value.created_at_ms, now_ms, lifetimes) > value.expires_at_ms;
}

result<std::string> to_session_json(const session& value) {
  if (auto checked = check_limits(value); !checked) return fail(std::move(checked));
  json_object object{{"id", value.id},
                     {"userId", value.user_id},
                     {"createdAt", to_iso_time(value.created_at_ms)},
                     {"expiresAt", to_iso_time(value.expires_at_ms)}};
  if (!value.metadata.is_null()) object.emplace_back("metadata", value.metadata);
  return to_json_text(object);
}

result<session> parse_session_json(std::string_view text) {
  if (auto written = read_written_form(text)) {
    if (auto checked = check_limits(*written); !checked) return fail(std::move(checked));
    return std::move(*written);
  }
  auto parsed = parse_json(text);
  if (!parsed || parsed->as_object() == nullptr) return invalid({});
  const std::string* id = parsed->find_string("id");
  const std::string* user_id = parsed->find_string("userId");
  const auto created = find_time(*parsed, "createdAt");
  const auto expires = find_time(*parsed, "expiresAt");
  if (id == nullptr || user_id == nullptr || !created || !expires) return invalid({});
  session value{*id, *user_id, *created, *expires, {}};
  std::size_t known = 4;
  if (const json_value* metadata = parsed->find("metadata")) {
    value.metadata = *metadata;
    ++known;
  }
  if (parsed->as_object()->size() != known) return invalid({});
  if (auto checked = check_limits(value); !checked) return fail(std::move(checked));
  return value;
}

std::string to_iso_time(std::int64_t ms) {
  // Years outside 0000–9999 have no text of this form; the nearest one that has is shown.
  constexpr std::int64_t first = -62'167'219'200'000;
  constexpr std::int64_t last = 253'402'300'799'999;
  ms = std::clamp(ms, first, last);
  const std::int64_t days = ms >= 0 ? ms / day_ms : (ms - day_ms + 1) / day_ms;
  const std::int64_t of_day = ms - days * day_ms;
  const civil_date date = civil_from_days(days);
  std::string text(iso_form);
  write_digits(text.data(), date.year, 4);
  write_digits(text.data() + 5, date.month, 2);
  write_digits(text.data() + 8, date.day, 2);
  write_digits(text.data() + 11, of_day / 3'600'000, 2);
  write_digits(text.data() + 14, of_day / 60'000 % 60, 2);
  write_digits(text.data() + 17, of_day / 1'000 % 60, 2);
  write_digits(text.data() + 20, of_day % 1'000, 3);
  return text;
}

std::optional<std::int64_t> parse_iso_time(std::string_view text) noexcept {
  if (!has_iso_form(text)) return std::nullopt;
  const civil_date date{read_digits(text, 0, 4), static_cast<unsigned>(read_digits(text, 5, 2)),
                        static_cast<unsigned>(read_digits(text, 8, 2))};
  const std::int64_t hour = read_digits(text, 11, 2);
  const std::int64_t minute = read_digits(text, 14, 2);
  const std::int64_t second = read_digits(text, 17, 2);
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const auto days = days_from_civil(date);
  if (!days) return std::nullopt;
  return *days * day_ms + hour * 3'600'000 + minute * 60'000 + second * 1'000 + read_digits(text, 20, 3);
}

}  // namespace latchkey
