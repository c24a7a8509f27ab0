// SPDX-License-Identifier: Apache-2.0
#include "latchkey/session.h"

#include <algorithm>
#include <array>

#include "civil_date.h"
#include "latchkey/utf8.h"
#include "saturating.h"

namespace latchkey {
namespace {

// Times come out of tokens and may be absurd; a sum that wraps could bring a dead session back to life.
void write_digits(char* to, std::int64_t value, int digits) noexcept {
  for (int i = digits - 1; i >= 0; --i) {
    to[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

// The number at a place of the fixed form, where there are digits and nothing else.
int read_digits(const char* from, int digits) noexcept {
  int value = 0;
  for (int i = 0; i < digits; ++i) value = value * 10 + (from[i] - '0');
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

result<void> check_names(const session& value) {
  if (value.id.empty() || value.id.size() > session_id_max_bytes) return invalid("id");
  if (value.user_id.empty() || value.user_id.size() > session_user_id_max_bytes) return invalid("userId");
  if (value.sign_in_mark && *value.sign_in_mark < 0) return invalid("mark");
  return {};
}

// The metadata as JSON, which is what its limit counts; empty when there is none.
result<std::string> to_metadata_json(const json_value& metadata) {
  if (metadata.is_null()) return std::string();
  if (metadata.as_object() == nullptr) return invalid("metadata");
  std::string text = to_json_text(metadata);
  if (text.size() > session_metadata_max_bytes) return invalid("metadata");
  return text;
}

// Read from a text of `read_bytes`. What was so short isn't written again to be measured: no JSON grows more than
// threefold by that, from an escape of two bytes to one of six.
result<void> check_read(const session& value, std::size_t read_bytes) {
  if (auto checked = check_names(value); !checked) return checked;
  const bool is_short = read_bytes <= session_metadata_max_bytes / 3;
  if (is_short && (value.metadata.is_null() || value.metadata.as_object() != nullptr)) return {};
  if (auto metadata = to_metadata_json(value.metadata); !metadata) return fail(std::move(metadata));
  return {};
}

// What JSON has as it stands between quotes; ASCII alone, so that nobody has to look at UTF-8.
bool is_plain_byte(char c) noexcept { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; }

void append_member(std::string& out, std::string_view begin, std::string_view text) {
  out += begin;
  if (std::all_of(text.begin(), text.end(), is_plain_byte)) {
    out.append("\"").append(text).append("\"");
  } else {
    out += to_json_text(text);
  }
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
  while (length < text.size() && is_plain_byte(text[length])) ++length;
  if (length == text.size() || text[length] != '"') return std::nullopt;
  const std::string_view taken = text.substr(0, length);
  text.remove_prefix(length);
  return taken;
}

// Takes a whole number as it is written. Nothing for any other form, and for more digits than always fit.
std::optional<std::int64_t> take_number(std::string_view& text) noexcept {
  constexpr std::size_t max_digits = 18;
  std::int64_t value = 0;
  std::size_t length = 0;
  while (length < text.size() && text[length] >= '0' && text[length] <= '9') {
    if (length == max_digits) return std::nullopt;
    value = value * 10 + (text[length++] - '0');
  }
  if (length == 0 || (text.front() == '0' && length > 1)) return std::nullopt;
  text.remove_prefix(length);
  return value;
}

// The commonest metadata: an object of a few plain strings. Nothing for any other, nor when a key comes twice.
std::optional<json_object> read_plain_object(std::string_view text) {
  constexpr std::size_t few = 8;
  json_object object;
  bool is_expected = take_literal(text, "{\"");
  while (is_expected && object.size() < few) {
    const auto key = take_plain_string(text);
    if (!key || !take_literal(text, R"(":")")) return std::nullopt;
    const auto member = take_plain_string(text);
    if (!member) return std::nullopt;
    for (const auto& other : object) {
      if (other.first == *key) return std::nullopt;
    }
    object.emplace_back(*key, *member);
    if (text == "\"}") return object;
    is_expected = take_literal(text, R"(",")");
  }
  return std::nullopt;
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
  if (take_literal(text, R"(,"mark":)")) {
    value.sign_in_mark = take_number(text);
    if (!value.sign_in_mark) return std::nullopt;
  }
  if (take_literal(text, R"(,"metadata":)") && !text.empty()) {
    const std::string_view metadata = text.substr(0, text.size() - 1);
    if (auto plain = read_plain_object(metadata)) {
      value.metadata = std::move(*plain);
    } else {
      auto parsed = parse_json(metadata);
      if (!parsed) return std::nullopt;
      value.metadata = std::move(*parsed);
    }
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
  if (auto checked = check_names(value); !checked) return fail(std::move(checked));
  // Bytes that are no text would all be written as U+FFFD: two people would become one.
  if (!is_well_formed_utf8(value.id)) return invalid("id");
  if (!is_well_formed_utf8(value.user_id)) return invalid("userId");
  auto metadata = to_metadata_json(value.metadata);
  if (!metadata) return metadata;
  std::string text;
  text.reserve(128 + value.id.size() + value.user_id.size() + metadata->size());
  append_member(text, R"({"id":)", value.id);
  append_member(text, R"(,"userId":)", value.user_id);
  append_member(text, R"(,"createdAt":)", to_iso_time(value.created_at_ms));
  append_member(text, R"(,"expiresAt":)", to_iso_time(value.expires_at_ms));
  if (value.sign_in_mark) text.append(R"(,"mark":)").append(std::to_string(*value.sign_in_mark));
  if (!metadata->empty()) text.append(R"(,"metadata":)").append(*metadata);
  text += '}';
  return text;
}

result<session> parse_session_json(std::string_view text) {
  if (auto written = read_written_form(text)) {
    if (auto checked = check_read(*written, text.size()); !checked) return fail(std::move(checked));
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
  if (const json_value* mark = parsed->find("mark")) {
    if (mark->as_integer() == nullptr) return invalid("mark");
    value.sign_in_mark = *mark->as_integer();
    ++known;
  }
  if (const json_value* metadata = parsed->find("metadata")) {
    value.metadata = *metadata;
    ++known;
  }
  if (parsed->as_object()->size() != known) return invalid({});
  if (auto checked = check_read(value, text.size()); !checked) return fail(std::move(checked));
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
  const char* const at = text.data();
  const civil_date date{read_digits(at, 4), static_cast<unsigned>(read_digits(at + 5, 2)),
                        static_cast<unsigned>(read_digits(at + 8, 2))};
  const std::int64_t hour = read_digits(at + 11, 2);
  const std::int64_t minute = read_digits(at + 14, 2);
  const std::int64_t second = read_digits(at + 17, 2);
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const auto days = days_from_civil(date);
  if (!days) return std::nullopt;
  return *days * day_ms + hour * 3'600'000 + minute * 60'000 + second * 1'000 + read_digits(at + 20, 3);
}

}  // namespace latchkey
