// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_TESTS_NATIVE_REDIS_SUPPORT_H_
#define LATCHKEY_TESTS_NATIVE_REDIS_SUPPORT_H_

/** A Redis server of the test's own: on loopback, in a folder that goes away, ended by its process id. */

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "latchkey/native/redis/redis_client.h"
#include "support.h"

extern char** environ;

namespace latchkey::testing {

/** A port that was free a moment ago: Redis takes no 0. */
inline std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  socklen_t size = sizeof address;
  REQUIRE(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  ::close(socket);
  return ntohs(address.sin_port);
}

class redis_server {
 public:
  explicit redis_server(std::vector<std::string> options = {}) : options_(std::move(options)), port_(free_port()) {
    start();
  }
  redis_server(const redis_server&) = delete;
  redis_server& operator=(const redis_server&) = delete;
  ~redis_server() { kill(); }

  void start() {
    std::vector<std::string> arguments{"redis-server",   "--port",    std::to_string(port_), "--bind", "127.0.0.1",
                                       "--save",         "",          "--appendonly",        "no",     "--dir",
                                       folder_.file(""), "--logfile", folder_.file("log")};
    arguments.insert(arguments.end(), options_.begin(), options_.end());
    std::vector<char*> pointers;
    for (std::string& each : arguments) pointers.push_back(each.data());
    pointers.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    REQUIRE(::posix_spawnp(&process_, "redis-server", &actions, nullptr, pointers.data(), environ) == 0);
    ::posix_spawn_file_actions_destroy(&actions);
    for (int i = 0; i < 500 && !answers(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    REQUIRE(answers());
  }
  void kill() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = 0;
  }
  /** Stops it from answering, or lets it go on. */
  void pause(bool is_paused) const { ::kill(process_, is_paused ? SIGSTOP : SIGCONT); }

  [[nodiscard]] std::string url(const std::string& before_host = {}) const {
    return "redis://" + before_host + "127.0.0.1:" + std::to_string(port_);
  }
  [[nodiscard]] std::shared_ptr<native::redis_client> client(native::redis_options options = {}) const {
    options.url = url();
    return must(native::redis_client::make(options));
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  [[nodiscard]] bool answers() const {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool is_open = ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(socket);
    return is_open;
  }

  std::vector<std::string> options_;
  temporary_folder folder_;
  std::uint16_t port_;
  pid_t process_ = 0;
};

inline result<native::redis_reply> ask(native::redis_client& client, std::vector<std::string_view> words) {
  return client.command(words);
}

}  // namespace latchkey::testing

#endif  // LATCHKEY_TESTS_NATIVE_REDIS_SUPPORT_H_
