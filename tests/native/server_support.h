// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_TESTS_NATIVE_SERVER_SUPPORT_H_
#define LATCHKEY_TESTS_NATIVE_SERVER_SUPPORT_H_

/** A host on a free port of loopback, and raw sockets to it. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "core/catch.h"
#include "latchkey/native/server/http_host.h"

namespace latchkey::native::testing {

using std::chrono::milliseconds;

/** Serves on a thread of its own while it lives. */
class running_host {
 public:
  running_host(http_host_options options, http_host_handler handler) {
    options.port = 0;
    auto made = http_host::listen(std::move(options), std::move(handler));
    REQUIRE(made.has_value());
    host_ = std::move(*made);
    thread_ = std::thread([this] { host_->run(); });
  }
  ~running_host() {
    host_->stop();
    if (thread_.joinable()) thread_.join();
  }
  /** Stops and waits; how long that took. */
  milliseconds drain() {
    const auto start = std::chrono::steady_clock::now();
    host_->stop();
    thread_.join();
    return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
  }
  [[nodiscard]] std::uint16_t port() const { return host_->port(); }
  [[nodiscard]] http_host& host() { return *host_; }

 private:
  std::unique_ptr<http_host> host_;
  std::thread thread_;
};

/** One connection. */
class raw_client {
 public:
  explicit raw_client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~raw_client() { ::close(socket_); }
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  [[nodiscard]] bool is_connected() const { return is_connected_; }
  void send(std::string_view text) const {
    while (!text.empty()) {
      const auto sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  /** Everything up to the end of the connection; `is_closed` is false when it did not end in time. */
  std::string read_to_end(milliseconds patience = milliseconds(3000)) {
    std::string all;
    const auto end = std::chrono::steady_clock::now() + patience;
    while (true) {
      const auto left = std::chrono::duration_cast<milliseconds>(end - std::chrono::steady_clock::now());
      pollfd waiting{socket_, POLLIN, 0};
      if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) <= 0) return all;
      char bytes[4096];
      const auto count = ::recv(socket_, bytes, sizeof bytes, 0);
      if (count <= 0) {
        is_closed = true;
        return all;
      }
      all.append(bytes, static_cast<std::size_t>(count));
    }
  }
  /** One answer with a Content-Length. */
  std::string read_answer(milliseconds patience = milliseconds(3000)) {
    std::string all;
    const auto end = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < end) {
      pollfd waiting{socket_, POLLIN, 0};
      if (::poll(&waiting, 1, 50) <= 0) continue;
      char byte = 0;
      if (::recv(socket_, &byte, 1, 0) <= 0) break;
      all.push_back(byte);
      const auto head = all.find("\r\n\r\n");
      const auto length = all.find("Content-Length: ");
      if (head == std::string::npos) continue;
      const std::size_t body = length < head ? std::stoul(all.substr(length + 16)) : 0;
      if (all.size() >= head + 4 + body) break;
    }
    return all;
  }

  /** At most so many bytes, as soon as some are there. */
  std::string read_some(std::size_t most, milliseconds patience = milliseconds(3000)) const {
    pollfd waiting{socket_, POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(patience.count())) <= 0) return {};
    std::string bytes(most, '\0');
    const auto count = ::recv(socket_, bytes.data(), bytes.size(), 0);
    bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return bytes;
  }
  /** At least so many bytes, or what came until nothing more did. */
  std::string read_answer_bytes(std::size_t least) const {
    std::string all;
    while (all.size() < least) {
      const std::string more = read_some(64 * 1024);
      if (more.empty()) break;
      all += more;
    }
    return all;
  }

  bool is_closed = false;

 private:
  int socket_;
  bool is_connected_ = false;
};

/** Sends, reads to the end, and says `<status> closed` or `<status> open`; `- closed` without an answer. */
inline std::string outcome_of(std::uint16_t port, std::string_view bytes, milliseconds patience = milliseconds(3000)) {
  raw_client client(port);
  client.send(bytes);
  const auto answer = client.read_to_end(patience);
  const std::string status = answer.starts_with("HTTP/1.1 ") ? answer.substr(9, 3) : "-";
  return status + (client.is_closed ? " closed" : " open");
}

/** Answers with method, path and body, so that a test sees what arrived. */
inline http_host_handler echo_handler(route_work work = route_work::quick) {
  http_host_handler handler;
  handler.handle = [](const http_request& request) {
    http_response response;
    response.add_header("Content-Type", "text/plain; charset=utf-8");
    response.body = request.method + " " + request.path + "?" + request.query + " [" + request.body + "] from " +
                    request.remote_address;
    return response;
  };
  handler.work_of = [work](const http_request&) { return work; };
  return handler;
}

}  // namespace latchkey::native::testing

#endif  // LATCHKEY_TESTS_NATIVE_SERVER_SUPPORT_H_
