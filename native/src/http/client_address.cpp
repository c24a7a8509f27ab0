// SPDX-License-Identifier: Apache-2.0
#include "http/client_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "http/text.h"

namespace latchkey::native {
namespace {

constexpr std::array<std::uint8_t, 12> v4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::size_t address_max_bytes = 64;
constexpr std::size_t proxies_max = 1'000;
/** More hops than this are nobody's real chain of proxies. */
constexpr std::size_t hops_max = 32;

/** Takes the last entry off a list that is separated by commas. */
std::string_view take_last(std::string_view& list) {
  const auto comma = list.rfind(',');
  const auto last = comma == std::string_view::npos ? list : list.substr(comma + 1);
  list = comma == std::string_view::npos ? std::string_view{} : list.substr(0, comma);
  return trim(last);
}

bool is_digits_and_dots(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || c == '.'; });
}

/** An address as proxies write it: some add the port. */
std::optional<ip_address> parse_hop(std::string_view text) {
  if (text.starts_with('[')) return parse_ip_address(text.substr(0, text.find(']') + 1));
  if (std::count(text.begin(), text.end(), ':') == 1) text = text.substr(0, text.find(':'));
  return parse_ip_address(text);
}

}  // namespace

bool ip_address::is_v4() const noexcept { return std::equal(v4_prefix.begin(), v4_prefix.end(), bytes.begin()); }

bool ip_address::is_loopback() const noexcept {
  constexpr std::array<std::uint8_t, 16> v6_loopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  return bytes == v6_loopback || (is_v4() && bytes[v4_prefix.size()] == 127);
}

std::string ip_address::text() const {
  char buffer[INET6_ADDRSTRLEN] = {};
  const char* written = is_v4() ? ::inet_ntop(AF_INET, bytes.data() + v4_prefix.size(), buffer, sizeof buffer)
                                : ::inet_ntop(AF_INET6, bytes.data(), buffer, sizeof buffer);
  return written != nullptr ? written : "";
}

std::optional<ip_address> parse_ip_address(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  text = text.substr(0, text.find('%'));
  if (text.size() > address_max_bytes || text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string terminated(text);
  ip_address parsed;
  if (::inet_pton(AF_INET6, terminated.c_str(), parsed.bytes.data()) == 1) return parsed;
  std::copy(v4_prefix.begin(), v4_prefix.end(), parsed.bytes.begin());
  if (::inet_pton(AF_INET, terminated.c_str(), parsed.bytes.data() + v4_prefix.size()) == 1) return parsed;
  return std::nullopt;
}

std::string client_network(std::string_view address) {
  auto parsed = parse_ip_address(address);
  if (!parsed) return std::string(address.substr(0, address_max_bytes));
  if (parsed->is_v4()) return parsed->text();
  std::fill(parsed->bytes.begin() + 8, parsed->bytes.end(), std::uint8_t{0});
  return parsed->text() + "/64";
}

std::optional<trusted_proxies::block> trusted_proxies::parse_block(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = parse_ip_address(text.substr(0, slash));
  if (!address || text.find_first_of("[]%") != std::string_view::npos) return std::nullopt;
  // In front of an IPv4 address stand the 96 bits of the prefix that maps it.
  const unsigned offset = address->is_v4() && text.find(':') == std::string_view::npos ? 96 : 0;
  block parsed{*address, 128};
  if (slash == std::string_view::npos) return parsed;
  const std::string_view digits = text.substr(slash + 1);
  unsigned bits = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (failure != std::errc() || end != digits.data() + digits.size() || bits > 128 - offset) return std::nullopt;
  parsed.bits = bits + offset;
  return parsed;
}

result<trusted_proxies> trusted_proxies::make(std::span<const std::string> texts) {
  trusted_proxies made;
  if (texts.size() > proxies_max) {
    return fail(errc::configuration_invalid, "trusted_proxies: at most 1,000 can be named.", "trusted_proxies");
  }
  for (const std::string& text : texts) {
    const auto parsed = parse_block(text);
    if (!parsed) {
      return fail(errc::configuration_invalid,
                  "trusted_proxies: \"" + text + "\" is no address; write 10.0.0.1, 10.0.0.0/8 or 2001:db8::/32.",
                  "trusted_proxies");
    }
    made.blocks_.push_back(*parsed);
  }
  return made;
}

bool trusted_proxies::contains(const ip_address& address) const noexcept {
  return std::any_of(blocks_.begin(), blocks_.end(), [&address](const block& each) {
    const std::size_t whole = each.bits / 8;
    const unsigned rest = each.bits % 8;
    if (!std::equal(address.bytes.begin(), address.bytes.begin() + static_cast<std::ptrdiff_t>(whole),
                    each.first.bytes.begin())) {
      return false;
    }
    return rest == 0 || (address.bytes[whole] ^ each.first.bytes[whole]) >> (8 - rest) == 0;
  });
}

std::string trusted_proxies::client_of(const http_request& request) const {
  // Without proxies the peer is the client. An IPv4 address has one spelling; what is none is left as it is anyway.
  if (blocks_.empty() && is_digits_and_dots(request.remote_address)) return request.remote_address;
  auto client = parse_ip_address(request.remote_address);
  if (!client) return request.remote_address;
  // Each proxy adds the address that it was called from at the end, so the list is read backwards, last line first.
  std::size_t hops = 0;
  for (auto line = request.headers.rbegin(); line != request.headers.rend(); ++line) {
    if (!equals_ignoring_case(line->first, "X-Forwarded-For")) continue;
    for (std::string_view rest = line->second; !rest.empty();) {
      if (!contains(*client) || ++hops > hops_max) return client->text();
      const auto before = parse_hop(take_last(rest));
      if (!before) return client->text();
      client = before;
    }
  }
  return client->text();
}

}  // namespace latchkey::native
