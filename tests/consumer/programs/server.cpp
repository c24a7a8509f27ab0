// SPDX-License-Identifier: Apache-2.0
// Somebody's program against latchkey::server: listens on a free port of this machine and stops again.
#include <latchkey/native/server/http_host.h>

#include <cstdio>
#include <thread>

int main() {
  using namespace latchkey::native;
  http_host_handler handler;
  handler.handle = [](const http_request&) { return http_response{}; };
  handler.work_of = [](const http_request&) { return route_work::quick; };
  const auto host = http_host::listen({.host = "127.0.0.1", .port = 0}, handler);
  if (!host || (*host)->port() == 0) return 1;
  std::thread serving([&host] { (*host)->run(); });
  (*host)->stop();
  serving.join();
  std::puts("server: listened and stopped");
}
