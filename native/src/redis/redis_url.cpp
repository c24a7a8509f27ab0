// SPDX-License-Identifier: Apache-2.0
#include "redis/redis_url.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "http/text.h"

namespace latchkey::native {
namespace {

constexpr std::size_t max_url_bytes = 2048;
constexpr std::string_view scheme = "redis://";

tl::unexpected<error> refused(const std::string& why) {
  return fail(errc::configuration_invalid,
              "The URL of Redis must look like redis://[[user]:password@]host[:port][/database]: " + why, "redis.url");
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const auto high = hex_digit(text[i + 1]);
    const auto low = hex_digit(text[i + 2]);
    if (!high || !low) return std::nullopt;
    decoded.push_back(static_cast<char>(*high * 16 + *low));
    i += 2;
  }
  return decoded;
}

std::optional<int> to_number(std::string_view text, int low, int high) {
  int value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_whole = failure == std::errc{} && end == text.data() + text.size() && is_digit(text.front());
  return is_whole && value >= low && value <= high ? std::optional(value) : std::nullopt;
}

bool is_host_character(char c) { return is_unreserved(c) || c == ':'; }

result<void> read_credentials(std::string_view text, redis_address& address) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return refused("a password stands behind a colon.");
  auto user = percent_decode(text.substr(0, colon));
  auto password = percent_decode(text.substr(colon + 1));
  if (!user || !password) return refused("user or password are not percent-encoded right.");
  if (password->empty()) return refused("the password is empty; leave out the part before @.");
  address.user = std::move(*user);
  address.password = std::move(*password);
  return {};
}

result<void> read_host(std::string_view text, redis_address& address) {
  std::string_view rest;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return refused("the bracket of the address is not closed.");
    address.host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
  } else {
    const auto colon = std::min(text.find(':'), text.size());
    address.host = text.substr(0, colon);
    rest = text.substr(colon);
  }
  if (address.host.empty() || !std::all_of(address.host.begin(), address.host.end(), is_host_character)) {
    return refused("the host is missing or has a character that no host has.");
  }
  if (rest.empty()) return {};
  const auto port = rest.starts_with(':') ? to_number(rest.substr(1), 1, 65535) : std::nullopt;
  if (!port) return refused("the port must be a number from 1 to 65535.");
  address.port = *port;
  return {};
}

}  // namespace

result<redis_address> parse_redis_url(std::string_view url) {
  if (url.starts_with("rediss://")) return refused("TLS is not supported; use a tunnel and redis://.");
  if (!url.starts_with(scheme) || url.size() > max_url_bytes) return refused("it must begin with redis://.");
  std::string_view rest = url.substr(scheme.size());
  redis_address address;
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    if (auto read = read_credentials(rest.substr(0, at), address); !read) return fail(std::move(read));
    rest = rest.substr(at + 1);
  }
  const auto slash = std::min(rest.find('/'), rest.size());
  if (slash + 1 < rest.size()) {
    const auto database = to_number(rest.substr(slash + 1), 0, 65535);
    if (!database) return refused("the database must be a number.");
    address.database = *database;
  }
  if (auto read = read_host(rest.substr(0, slash), address); !read) return fail(std::move(read));
  return address;
}

}  // namespace latchkey::native
