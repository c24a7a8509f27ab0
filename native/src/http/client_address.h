// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_HTTP_CLIENT_ADDRESS_H_
#define LATCHKEY_NATIVE_SRC_HTTP_CLIENT_ADDRESS_H_

/**
 * Where a request came from: for the audit log, and for counting attempts (CR-09). An address has one spelling here,
 * whatever it was written as; an IPv4 address in an IPv6 one is the IPv4 address. `X-Forwarded-For` counts only when it
 * was written by a trusted proxy, and of it only what such a proxy has seen itself.
 */

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "latchkey/native/http/message.h"
#include "latchkey/result.h"

namespace latchkey::native {

/** An address as 16 bytes, IPv4 mapped into IPv6 (RFC 4291 §2.5.5.2). */
struct ip_address {
  std::array<std::uint8_t, 16> bytes{};

  [[nodiscard]] bool is_v4() const noexcept;
  /** `::1` or any of 127.0.0.0/8. */
  [[nodiscard]] bool is_loopback() const noexcept;
  /** RFC 5952, and the dotted form for IPv4. */
  [[nodiscard]] std::string text() const;

  friend bool operator==(const ip_address&, const ip_address&) = default;
};

/** Reads an address, in brackets or not, its zone left out. No names, no ports, no short or octal forms of IPv4. */
[[nodiscard]] std::optional<ip_address> parse_ip_address(std::string_view text);

/** What counts as one client: an IPv4 address, or the /64 of an IPv6 one; another text counts as it is. */
[[nodiscard]] std::string client_network(std::string_view address);

/** The proxies whose word about the client counts. */
class trusted_proxies {
 public:
  /** Addresses and CIDR blocks, at most 1,000. `configuration_invalid` with field `trusted_proxies` for anything else. */
  [[nodiscard]] static result<trusted_proxies> make(std::span<const std::string> texts);

  [[nodiscard]] bool contains(const ip_address& address) const noexcept;

  /**
   * The client's address in its one spelling: the peer's, or behind trusted proxies the first from the right in
   * `X-Forwarded-For` that is none of them. An entry that is no address ends the search at the proxy that wrote it. A
   * peer without an IP address is returned as the host named it.
   */
  [[nodiscard]] std::string client_of(const http_request& request) const;

 private:
  struct block {
    ip_address first;
    unsigned bits = 128;
  };
  [[nodiscard]] static std::optional<block> parse_block(std::string_view text);

  std::vector<block> blocks_;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_HTTP_CLIENT_ADDRESS_H_
