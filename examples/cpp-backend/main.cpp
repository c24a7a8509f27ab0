// SPDX-License-Identifier: Apache-2.0
// notes [--dev] [--server beast|httplib] [--port N] [--data DIR] [--undeclared-route]
#include <pthread.h>

#include <charconv>
#include <csignal>
#include <iostream>
#include <span>
#include <string_view>
#include <thread>

#include "backend.h"
#include "beast_adapter.h"
#include "httplib_adapter.h"

namespace {

constexpr int exit_failed = 1;
constexpr int exit_usage = 2;
constexpr const char* usage =
    "usage: notes [--dev] [--server beast|httplib] [--port N] [--data DIR] [--undeclared-route]\n";

struct arguments {
  notes::backend_options backend;
  std::string_view server = "beast";
  std::uint16_t port = 4112;
};

bool read_port(std::string_view text, std::uint16_t& port) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
  return failed == std::errc() && end == text.data() + text.size();
}

/** False for what is no argument of this program. */
bool read_arguments(std::span<char*> given, arguments& read) {
  for (std::size_t i = 1; i < given.size(); ++i) {
    const std::string_view name = given[i];
    const bool is_flag = name == "--dev" || name == "--undeclared-route";
    if (name == "--dev") read.backend.is_development = true;
    if (name == "--undeclared-route") read.backend.has_undeclared_route = true;
    if (is_flag) continue;
    if (++i == given.size()) return false;
    const std::string_view value = given[i];
    if (name == "--server") {
      read.server = value;
    } else if (name == "--data") {
      read.backend.data = value;
    } else if (name != "--port" || !read_port(value, read.port)) {
      return false;
    }
  }
  return read.server == "beast" || read.server == "httplib";
}

int report(const latchkey::error& failed) {
  std::cerr << "notes: " << failed.message << std::endl;
  return exit_failed;
}

}  // namespace

int main(int count, char** values) {
  arguments all;
  if (!read_arguments({values, static_cast<std::size_t>(count)}, all)) {
    std::cerr << usage;
    return exit_usage;
  }
  // Blocked before there is a second thread, so that only the wait below gets them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  const auto backend = notes::open_backend(all.backend);
  if (!backend) return report(backend.error());
  const auto opened = all.server == "beast" ? notes::make_beast_listener(**backend, all.port)
                                            : notes::make_httplib_listener(**backend, all.port);
  if (!opened) return report(opened.error());
  notes::listener& listener = **opened;
  std::cout << "listening on http://127.0.0.1:" << listener.port() << std::endl;
  std::thread serving([&listener] { listener.run(); });
  int received = 0;
  sigwait(&signals, &received);
  listener.stop();
  serving.join();
  return 0;
}
