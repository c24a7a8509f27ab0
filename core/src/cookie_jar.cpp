// SPDX-License-Identifier: Apache-2.0
#include "latchkey/cookie_jar.h"

#include <algorithm>
#include <array>
#include <limits>

#include "ascii.h"
#include "civil_date.h"

namespace latchkey {
namespace {

constexpr std::int64_t always_expired = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t never_expires = std::numeric_limits<std::int64_t>::max();

// §5.1.1: tab, and the visible ASCII without letters, digits, colon and the quote's neighbours above 0x7E.
constexpr bool is_date_delimiter(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte == 0x09 || (byte >= 0x20 && byte <= 0x2F) || (byte >= 0x3B && byte <= 0x40) ||
         (byte >= 0x5B && byte <= 0x60) || (byte >= 0x7B && byte <= 0x7E);
}

// Digits at the start of `text`, which they are removed from; -1 when there are fewer than `least` or more than `most`.
int take_number(std::string_view& text, std::size_t least, std::size_t most) noexcept {
  std::size_t digits = 0;
  int value = 0;
  while (digits < text.size() && is_digit(text[digits])) {
    if (digits == most) return -1;
    value = value * 10 + (text[digits] - '0');
    ++digits;
  }
  if (digits < least) return -1;
  text.remove_prefix(digits);
  return value;
}

struct clock_time {
  int hour = -1;
  int minute = -1;
  int second = -1;
};

std::optional<clock_time> read_time(std::string_view token) noexcept {
  clock_time time;
  for (int* part : {&time.hour, &time.minute, &time.second}) {
    *part = take_number(token, 1, 2);
    if (*part < 0) return std::nullopt;
    if (part == &time.second) break;
    if (token.empty() || token.front() != ':') return std::nullopt;
    token.remove_prefix(1);
  }
  return time;
}

int read_month(std::string_view token) noexcept {
  constexpr std::array<std::string_view, 12> months = {"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
  for (std::size_t i = 0; i < months.size(); ++i) {
    if (starts_with_ignoring_case(token, months[i])) return static_cast<int>(i) + 1;
  }
  return -1;
}

struct date_fields {
  std::optional<clock_time> time;
  int day = -1;
  int month = -1;
  int year = -1;
};

// A token is the first of these that is still wanted and that it can be.
void read_token(std::string_view token, date_fields& fields) noexcept {
  if (!fields.time) {
    fields.time = read_time(token);
    if (fields.time) return;
  }
  if (fields.day < 0) {
    std::string_view rest = token;
    fields.day = take_number(rest, 1, 2);
    if (fields.day >= 0) return;
  }
  if (fields.month < 0) {
    fields.month = read_month(token);
    if (fields.month >= 0) return;
  }
  if (fields.year < 0) fields.year = take_number(token, 2, 4);
}

int full_year(int year) noexcept {
  if (year >= 70 && year <= 99) return year + 1900;
  return year >= 0 && year <= 69 ? year + 2000 : year;
}

// §5.2.2: nothing when the value isn't a number; a number beyond all time is beyond all time.
std::optional<std::int64_t> read_max_age(std::string_view value, std::int64_t now_ms) noexcept {
  const bool negative = !value.empty() && value.front() == '-';
  if (negative) value.remove_prefix(1);
  if (!std::all_of(value.begin(), value.end(), is_digit)) return std::nullopt;
  if (value.empty() && !negative) return std::nullopt;
  std::int64_t seconds = 0;
  for (const char c : value) seconds = std::min<std::int64_t>(seconds * 10 + (c - '0'), 1'000'000'000'000);
  if (negative || seconds == 0) return always_expired;
  return now_ms > never_expires - seconds * 1000 ? never_expires : now_ms + seconds * 1000;
}

// The first piece of what is left, which loses it and the semicolon behind it.
std::string_view take_piece(std::string_view& rest) noexcept {
  const std::size_t end = std::min(rest.find(';'), rest.size());
  const std::string_view piece = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return piece;
}

struct attribute {
  std::string_view name;
  std::string_view value;
};

attribute split_attribute(std::string_view piece) noexcept {
  const std::size_t equals = piece.find('=');
  if (equals == std::string_view::npos) return {trim_blanks(piece), {}};
  return {trim_blanks(piece.substr(0, equals)), trim_blanks(piece.substr(equals + 1))};
}

struct lifetime {
  std::optional<std::int64_t> expires;
  std::optional<std::int64_t> max_age;
};

void apply(const attribute& given, received_cookie& cookie, lifetime& life, std::int64_t now_ms) {
  if (equals_ignoring_case(given.name, "expires")) {
    if (const auto date = parse_cookie_date(given.value)) life.expires = date;
  } else if (equals_ignoring_case(given.name, "max-age")) {
    if (const auto end = read_max_age(given.value, now_ms)) life.max_age = end;
  } else if (equals_ignoring_case(given.name, "domain")) {
    if (given.value.empty()) return;
    cookie.domain = to_lower(given.value.front() == '.' ? given.value.substr(1) : given.value);
  } else if (equals_ignoring_case(given.name, "path")) {
    const bool is_path = !given.value.empty() && given.value.front() == '/';
    cookie.path = is_path ? std::string(given.value) : std::string();
  } else if (equals_ignoring_case(given.name, "secure")) {
    cookie.secure = true;
  } else if (equals_ignoring_case(given.name, "httponly")) {
    cookie.http_only = true;
  }
}

// `%6F` and `o` are one character of a path (RFC 3986 §6.2.2.2); only such that never need an escape are decoded, so no
// separator appears or goes. Of the request alone: a cookie's own path is compared as it was set, with both spellings.
std::string decode_unreserved(std::string_view path) {
  std::string decoded;
  decoded.reserve(path.size());
  for (std::size_t i = 0; i < path.size(); ++i) {
    const int value = path[i] == '%' && i + 2 < path.size() ? hex_value(path[i + 1]) * 16 + hex_value(path[i + 2]) : -1;
    const bool is_unreserved = value > 0 && value < 0x7F && is_unreserved_byte(static_cast<char>(value));
    decoded += is_unreserved ? static_cast<char>(value) : path[i];
    if (is_unreserved) i += 2;
  }
  return decoded;
}

bool is_ip_address(std::string_view host) noexcept {
  if (host.find(':') != std::string_view::npos) return true;
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) { return is_digit(c) || c == '.'; });
}

bool is_expired(const received_cookie& cookie, std::int64_t now_ms) noexcept {
  return cookie.expires_at_ms && *cookie.expires_at_ms <= now_ms;
}

bool keeps_prefix_promise(const received_cookie& cookie, bool is_host_only) noexcept {
  if (starts_with_ignoring_case(cookie.name, "__host-")) return cookie.secure && is_host_only && cookie.path == "/";
  return !starts_with_ignoring_case(cookie.name, "__secure-") || cookie.secure;
}

}  // namespace

