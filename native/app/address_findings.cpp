// SPDX-License-Identifier: Apache-2.0
#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>

#include "server_config.h"
#include "surroundings.h"

namespace latchkey::app {
namespace {

struct address_deleter {
  void operator()(addrinfo* addresses) const noexcept { ::freeaddrinfo(addresses); }
};
using address_list = std::unique_ptr<addrinfo, address_deleter>;

class socket_handle {
 public:
  explicit socket_handle(const addrinfo& address)
      : descriptor_(::socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC, address.ai_protocol)) {}
  socket_handle(const socket_handle&) = delete;
  socket_handle& operator=(const socket_handle&) = delete;
  ~socket_handle() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

/** The addresses of a name; the reason why there are none otherwise. */
address_list find_addresses(const std::string& host, std::uint16_t port, int flags, std::string& reason) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = flags;
  addrinfo* addresses = nullptr;
  const int failed = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &addresses);
  if (failed != 0) reason = ::gai_strerror(failed);
  return address_list(failed == 0 ? addresses : nullptr);
}

struct listening_trial {
  /** Why the address can't be listened on; empty when it can. */
  std::string reason;
  bool is_in_use = false;
};

listening_trial try_to_listen(const std::string& host, std::uint16_t port) {
  listening_trial trial;
  const address_list addresses = find_addresses(host, port, AI_PASSIVE, trial.reason);
  for (const addrinfo* one = addresses.get(); one != nullptr && trial.reason.empty(); one = one->ai_next) {
    const socket_handle socket(*one);
    if (!socket.is_open()) continue;  // a family that this machine doesn't have
    const int reuse = 1;
    ::setsockopt(socket.descriptor(), SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
    if (::bind(socket.descriptor(), one->ai_addr, one->ai_addrlen) == 0 && ::listen(socket.descriptor(), 1) == 0)
      continue;
    trial.is_in_use = errno == EADDRINUSE;
    trial.reason = std::strerror(errno);
  }
  return trial;
}

/** What one address says to a request, at most 4 KiB of it within two seconds; empty for silence. */
std::string ask(const addrinfo& address, std::string_view request) {
  const socket_handle socket(address);
  const timeval patience{2, 0};
  if (!socket.is_open()) return {};
  ::setsockopt(socket.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket.descriptor(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (::connect(socket.descriptor(), address.ai_addr, address.ai_addrlen) != 0) return {};
  if (::send(socket.descriptor(), request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
    return {};
  std::string answer;
  std::array<char, 4096> part{};
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  while (answer.size() < part.size() && std::chrono::steady_clock::now() < deadline) {
    const ssize_t size = ::recv(socket.descriptor(), part.data(), part.size() - answer.size(), 0);
    if (size <= 0) break;
    answer.append(part.data(), static_cast<std::size_t>(size));
  }
  return answer;
}

/** The answer of what listens there; a server that listens everywhere is asked on loopback. */
std::string ask_server(const std::string& host, std::uint16_t port, std::string_view path) {
  const std::string reached = host == "0.0.0.0" ? "127.0.0.1" : host == "::" ? "::1" : host;
  std::string request = "GET ";
  request.append(path).append(" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  std::string reason;
  const address_list addresses = find_addresses(reached, port, 0, reason);
  for (const addrinfo* one = addresses.get(); one != nullptr; one = one->ai_next) {
    if (auto answer = ask(*one, request); !answer.empty()) return answer;
  }
  return {};
}

/** Compared as a whole: what is no answer of ours is another program's. */
bool is_latchkey(const std::string& answer) {
  return answer.starts_with("HTTP/1.1 200") && answer.find("X-Latchkey: health") != std::string::npos;
}

void look_at_running_server(const server_settings& server, const std::string& address, findings& found) {
  if (!is_latchkey(ask_server(server.host, server.port, "/healthz"))) {
    return found.bad("address", address + ": Address already in use by another program; choose another with --port");
  }
  found.good("address", address + " (held by the running server)");
  const std::string ready = ask_server(server.host, server.port, "/readyz");
  if (ready.starts_with("HTTP/1.1 200")) return;
  const auto body = ready.find("\r\n\r\n");
  std::string failed = body == std::string::npos ? "no answer" : ready.substr(body + 4);
  for (auto end = failed.find('\n'); end != std::string::npos; end = failed.find('\n')) {
    failed.replace(end, 1, end + 1 < failed.size() ? ", " : "");
  }
  found.bad("running", "the running server is not ready: " + failed + "; its log says why");
}

}  // namespace

void look_at_address(const server_settings& server, findings& found) {
  const std::string address = server.host + ":" + std::to_string(server.port);
  const auto trial = try_to_listen(server.host, server.port);
  if (trial.is_in_use) {
    look_at_running_server(server, address, found);
  } else if (!trial.reason.empty()) {
    found.bad("address", address + ": " + trial.reason + "; choose another with --host or --port");
  } else {
    found.good("address", address);
  }
  if (is_loopback(server.host) || server.public_url.starts_with("https://")) return;
  found.doubtful("url",
                 "browsers send the Secure session cookie over https alone: put https in front and set "
                 "server.public_url");
}

}  // namespace latchkey::app
