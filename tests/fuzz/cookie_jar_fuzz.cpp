// SPDX-License-Identifier: Apache-2.0
// `https://host/path`, then Set-Cookie lines that a response from there has.
#include "fuzz.h"
#include "latchkey/cookie_jar.h"

namespace {

using namespace latchkey;

constexpr std::int64_t now = 1'795'264'188'890;

bool has_byte_below_space(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t'; });
}

cookie_origin to_origin(std::string_view url) {
  const bool secure = url.substr(0, 8) == "https://";
  const bool plain = url.substr(0, 7) == "http://";
  url.remove_prefix(secure ? 8 : plain ? 7 : 0);
  const std::size_t slash = std::min(url.find('/'), url.size());
  return {url.substr(0, slash), url.substr(slash), !plain};
}

bool is_below(std::string_view host, std::string_view site) {
  if (host.size() < site.size()) return false;
  return std::equal(site.begin(), site.end(), host.end() - static_cast<std::ptrdiff_t>(site.size()),
                    [](char a, char b) { return a == b || (b >= 'A' && b <= 'Z' && b - 'A' + 'a' == a); });
}

void check_received(const received_cookie& cookie) {
  fuzz::require(!cookie.name.empty() && cookie.name.find_first_of("=;") == std::string::npos, "a name is a name");
  fuzz::require(cookie.value.find(';') == std::string::npos, "a value ends at the semicolon");
  fuzz::require(cookie.name.size() + cookie.value.size() <= cookie_max_bytes, "a cookie is as long as allowed");
  fuzz::require(cookie.path.empty() || cookie.path.front() == '/', "a path begins with a slash");
  fuzz::require(!has_byte_below_space(cookie.name + cookie.value + cookie.path + cookie.domain),
                "no control character gets in");
  std::string line = cookie.name + "=" + cookie.value;
  if (!cookie.path.empty()) line += ";Path=" + cookie.path;
  // One leading dot goes with each reading.
  if (!cookie.domain.empty()) line += ";Domain=." + cookie.domain;
  if (cookie.secure) line += ";Secure";
  if (cookie.http_only) line += ";HttpOnly";
  received_cookie expected = cookie;
  expected.expires_at_ms.reset();
  fuzz::require(parse_set_cookie(line, now) == expected, "a cookie that is written plainly is read as the same");
}

// The jar after one response line against the jar before.
void check_store(cookie_jar& jar, const std::string& line, const cookie_origin& origin) {
  const auto received = parse_set_cookie(line, now);
  const std::string before = jar.header(origin, now);
  if (!jar.store(line, origin, now)) {
    fuzz::require(jar.header(origin, now) == before, "a refused cookie changes nothing");
    return;
  }
  fuzz::require(received.has_value(), "what can't be read is not stored");
  fuzz::require(origin.secure || !received->secure, "a plain connection sets no Secure cookie");
  const std::string after = jar.header(origin, now);
  const std::size_t held = jar.size();
  fuzz::require(jar.store(line, origin, now) && jar.size() == held && jar.header(origin, now) == after,
                "storing twice is storing once");
  if (received->expires_at_ms && *received->expires_at_ms <= now) return;
  const std::string_view path = origin.path.empty() ? "/" : origin.path;
  const std::string_view own = received->path.empty() ? default_cookie_path(path) : std::string_view(received->path);
  if (cookie_path_matches(path, own)) {
    fuzz::require(("; " + after + "; ").find("; " + received->name + "=" + received->value + "; ") != std::string::npos,
                  "what is stored is sent back to where it came from");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = fuzz::to_text(data, size);
  const cookie_origin origin = to_origin(fuzz::take_field(rest));
  cookie_jar jar;
  std::size_t lines = 0;
  std::size_t sessions = 0;
  for (; !rest.empty() && lines < 60; ++lines) {
    const std::string line(fuzz::take_field(rest));
    const auto received = parse_set_cookie(line, now);
    if (received) check_received(*received);
    if (received && !received->expires_at_ms) ++sessions;
    check_store(jar, line, origin);
  }
  fuzz::require(jar.size() <= lines, "a line is one cookie at most");

  const std::string sent = jar.header(origin, now);
  fuzz::require(!has_byte_below_space(sent), "nothing is injected into a request");
  const auto pairs = parse_cookies(sent);
  fuzz::require(pairs && pairs->size() <= jar.size(), "a request's header has the jar's cookies and no more");
  const std::string sent_plainly = jar.header({origin.host, origin.path, false}, now);
  const auto plain_pairs = parse_cookies(sent_plainly);
  fuzz::require(plain_pairs && plain_pairs->size() <= pairs->size(), "a plain connection never carries more");
  const std::string elsewhere = "elsewhere.invalid";
  if (!is_below(origin.host, elsewhere)) {
    fuzz::require(jar.header({elsewhere, origin.path, true}, now).empty(), "another site sees nothing");
  }
  const std::string below = "sub." + std::string(origin.host);
  const std::string sent_below = jar.header({below, origin.path, true}, now);
  const auto below_pairs = parse_cookies(sent_below);
  for (const auto& [name, value] : *below_pairs) {
    fuzz::require(name.substr(0, 7) != "__Host-", "a cookie of the host alone stays with the host");
  }
  static_cast<void>(jar.header(origin, INT64_MAX));
  fuzz::require(jar.size() <= sessions, "only cookies without an end are left at the end of time");
  return 0;
}
