// SPDX-License-Identifier: Apache-2.0
#include "http/client_address.h"
#include <set>
#include "http_support.h"
#include "support.h"

using namespace latchkey::testing;

namespace latchkey::native::testing {
namespace {

http_request from(std::string peer, std::vector<std::string> forwarded = {}) {
  http_request request;
  request.remote_address = std::move(peer);
  for (auto& line : forwarded) request.headers.emplace_back("X-Forwarded-For", std::move(line));
  return request;
}

}  // namespace

TEST_CASE("[CR-09] six spellings of one IPv6 address, and its whole /64, are one client", "[throttle][CR-09]") {
  std::set<std::string> texts;
  std::set<std::string> networks;
  for (const char* spelling : {"2001:db8:0:1::a", "2001:0db8:0000:0001:0000:0000:0000:000a", "2001:DB8:0:1::A",
                               "2001:db8:0:1:0:0:0:a", "[2001:db8:0:1::a]", "2001:db8:0:1::0.0.0.10%eth0"}) {
    INFO(spelling);
    REQUIRE(parse_ip_address(spelling).has_value());
    texts.insert(parse_ip_address(spelling)->text());
    networks.insert(client_network(spelling));
  }
  CHECK(texts == std::set<std::string>{"2001:db8:0:1::a"});
  networks.insert(client_network("2001:db8:0:1:ffff:ffff:ffff:ffff"));
  CHECK(networks == std::set<std::string>{"2001:db8:0:1::/64"});
  CHECK(client_network("2001:db8:0:2::a") == "2001:db8:0:2::/64");
  for (const char* mapped : {"192.0.2.1", "::ffff:192.0.2.1", "::FFFF:c000:201"}) {
    CHECK(client_network(mapped) == "192.0.2.1");
  }
  for (const char* none : {"", "localhost", "1.2.3", "1.2.3.4:80", "0x7f.1.1.1", "01.2.3.4", "2001:db8::1::2", ":",
                           "[]", "192.0.2.1 ", "2001:db8:0:1:0:0:0:0:a"}) {
    INFO(none);
    CHECK_FALSE(parse_ip_address(none).has_value());
  }
  CHECK_FALSE(parse_ip_address(std::string_view("1.2.3.4\0x", 9)).has_value());
}

TEST_CASE("loopback is told by the address, however it is written", "[throttle]") {
  for (const char* yes : {"127.0.0.1", "127.255.0.9", "::1", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1", "::FFFF:7f00:1"}) {
    INFO(yes);
    CHECK(parse_ip_address(yes)->is_loopback());
  }
  for (const char* no : {"126.255.255.255", "128.0.0.1", "::", "::2", "::127.0.0.1", "::ffff:10.0.0.1", "fe80::1"}) {
    INFO(no);
    CHECK_FALSE(parse_ip_address(no)->is_loopback());
  }
}

TEST_CASE("[CR-09] X-Forwarded-For counts from trusted proxies alone, and only what they have seen",
          "[throttle][CR-09]") {
  const std::vector<std::string> trusted{"10.0.0.0/8", "192.0.2.5", "2001:db8:ff::/48", "::ffff:172.16.0.0/108"};
  const auto proxies = must(trusted_proxies::make(trusted));
  const auto client = [&](std::string peer, std::vector<std::string> lines) {
    return proxies.client_of(from(std::move(peer), std::move(lines)));
  };
  CHECK(client("203.0.113.9", {"198.51.100.1"}) == "203.0.113.9");
  CHECK(client("10.1.2.3", {}) == "10.1.2.3");
  CHECK(client("10.1.2.3", {"198.51.100.1"}) == "198.51.100.1");
  CHECK(client("::ffff:10.1.2.3", {"198.51.100.1"}) == "198.51.100.1");
  // The left part is what the client claims.
  CHECK(client("10.1.2.3", {"1.1.1.1, 198.51.100.1"}) == "198.51.100.1");
  CHECK(client("10.1.2.3", {"1.1.1.1", "198.51.100.1 , 192.0.2.5,10.9.9.9"}) == "198.51.100.1");
  CHECK(client("10.1.2.3", {"198.51.100.1", "192.0.2.5"}) == "198.51.100.1");
  CHECK(client("2001:db8:ff:1::1", {"2001:DB8::1"}) == "2001:db8::1");
  CHECK(client("10.1.2.3", {"[2001:db8::1]:443"}) == "2001:db8::1");
  CHECK(client("10.1.2.3", {"198.51.100.1:5555"}) == "198.51.100.1");
  CHECK(client("172.31.255.255", {"198.51.100.1"}) == "198.51.100.1");
  CHECK(client("172.32.0.0", {"198.51.100.1"}) == "172.32.0.0");
  CHECK(client("192.0.2.4", {"198.51.100.1"}) == "192.0.2.4");
  // Behind trusted proxies alone the farthest one is the client.
  CHECK(client("10.1.2.3", {"10.0.0.7, 10.0.0.8"}) == "10.0.0.7");
  CHECK(client("10.1.2.3", {"198.51.100.1, unknown"}) == "10.1.2.3");
  CHECK(client("10.1.2.3", {"198.51.100.1,"}) == "10.1.2.3");
  CHECK(client("unix:", {"198.51.100.1"}) == "unix:");
  std::string long_list;
  for (int i = 0; i < 100; ++i) long_list += "10.0.0.1, ";
  CHECK(client("10.1.2.3", {"198.51.100.1, " + long_list + "10.0.0.1"}) == "10.0.0.1");
}

TEST_CASE("a proxy that is no address stops the start", "[throttle]") {
  for (const char* bad : {"", "proxy.example.com", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8",
                          "2001:db8::/129", "10.0.0.0/ 8", "[::1]", "*", "fe80::1%eth0"}) {
    INFO(bad);
    world w;
    w.config.trusted_proxies = {bad};
    const auto made = auth_server::create(w.provider(), w.config);
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().field == "trusted_proxies");
  }
}

}  // namespace latchkey::native::testing
