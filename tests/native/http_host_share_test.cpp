// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>

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

TEST_CASE("[F-11] one client never takes every connection", "[server][F-11]") {
  // All clients of a test have one address; the test says which of them are one client.
  std::atomic<bool> is_greedy{true};
  http_host_handler handler = echo_handler();
  handler.share_of = [&is_greedy](const std::string& peer) { return is_greedy ? peer : std::string("other"); };
  std::atomic<std::size_t> over_share{0};
  http_host_options options;
  options.max_connections = 8;
  options.connections_per_client = 3;
  options.on_shed = [&over_share](const shed_load& shed) { over_share += shed.connections_over_share; };
  std::vector<std::unique_ptr<raw_client>> clients;
  {
    running_host host(options, handler);
    const auto is_answered = [&](raw_client& client) {
      client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      return client.read_answer().starts_with("HTTP/1.1 200");
    };
    for (int i = 0; i < 3; ++i) {
      clients.push_back(std::make_unique<raw_client>(host.port()));
      CHECK(is_answered(*clients.back()));
    }
    for (int i = 0; i < 4; ++i) {
      raw_client refused(host.port());
      CHECK_FALSE(is_answered(refused));
    }
    is_greedy = false;
    raw_client other(host.port());
    CHECK(is_answered(other));
    is_greedy = true;
    // What is closed is no longer counted.
    clients.front()->send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    CHECK(clients.front()->read_to_end().starts_with("HTTP/1.1 200"));
    CHECK(clients.front()->is_closed);
    clients.erase(clients.begin());
    bool is_let_in = false;
    for (int i = 0; i < 100 && !is_let_in; ++i) {
      clients.push_back(std::make_unique<raw_client>(host.port()));
      is_let_in = is_answered(*clients.back());
    }
    CHECK(is_let_in);
    clients.clear();
  }
  // Told when the host ends at the latest, and every one of them.
  CHECK(over_share >= 4);
}

TEST_CASE("[F-11] a trusted proxy has no share of its own", "[server][F-11]") {
  world w;
  w.config.trusted_proxies = {"10.0.0.0/8", "::1"};
  w.start();
  CHECK(w.server->share_of("10.1.2.3").empty());
  CHECK(w.server->share_of("::1").empty());
  CHECK(w.server->share_of("::ffff:10.1.2.3").empty());
  CHECK(w.server->share_of("192.0.2.7") == "192.0.2.7");
  CHECK(w.server->share_of("2001:db8::1") == w.server->share_of("2001:db8::2"));
  CHECK(w.server->share_of("2001:db8::1") != w.server->share_of("2001:db8:1::1"));

  http_host_options options;
  options.connections_per_client = 1;
  http_host_handler handler = echo_handler();
  handler.share_of = [](const std::string&) { return std::string(); };
  running_host host(options, handler);
  std::vector<std::unique_ptr<raw_client>> clients;
  for (int i = 0; i < 5; ++i) {
    clients.push_back(std::make_unique<raw_client>(host.port()));
    clients.back()->send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(clients.back()->read_answer().starts_with("HTTP/1.1 200"));
  }
}

/** What a host tells about the requests that it turns away. */
struct shed_log {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::size_t> requests;

  void add(const shed_load& shed) {
    const std::lock_guard lock(mutex);
    requests.push_back(shed.requests);
    changed.notify_all();
  }
  void wait_for(std::size_t reports) {
    std::unique_lock lock(mutex);
    CHECK(changed.wait_for(lock, std::chrono::seconds(20), [&] { return requests.size() >= reports; }));
  }
};

TEST_CASE("what is turned away is told at once, and the rest with its number", "[server]") {
  shed_log log;
  http_host_options options;
  options.heavy_per_client = 0;
  options.on_shed = [&log](const shed_load& shed) {
    log.add(shed);
    throw std::runtime_error("the log is full");
  };
  {
    running_host host(options, echo_handler(route_work::heavy));
    for (int i = 0; i < 5; ++i) {
      CHECK(outcome_of(host.port(), "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") == "429 closed");
    }
  }
  CHECK(log.requests == std::vector<std::size_t>{1, 4});
}

TEST_CASE("what is turned away is told once an interval while it goes on", "[server]") {
  shed_log log;
  http_host_options options;
  options.heavy_per_client = 0;
  options.shed_interval = milliseconds(20);
  options.on_shed = [&log](const shed_load& shed) { log.add(shed); };
  running_host host(options, echo_handler(route_work::heavy));
  for (std::size_t reports = 1; reports <= 3; ++reports) {
    CHECK(outcome_of(host.port(), "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") == "429 closed");
    log.wait_for(reports);
  }
}

}  // namespace latchkey::native::testing
