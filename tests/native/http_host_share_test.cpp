// SPDX-License-Identifier: Apache-2.0
#include <future>

#include "server_support.h"

namespace latchkey::native::testing {

TEST_CASE("[CR-09] one client never fills the queue of heavy work", "[server][CR-09]") {
  std::promise<void> release;
  const auto released = release.get_future().share();
  http_host_handler handler = echo_handler(route_work::heavy);
  const auto echo = handler.handle;
  handler.handle = [echo, released](const http_request& request) {
    released.wait();
    return echo(request);
  };
  handler.client_of = [](const http_request& request) { return request.path; };
  http_host_options options;
  options.heavy_threads = 1;
  options.heavy_queue_length = 8;
  options.heavy_per_client = 3;
  running_host host(options, handler);
  std::vector<std::unique_ptr<raw_client>> clients;
  const auto ask = [&](const std::string& path) {
    clients.push_back(std::make_unique<raw_client>(host.port()));
    clients.back()->send("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  };
  for (int i = 0; i < 3; ++i) ask("/greedy");
  std::this_thread::sleep_for(milliseconds(100));
  for (int i = 0; i < 5; ++i) {
    const auto refused = outcome_of(host.port(), "GET /greedy HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    CHECK(refused == "429 closed");
  }
  raw_client told(host.port());
  told.send("GET /greedy HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(told.read_answer().find("Retry-After: 1\r\n") != std::string::npos);
  ask("/other");
  std::this_thread::sleep_for(milliseconds(100));
  release.set_value();
  for (auto& client : clients) CHECK(client->read_to_end().starts_with("HTTP/1.1 200"));
  // What is done no longer counts.
  CHECK(outcome_of(host.port(), "GET /greedy HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") == "200 closed");
}

}  // namespace latchkey::native::testing
