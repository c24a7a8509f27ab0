// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_TESTS_NATIVE_SMTP_SUPPORT_H_
#define LATCHKEY_TESTS_NATIVE_SMTP_SUPPORT_H_

/** A mail server on a free port of loopback that knows the few commands a client needs, and shows what it heard. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/catch.h"

namespace latchkey::native::testing {

class smtp_server {
 public:
  enum class behaviour { takes, refuses_login, refuses_message, is_silent };
  /** What one connection brought. */
  struct delivery {
    std::vector<std::string> commands;
    /** As it came, dots still doubled, without the line that ends it. */
    std::string data;
  };

  explicit smtp_server(behaviour how = behaviour::takes) : how_(how), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener_, 16) == 0);
    socklen_t size = sizeof address;
    REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~smtp_server() {
    stopping_ = true;
    thread_.join();
    ::close(listener_);
  }
  smtp_server(const smtp_server&) = delete;
  smtp_server& operator=(const smtp_server&) = delete;

  [[nodiscard]] std::string url(const std::string& login = {}) const {
    return "smtp://" + (login.empty() ? "" : login + "@") + "127.0.0.1:" + std::to_string(port_);
  }
  /** What every ended connection brought, once there are so many: a client may be gone before the server has noticed. */
  [[nodiscard]] std::vector<delivery> deliveries(std::size_t wanted) {
    std::unique_lock lock(mutex_);
    ended_.wait_for(lock, std::chrono::seconds(10), [&] { return deliveries_.size() >= wanted; });
    return deliveries_;
  }

 private:
  /** Waits until there is something to read; false when the server is to stop. */
  [[nodiscard]] bool wait_for(int socket) const {
    while (!stopping_) {
      pollfd waiting{socket, POLLIN, 0};
      if (::poll(&waiting, 1, 20) > 0) return true;
    }
    return false;
  }

  void serve() {
    while (wait_for(listener_)) {
      const int client = ::accept(listener_, nullptr, nullptr);
      if (client < 0) return;
      delivery heard;
      if (how_ == behaviour::is_silent) {
        while (!stopping_) ::poll(nullptr, 0, 20);
      } else {
        talk(client, heard);
      }
      ::close(client);
      const std::lock_guard lock(mutex_);
      deliveries_.push_back(std::move(heard));
      ended_.notify_all();
    }
  }

  static void say(int client, const std::string& text) { (void)::send(client, text.data(), text.size(), MSG_NOSIGNAL); }

  /** One line without its end; false at the end of the connection. */
  bool read_line(int client, std::string& line) const {
    line.clear();
    char byte = 0;
    while (wait_for(client) && ::recv(client, &byte, 1, 0) == 1) {
      if (byte == '\n') {
        if (line.ends_with('\r')) line.pop_back();
        return true;
      }
      line.push_back(byte);
    }
    return false;
  }

  void talk(int client, delivery& heard) const {
    say(client, "220 test\r\n");
    std::string line;
    while (read_line(client, line)) {
      heard.commands.push_back(line);
      if (line.starts_with("EHLO")) {
        say(client, "250-test\r\n250 AUTH PLAIN\r\n");
      } else if (line.starts_with("AUTH PLAIN")) {
        if (line == "AUTH PLAIN") {
          say(client, "334 \r\n");
          if (!read_line(client, line)) return;
          heard.commands.push_back(line);
        }
        say(client, how_ == behaviour::refuses_login ? "535 wrong password hunter2\r\n" : "235 welcome\r\n");
      } else if (line == "DATA") {
        say(client, "354 go on\r\n");
        while (read_line(client, line) && line != ".") heard.data += line + "\r\n";
        say(client, how_ == behaviour::refuses_message ? "554 no\r\n" : "250 taken\r\n");
      } else if (line == "QUIT") {
        say(client, "221 bye\r\n");
        return;
      } else {
        say(client, "250 fine\r\n");
      }
    }
  }

  const behaviour how_;
  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable ended_;
  std::vector<delivery> deliveries_;
  std::thread thread_;
};

}  // namespace latchkey::native::testing

#endif  // LATCHKEY_TESTS_NATIVE_SMTP_SUPPORT_H_