std::optional<std::int64_t> parse_cookie_date(std::string_view text) noexcept {
  date_fields fields;
  while (!text.empty()) {
    const auto end = std::find_if(text.begin(), text.end(), is_date_delimiter);
    const auto length = static_cast<std::size_t>(end - text.begin());
    if (length > 0) read_token(text.substr(0, length), fields);
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  if (!fields.time || fields.day < 0 || fields.month < 0 || fields.year < 0) return std::nullopt;
  const int year = full_year(fields.year);
  const clock_time& time = *fields.time;
  if (year < 1601 || time.hour > 23 || time.minute > 59 || time.second > 59) return std::nullopt;
  const auto days = days_from_civil({year, static_cast<unsigned>(fields.month), static_cast<unsigned>(fields.day)});
  if (!days) return std::nullopt;
  return *days * day_ms + (std::int64_t{time.hour} * 3'600 + time.minute * 60 + time.second) * 1'000;
}

std::optional<received_cookie> parse_set_cookie(std::string_view line, std::int64_t now_ms) {
  // What follows one of these never was a part of this header.
  line = line.substr(0, line.find_first_of(std::string_view("\0\r\n", 3)));
  std::string_view rest = line;
  const std::string_view pair = take_piece(rest);
  if (pair.find('=') == std::string_view::npos || std::any_of(line.begin(), line.end(), is_control_byte)) {
    return std::nullopt;
  }
  const attribute named = split_attribute(pair);
  if (named.name.empty() || named.name.size() + named.value.size() > cookie_max_bytes) return std::nullopt;
  received_cookie cookie;
  cookie.name = named.name;
  cookie.value = named.value;
  lifetime life;
  while (!rest.empty()) {
    const attribute given = split_attribute(take_piece(rest));
    // RFC 6265bis §5.6: a jar must not be filled by what a server writes into a path.
    if (given.value.size() <= cookie_attribute_max_bytes) apply(given, cookie, life, now_ms);
  }
  cookie.expires_at_ms = life.max_age ? life.max_age : life.expires;
  return cookie;
}

bool cookie_domain_matches(std::string_view host, std::string_view domain) noexcept {
  if (host == domain) return true;
  return host.size() > domain.size() && host.substr(host.size() - domain.size()) == domain &&
         host[host.size() - domain.size() - 1] == '.' && !is_ip_address(host);
}

bool cookie_path_matches(std::string_view request_path, std::string_view cookie_path) noexcept {
  if (request_path.substr(0, cookie_path.size()) != cookie_path) return false;
  return request_path.size() == cookie_path.size() || (!cookie_path.empty() && cookie_path.back() == '/') ||
         request_path[cookie_path.size()] == '/';
}

std::string_view default_cookie_path(std::string_view request_path) noexcept {
  if (request_path.empty() || request_path.front() != '/') return "/";
  const std::size_t last = request_path.rfind('/');
  return last == 0 ? "/" : request_path.substr(0, last);
}

bool cookie_jar::store(std::string_view set_cookie_line, const cookie_origin& origin, std::int64_t now_ms) {
  auto received = parse_set_cookie(set_cookie_line, now_ms);
  if (!received || (received->secure && !origin.secure)) return false;
  stored_cookie stored{std::move(*received), true, 0};
  received_cookie& cookie = stored.cookie;
  const std::string host = to_lower(origin.host);
  if (!cookie.domain.empty() && cookie.domain != host) {
    // One label is a whole top-level domain, which nobody may set cookies for.
    if (cookie.domain.find('.') == std::string::npos || !cookie_domain_matches(host, cookie.domain)) return false;
  }
  // §5.3 step 5: such a host by that name, `localhost` for one, sets cookies for itself alone.
  if (cookie.domain.find('.') == std::string::npos) cookie.domain.clear();
  stored.host_only = cookie.domain.empty();
  if (stored.host_only) cookie.domain = host;
  if (cookie.path.empty()) cookie.path = default_cookie_path(origin.path);
  if (!keeps_prefix_promise(cookie, stored.host_only)) return false;

  if (!origin.secure && shadows_secure(cookie)) return false;

  std::erase_if(cookies_, [&](const stored_cookie& held) { return is_expired(held.cookie, now_ms); });
  const auto same = std::find_if(cookies_.begin(), cookies_.end(), [&](const stored_cookie& held) {
    return held.cookie.name == cookie.name && held.cookie.domain == cookie.domain && held.cookie.path == cookie.path;
  });
  stored.created = same == cookies_.end() ? next_created_++ : same->created;
  if (same != cookies_.end()) cookies_.erase(same);
  if (is_expired(cookie, now_ms)) return true;
  make_room(cookie.domain);
  cookies_.push_back(std::move(stored));
  return true;
}

// RFC 6265bis §5.7, "leave secure cookies alone": a response that anybody on the way can forge replaces no Secure cookie
// and puts none before it.
bool cookie_jar::shadows_secure(const received_cookie& cookie) const noexcept {
  return std::any_of(cookies_.begin(), cookies_.end(), [&](const stored_cookie& held) {
    const received_cookie& kept = held.cookie;
    return kept.secure && kept.name == cookie.name && cookie_path_matches(cookie.path, kept.path) &&
           (cookie_domain_matches(kept.domain, cookie.domain) || cookie_domain_matches(cookie.domain, kept.domain));
  });
}

void cookie_jar::make_room(const std::string& domain) {
  // Those that plain http may set go first: whoever controls that must not push out a session.
  const auto is_older = [](const stored_cookie& a, const stored_cookie& b) {
    return a.cookie.secure != b.cookie.secure ? b.cookie.secure : a.created < b.created;
  };
  const auto of_domain = [&](const stored_cookie& held) { return held.cookie.domain == domain; };
  const auto count = std::count_if(cookies_.begin(), cookies_.end(), of_domain);
  if (count >= static_cast<std::ptrdiff_t>(cookie_jar_max_per_host)) {
    const auto oldest = std::min_element(cookies_.begin(), cookies_.end(), [&](const auto& a, const auto& b) {
      return of_domain(a) != of_domain(b) ? of_domain(a) : is_older(a, b);
    });
    cookies_.erase(oldest);
  } else if (cookies_.size() >= cookie_jar_max) {
    cookies_.erase(std::min_element(cookies_.begin(), cookies_.end(), is_older));
  }
}

std::string cookie_jar::header(const cookie_origin& origin, std::int64_t now_ms) {
  std::erase_if(cookies_, [&](const stored_cookie& held) { return is_expired(held.cookie, now_ms); });
  const std::string host = to_lower(origin.host);
  const std::string_view path = origin.path.empty() ? "/" : origin.path;
  const std::string decoded = decode_unreserved(path);
  std::vector<const stored_cookie*> sent;
  for (const stored_cookie& held : cookies_) {
    const bool is_for_host =
        held.host_only ? held.cookie.domain == host : cookie_domain_matches(host, held.cookie.domain);
    const bool is_for_path =
        cookie_path_matches(path, held.cookie.path) || cookie_path_matches(decoded, held.cookie.path);
    if (is_for_host && is_for_path && (origin.secure || !held.cookie.secure)) {
      sent.push_back(&held);
    }
  }
  std::sort(sent.begin(), sent.end(), [](const stored_cookie* a, const stored_cookie* b) {
    if (a->cookie.path.size() != b->cookie.path.size()) return a->cookie.path.size() > b->cookie.path.size();
    return a->created < b->created;
  });
  std::string header;
  for (const stored_cookie* held : sent) {
    if (!header.empty()) header += "; ";
    header.append(held->cookie.name).append("=").append(held->cookie.value);
  }
  return header;
}

}  // namespace latchkey
