// SPDX-License-Identifier: Apache-2.0
#include <poll.h>

#include <atomic>

#include "latchkey/native/redis/redis_session_provider.h"
#include "native/redis_support.h"
#include "native/session_contract.h"

using namespace latchkey;
using namespace latchkey::native;
using namespace latchkey::testing;

namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

/** One address in front of several servers: what connects is led to the target of that moment and stays there. */
class switching_proxy {
 public:
  explicit switching_proxy(std::uint16_t target) : target_(target), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener_, 64) == 0);
    REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  switching_proxy(const switching_proxy&) = delete;
  switching_proxy& operator=(const switching_proxy&) = delete;
  ~switching_proxy() {
    is_over_ = true;
    thread_.join();
    for (const auto& [client, server] : pairs_) {
      ::close(client);
      ::close(server);
    }
    ::close(listener_);
  }

  void lead_to(std::uint16_t target) { target_ = target; }
  [[nodiscard]] int accepted() const { return accepted_; }
  [[nodiscard]] std::shared_ptr<redis_client> client() const {
    redis_options options;
    options.url = "redis://127.0.0.1:" + std::to_string(port_);
    return must(redis_client::make(options));
  }

 private:
  void run() {
    while (!is_over_) {
      std::vector<pollfd> sockets{{listener_, POLLIN, 0}};
      for (const auto& [client, server] : pairs_) {
        sockets.push_back({client, POLLIN, 0});
        sockets.push_back({server, POLLIN, 0});
      }
      if (::poll(sockets.data(), sockets.size(), 10) <= 0) continue;
      for (std::size_t i = pairs_.size(); i-- > 0;) {
        const auto [client, server] = pairs_[i];
        if (!pass_on(sockets[1 + 2 * i], server) || !pass_on(sockets[2 + 2 * i], client)) {
          ::close(client);
          ::close(server);
          pairs_.erase(pairs_.begin() + static_cast<std::ptrdiff_t>(i));
        }
      }
      if (sockets[0].revents != 0) accept_one();
    }
  }
  void accept_one() {
    const int client = ::accept(listener_, nullptr, nullptr);
    const int server = ::socket(AF_INET, SOCK_STREAM, 0);
    const sockaddr_in address = loopback(target_);
    if (client < 0 || ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      if (client >= 0) ::close(client);
      ::close(server);
      return;
    }
    ++accepted_;
    pairs_.emplace_back(client, server);
  }
  static bool pass_on(const pollfd& from, int to) {
    if (from.revents == 0) return true;
    char bytes[16'384];
    const auto count = ::read(from.fd, bytes, sizeof bytes);
    return count > 0 && ::send(to, bytes, static_cast<std::size_t>(count), MSG_NOSIGNAL) == count;
  }

  std::atomic<std::uint16_t> target_;
  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> is_over_{false};
  std::atomic<int> accepted_{0};
  std::vector<std::pair<int, int>> pairs_;
  std::thread thread_;
};

void follow(const redis_server& replica, const redis_server* primary) {
  const auto client = replica.client();
  if (primary == nullptr) {
    must(ask(*client, {"REPLICAOF", "NO", "ONE"}));
    return;
  }
  must(ask(*client, {"REPLICAOF", "127.0.0.1", std::to_string(primary->port())}));
  for (int i = 0; i < 1'000; ++i) {
    if (must(ask(*client, {"INFO", "replication"})).text().find("master_link_status:up") != std::string_view::npos)
      return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  FAIL("the replica has not followed");
}

/** How far a server has come in what it copies, or lets copy. */
std::string copied_up_to(const redis_server& server) {
  const auto client = server.client();
  const auto reply = must(ask(*client, {"INFO", "replication"}));
  const std::string_view text = reply.text();
  const auto at = text.find("master_repl_offset:");
  REQUIRE(at != std::string_view::npos);
  return std::string(text.substr(at, text.find('\r', at) - at));
}

/** Two servers that copy at once, and an address that leads to the first. */
struct failing_over {
  std::vector<std::string> options{"--repl-diskless-sync-delay", "0"};
  redis_server first{options};
  redis_server second{options};
  switching_proxy proxy{first.port()};

  failing_over() { follow(second, &first); }
  /** As planned ones do: the replica has everything. */
  void fail_over() {
    for (int i = 0; i < 1'000 && copied_up_to(first) != copied_up_to(second); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    follow(second, nullptr);
    proxy.lead_to(second.port());
    follow(first, &second);
  }
};

}  // namespace

TEST_CASE("[F-05] after a fail-over behind one address the next call reaches the new primary", "[redis][F-05]") {
  for (const bool is_sealed : {true, false}) {
    failing_over servers;
    const auto store = must(make_redis_revocation_store(servers.proxy.client()));
    const auto node = is_sealed ? sealed_subject(store) : stored_subject(store);
    const auto before = node.enter("user-1");
    const auto ending = node.enter("user-1");
    CHECK(node.opens(before.cookie_value));
    servers.fail_over();
    const auto after = node.enter("user-1");
    must(node.sessions->end_session(ending.cookie_value));
    CHECK(node.opens(after.cookie_value));
    CHECK(node.opens(before.cookie_value));
    CHECK_FALSE(node.opens(ending.cookie_value));
    CHECK(node.renew(before).has_value());
  }
}

TEST_CASE("[F-05] a server that can't write keeps none of its connections, and reads go on", "[redis][F-05]") {
  failing_over servers;
  const auto client = servers.proxy.client();
  must(ask(*client, {"SET", "key", "value"}));
  CHECK(servers.proxy.accepted() == 1);
  follow(servers.second, nullptr);
  follow(servers.first, &servers.second);
  for (int round = 1; round <= 3; ++round) {
    const auto refused = ask(*client, {"SET", "key", "other"});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == errc::unavailable);
    CHECK(refused.error().message.find("READONLY") != std::string::npos);
    CHECK(must(ask(*client, {"GET", "key"})).text() == "value");
    // The one before, which was idle or new, was dropped; the call has tried over a new one as well.
    CHECK(servers.proxy.accepted() == 1 + 2 * round);
  }
  servers.proxy.lead_to(servers.second.port());
  must(ask(*client, {"SET", "key", "other"}));
  CHECK(must(ask(*client, {"GET", "key"})).text() == "other");
}
