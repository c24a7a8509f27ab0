// SPDX-License-Identifier: Apache-2.0
// A session's JSON; and two fields and two numbers that a session is made of.
#include "fuzz.h"
#include "latchkey/session.h"
#include "latchkey/utf8.h"

namespace {

using namespace latchkey;

void check_lifetime(const session& value) {
  const session_lifetimes lifetimes;
  for (const std::int64_t now : {value.created_at_ms, value.expires_at_ms, value.expires_at_ms - 1}) {
    const std::int64_t end = session_end(value.created_at_ms, now, lifetimes);
    fuzz::require(end <= value.created_at_ms + lifetimes.absolute_ms, "a renewal never passes the absolute end");
    if (!is_alive(value, now, lifetimes)) continue;
    fuzz::require(now < value.expires_at_ms, "what has ended is over");
    fuzz::require(value.expires_at_ms - value.created_at_ms <= lifetimes.absolute_ms,
                  "nothing lasts longer than allowed");
    if (is_renewal_due(value, now, lifetimes)) fuzz::require(end > value.expires_at_ms, "a renewal gains something");
  }
}

void check_written(const session& value, const std::string& text) {
  const auto again = parse_session_json(text);
  fuzz::require(again.has_value() && *again == value, "what is written is read back");
  fuzz::require(to_session_json(*again) == text, "a session has one written form");
}

void check_text(std::string_view text) {
  const auto value = parse_session_json(text);
  // A blank in front is JSON too, and keeps the reader of the written form away.
  const auto general = parse_session_json(" " + std::string(text));
  fuzz::require(value == general, "both readers give the same answer");
  if (!value) {
    fuzz::require(value.error().code == errc::session_invalid, "every flaw is an invalid session");
    return;
  }
  const auto written = to_session_json(*value);
  fuzz::require(written.has_value(), "what is read can be written");
  check_written(*value, *written);
  check_lifetime(*value);
}

// From the first year to the last that have a text.
std::int64_t to_time(std::string_view text) {
  std::uint64_t number = 0;
  for (const char c : text) number = number * 257 + static_cast<unsigned char>(c);
  return static_cast<std::int64_t>(number % 315'569'520'000'000) - 62'167'219'200'000;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = fuzz::to_text(data, size);
  if (rest.find(fuzz::field_separator) == std::string_view::npos) {
    check_text(rest);
    return 0;
  }
  session value;
  value.id = fuzz::take_field(rest);
  value.user_id = fuzz::take_field(rest);
  value.created_at_ms = to_time(fuzz::take_field(rest));
  value.expires_at_ms = to_time(fuzz::take_field(rest));
  // What the codec writes of other bytes is its own affair.
  if (!rest.empty() && is_well_formed_utf8(rest))
    value.metadata = json_object{{std::string(fuzz::take_field(rest)), std::string(rest)}};
  fuzz::require(parse_iso_time(to_iso_time(value.created_at_ms)) == value.created_at_ms, "a time is read back");
  const auto text = to_session_json(value);
  if (text) check_written(value, *text);
  return 0;
}
