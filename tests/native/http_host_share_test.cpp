// SPDX-License-Identifier: Apache-2.0
#include <future>

#include "http_support.h"
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

TEST_CASE("[HT-11] what the host refuses itself has the headers of every answer, and is seen by who looks on",
          "[server][HT-11]") {
  world w;
  w.config.public_url = "https://studio.example.com";
  w.config.trusted_origins = {"https://app.example.com"};
  int refusals = 0;
  w.config.observe = [&](const request_observation& seen) { refusals += seen.status >= 400 ? 1 : 0; };
  w.start();
  http_host_handler handler = echo_handler(route_work::heavy);
  handler.refuse = [&](errc code, const http_request& received) { return w.server->refusal(code, received); };
  http_host_options options;
  options.heavy_per_client = 0;
  running_host host(options, handler);
  const auto answer_to = [&](const std::string& text) {
    raw_client client(host.port());
    client.send(text);
    return client.read_answer();
  };
  const std::string full =
      answer_to("GET /x HTTP/1.1\r\nHost: studio.example.com\r\nOrigin: https://app.example.com\r\n\r\n");
  CHECK(full.starts_with("HTTP/1.1 429"));
  for (const char* header : {"Strict-Transport-Security: ", "Access-Control-Allow-Origin: https://app.example.com\r\n",
                             "Vary: Origin, Cookie\r\n", "Retry-After: 1\r\n"}) {
    INFO(header);
    CHECK(full.find(header) != std::string::npos);
  }
  const std::string malformed = answer_to("GET /x HTTP/1.1\r\nHost : x\r\n\r\n");
  CHECK(malformed.starts_with("HTTP/1.1 400"));
  CHECK(malformed.find("Strict-Transport-Security: ") != std::string::npos);
  CHECK(refusals == 2);
}

}  // namespace latchkey::native::testing
