// SPDX-License-Identifier: Apache-2.0
// Name, value, path, domain, Max-Age as text, and a character of flags.
#include <charconv>

#include "fuzz.h"
#include "latchkey/cookie.h"
#include "latchkey/cookie_jar.h"

namespace {

using namespace latchkey;

constexpr std::int64_t now = 1'795'264'188'890;

bool is_token(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
  });
}

// RFC 6265 §4.1.1 has cookie-octet as these ranges.
bool is_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c == 0x21 || (c >= 0x23 && c <= 0x2B) || (c >= 0x2D && c <= 0x3A) || (c >= 0x3C && c <= 0x5B) ||
           (c >= 0x5D && c <= 0x7E);
  });
}

cookie_attributes to_attributes(std::string_view& rest) {
  cookie_attributes attributes;
  attributes.path = fuzz::take_field(rest);
  attributes.domain = fuzz::take_field(rest);
  const std::string_view age = fuzz::take_field(rest);
  std::int64_t seconds = 0;
  if (std::from_chars(age.data(), age.data() + age.size(), seconds).ec == std::errc()) {
    attributes.max_age_seconds = seconds;
  }
  const unsigned flags = rest.empty() ? 0 : static_cast<unsigned char>(rest.front());
  attributes.http_only = (flags & 1) != 0;
  attributes.secure = (flags & 2) != 0;
  attributes.same_site_policy = (flags & 4) != 0   ? same_site::none
                                : (flags & 8) != 0 ? same_site::strict
                                                   : same_site::lax;
  return attributes;
}

std::string to_received_domain(std::string domain) {
  if (!domain.empty() && domain.front() == '.') domain.erase(0, 1);
  for (char& c : domain) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return domain;
}

void check_line(const std::string& line, std::string_view name, std::string_view value,
                const cookie_attributes& attributes) {
  fuzz::require(
      std::none_of(line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }),
      "a line never holds a control character");
  const auto semicolons = std::count(line.begin(), line.end(), ';');
  const int parts = 2 + (attributes.http_only ? 1 : 0) + (attributes.domain.empty() ? 0 : 1) +
                    (attributes.max_age_seconds ? 1 : 0) + (attributes.secure ? 1 : 0);
  fuzz::require(semicolons == parts, "a line has the attributes that were asked for and no other");
  const auto received = parse_set_cookie(line, now);
  fuzz::require(received.has_value(), "what is written can be received");
  fuzz::require(received->name == name && received->value == value, "name and value arrive as they were sent");
  fuzz::require(received->path == attributes.path, "the path arrives as it was sent");
  fuzz::require(received->domain == to_received_domain(attributes.domain), "the domain arrives as it was sent");
  fuzz::require(received->secure == attributes.secure && received->http_only == attributes.http_only,
                "the flags arrive as they were sent");
  fuzz::require(received->expires_at_ms.has_value() == attributes.max_age_seconds.has_value(), "an end is an end");
  if (attributes.max_age_seconds.value_or(0) > 0) {
    fuzz::require(*received->expires_at_ms == now + *attributes.max_age_seconds * 1000,
                  "the end arrives as it was sent");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = fuzz::to_text(data, size);
  const std::string_view name = fuzz::take_field(rest);
  const std::string_view value = fuzz::take_field(rest);
  const cookie_attributes attributes = to_attributes(rest);
  const auto line = to_set_cookie(name, value, attributes);
  const auto clearing = to_clearing_cookie(name, attributes);
  if (!line) {
    const bool is_known = line.error().code == errc::cookie_invalid || line.error().code == errc::cookie_too_large;
    fuzz::require(is_known && !line.error().field.empty(), "a refusal says what was refused");
    fuzz::require((line.error().field == "name") == !is_token(name), "a name is refused when it is no token");
    if (line.error().field == "value") fuzz::require(!is_value(value), "a value is refused for its bytes");
    return 0;
  }
  fuzz::require(is_token(name) && is_value(value), "what is written has RFC 6265's grammar");
  check_line(*line, name, value, attributes);
  fuzz::require(clearing.has_value(), "what can be set can be cleared");
  const auto cleared = parse_set_cookie(*clearing, now);
  fuzz::require(cleared && cleared->name == name && cleared->value.empty() && cleared->path == attributes.path &&
                    *cleared->expires_at_ms <= 0,
                "the clearing cookie is the same one, empty and over");
  return 0;
}
