// SPDX-License-Identifier: Apache-2.0
// What core's writer makes of the cookies of cookie_lines.mjs, which draws the same ones and judges the lines.
//
//   latchkey_cookie_lines <seed> <first chunk> <chunks>
//
// A record is the length of its text (16 bits, little endian), `+` and the line, or `-` and the code of the error.
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <string>

#include "latchkey/cookie.h"
#include "sequence.h"

namespace latchkey::reference {
namespace {

using namespace std::string_view_literals;

constexpr int cookies_per_chunk = 16'384;

constexpr std::string_view names[] = {"a",        "sid",     "mastra_session", "__Host-s", "__Secure-s",
                                      "__host-S", "__HOST-", "__secure-",      "__Host",   "!#$%&'*+-.^_`|~"};
constexpr std::string_view paths[] = {"/", "/", "/app", "/a/b", "/app/", "//", "/\xc3\xa4", ""};
constexpr std::string_view domains[] = {
    "", "", "example.com", ".example.com", "EXAMPLE.com", "a.b.example", "127.0.0.1", "xn--e1afmkfd.example"};
constexpr std::string_view fragments[] = {";"sv,
                                          "; "sv,
                                          " ;"sv,
                                          "="sv,
                                          ","sv,
                                          " "sv,
                                          "\t"sv,
                                          "\r\n"sv,
                                          "\r"sv,
                                          "\n"sv,
                                          "\0"sv,
                                          "\x7f"sv,
                                          "\x01"sv,
                                          "\x1f"sv,
                                          "\""sv,
                                          "\\"sv,
                                          "%0d%0a"sv,
                                          "%3B"sv,
                                          "a"sv,
                                          "B7"sv,
                                          "; Path=/"sv,
                                          "; Domain=evil.example"sv,
                                          "; Secure"sv,
                                          ";HttpOnly"sv,
                                          "; Max-Age=0"sv,
                                          "; Expires=Thu, 01 Jan 1970 00:00:00 GMT"sv,
                                          "\r\nSet-Cookie: x=y"sv,
                                          "\n\nbody"sv,
                                          "\x80"sv,
                                          "\xff"sv,
                                          "\xc2\x85"sv,
                                          "\xe2\x80\xa8"sv,
                                          "\xc2\xa0"sv,
                                          "\xed\xa0\x80"sv,
                                          "__Host-"sv,
                                          "/"sv};
constexpr std::string_view token_bytes =
    "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~";
constexpr std::string_view value_bytes =
    "!#$%&'()*+-./0123456789:<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~";
constexpr std::int64_t no_age = -2;
constexpr std::int64_t ages[] = {no_age, no_age, 0, 1, 3600, 34'560'000, 34'560'001, -1};
constexpr same_site same_sites[] = {same_site::lax, same_site::strict, same_site::none};

std::string bytes_of(sequence& random, std::string_view alphabet, std::uint32_t length) {
  std::string made;
  for (std::uint32_t i = 0; i < length; ++i) made += alphabet[random.pick(alphabet.size())];
  return made;
}

std::string any_bytes(sequence& random, std::uint32_t length) {
  std::string made;
  for (std::uint32_t i = 0; i < length; ++i) made += static_cast<char>(random.pick(256));
  return made;
}

std::string hostile_text(sequence& random, std::string good) {
  if (random.once(2)) {
    const std::uint32_t at = random.pick(good.size() + 1);
    return good.insert(at, random.of(fragments));
  }
  std::string made;
  for (std::uint32_t left = random.pick(6); left > 0; --left) made += random.of(fragments);
  return made;
}

std::string draw_name(sequence& random) {
  const std::uint32_t kind = random.pick(16);
  if (kind < 8) return std::string(random.of(names));
  if (kind < 13) return bytes_of(random, token_bytes, 1 + random.pick(16));
  if (kind < 15) return hostile_text(random, std::string(random.of(names)));
  return any_bytes(random, random.pick(8));
}

std::string draw_value(sequence& random) {
  const std::uint32_t kind = random.pick(16);
  if (kind < 11) return bytes_of(random, value_bytes, random.pick(32));
  if (kind < 14) return hostile_text(random, bytes_of(random, value_bytes, random.pick(8)));
  if (kind < 15) return any_bytes(random, random.pick(16));
  return random.once(16) ? std::string(4078 + random.pick(20), 'v') : std::string();
}

template <class List>
std::string draw_attribute(sequence& random, const List& good) {
  const std::uint32_t kind = random.pick(16);
  if (kind < 13) return std::string(random.of(good));
  if (kind < 14) return hostile_text(random, std::string(random.of(good)));
  if (kind < 15) return "/" + hostile_text(random, bytes_of(random, value_bytes, random.pick(8)));
  if (random.once(16)) return "/" + std::string(1020 + random.pick(8), 'p');
  return "/" + any_bytes(random, random.pick(8));
}

void write_record(char kind, std::string_view text) {
  const char head[] = {static_cast<char>(text.size() & 0xFF), static_cast<char>(text.size() >> 8), kind};
  std::fwrite(head, 1, sizeof(head), stdout);
  std::fwrite(text.data(), 1, text.size(), stdout);
}

void write_next(sequence& random) {
  const std::string name = draw_name(random);
  const std::string value = draw_value(random);
  cookie_attributes attributes;
  attributes.path = draw_attribute(random, paths);
  attributes.domain = draw_attribute(random, domains);
  const std::int64_t age = random.of(ages);
  if (age != no_age) attributes.max_age_seconds = age;
  attributes.http_only = random.once(2);
  attributes.secure = !random.once(4);
  attributes.same_site_policy = random.of(same_sites);
  const auto line = to_set_cookie(name, value, attributes);
  if (line) {
    write_record('+', *line);
  } else {
    write_record('-', to_string(line.error().code));
  }
}

std::uint32_t number(const char* text) { return static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10)); }

}  // namespace
}  // namespace latchkey::reference

int main(int argc, char** argv) {
  using namespace latchkey::reference;
  if (argc != 4) {
    std::fprintf(stderr, "usage: latchkey_cookie_lines <seed> <first chunk> <chunks>\n");
    return 2;
  }
  const std::uint32_t first = number(argv[2]);
  for (std::uint32_t chunk = first; chunk < first + number(argv[3]); ++chunk) {
    sequence random(number(argv[1]), chunk);
    for (int i = 0; i < cookies_per_chunk; ++i) write_next(random);
  }
  return std::fflush(stdout) == 0 ? 0 : 2;
}
