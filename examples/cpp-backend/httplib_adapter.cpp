// SPDX-License-Identifier: Apache-2.0
#include "httplib_adapter.h"

#include <latchkey/adapters/httplib.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

namespace notes {
namespace {

using latchkey::errc;
using std::chrono::seconds;

constexpr std::size_t threads = 8;
constexpr std::size_t body_max_bytes = std::size_t{4} * 1024 * 1024;

class httplib_server final : public listener {
 public:
  explicit httplib_server(const latchkey::native::auth_server& server) {
    http_.new_task_queue = [] { return new httplib::ThreadPool(threads); };
    http_.set_read_timeout(seconds(5));
    http_.set_write_timeout(seconds(30));
    http_.set_payload_max_length(body_max_bytes);
    // Its own choice, SO_REUSEPORT, lets another program of the same user listen on the same port.
    http_.set_socket_options([](socket_t socket) {
      const int yes = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    // A route of the program's own, which Latchkey neither sees nor guards.
    http_.Get("/hello", [](const httplib::Request&, httplib::Response& out) {
      out.set_content("Hello\n", "text/plain; charset=utf-8");
    });
    latchkey::adapters::mount(http_, server);
  }

  bool bind(std::uint16_t port) {
    const int got = port == 0 ? http_.bind_to_any_port("127.0.0.1") : http_.bind_to_port("127.0.0.1", port) ? port : -1;
    port_ = static_cast<std::uint16_t>(std::max(got, 0));
    return got > 0;
  }

  std::uint16_t port() const noexcept override { return port_; }

  void run() override {
    http_.listen_after_bind();
    is_over_ = true;
  }

  void stop() override {
    // Before it runs the library would forget that it was stopped.
    while (!http_.is_running() && !is_over_) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    http_.stop();
  }

 private:
  httplib::Server http_;
  std::uint16_t port_ = 0;
  std::atomic<bool> is_over_{false};
};

}  // namespace

latchkey::result<std::unique_ptr<listener>> make_httplib_listener(const latchkey::native::auth_server& server,
                                                                  std::uint16_t port) {
  auto made = std::make_unique<httplib_server>(server);
  if (!made->bind(port)) return latchkey::fail(errc::configuration_invalid, "Can't listen on this port.", "port");
  return made;
}

}  // namespace notes
