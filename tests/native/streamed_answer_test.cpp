// SPDX-License-Identifier: Apache-2.0
// Answers whose body comes in parts, on real sockets.
#include <atomic>
#include <condition_variable>
#include <mutex>

#include "native/server_support.h"

namespace latchkey::native::testing {
namespace {

/** A body of numbered parts, which counts how many of them were asked for. */
struct counted_body {
  std::string part = std::string(64 * 1024, 'x');
  int parts = 3;
  /** The part at which it fails; none when negative. */
  int failing = -1;
  bool throws = false;
  std::mutex mutex;
  std::condition_variable changed;
  int asked = 0;
  /** Whether the next part has to wait for `release`. */
  bool is_held = false;

  result<std::string> next() {
    std::unique_lock lock(mutex);
    const int number = asked++;
    changed.notify_all();
    changed.wait(lock, [this] { return !is_held; });
    if (number == failing && throws) throw std::runtime_error("no more");
    if (number == failing) return fail(errc::store_failed, "no more");
    return number < parts ? part : std::string();
  }
  void await_asked(int count) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return asked >= count; });
  }
  void release() {
    const std::lock_guard lock(mutex);
    is_held = false;
    changed.notify_all();
  }
  int asked_so_far() {
    const std::lock_guard lock(mutex);
    return asked;
  }
};

http_host_handler stream_handler(const std::shared_ptr<counted_body>& body) {
  http_host_handler handler;
  handler.handle = [body](const http_request& request) {
    http_response response;
    if (request.path == "/plain") {
      response.body = "plain";
      return response;
    }
    response.add_header("Content-Type", "text/plain; charset=utf-8");
    response.stream = [body] { return body->next(); };
    return response;
  };
  handler.work_of = [](const http_request&) { return route_work::blocking; };
  return handler;
}

std::string head_of(const std::string& answer) { return answer.substr(0, answer.find("\r\n\r\n") + 4); }

/** The body of a chunked answer, and what stands behind it; `-` for one that is not complete. */
std::pair<std::string, std::string> dechunk(const std::string& answer) {
  std::string body;
  std::string rest = answer.substr(head_of(answer).size());
  for (;;) {
    const auto line = rest.find("\r\n");
    if (line == std::string::npos) return {"-", {}};
    const std::size_t size = std::stoul(rest.substr(0, line), nullptr, 16);
    if (rest.size() < line + 2 + size + 2) return {"-", {}};
    body += rest.substr(line + 2, size);
    rest.erase(0, line + 2 + size + 2);
    if (size == 0) return {body, rest};
  }
}

TEST_CASE("a body in parts is sent in chunks, and the connection goes on", "[server][stream]") {
  const auto body = std::make_shared<counted_body>();
  const running_host host({}, stream_handler(body));
  raw_client client(host.port());
  client.send("GET /s HTTP/1.1\r\nHost: a\r\n\r\nGET /plain HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const std::string answers = client.read_to_end();
  const std::string head = head_of(answers);
  CHECK(head.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(head.find("Transfer-Encoding: chunked\r\n") != std::string::npos);
  CHECK(head.find("Content-Length") == std::string::npos);
  const auto [whole, rest] = dechunk(answers);
  CHECK(whole == body->part + body->part + body->part);
  CHECK(rest.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(rest.ends_with("\r\n\r\nplain"));
  CHECK(body->asked_so_far() == 4);
}

TEST_CASE("an empty body in parts is a complete answer", "[server][stream]") {
  const auto body = std::make_shared<counted_body>();
  body->parts = 0;
  const running_host host({}, stream_handler(body));
  raw_client client(host.port());
  client.send("GET /s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  CHECK(client.read_to_end().ends_with("\r\n\r\n0\r\n\r\n"));
}

TEST_CASE("to HTTP/1.0 the end of the connection ends a body in parts", "[server][stream]") {
  const auto body = std::make_shared<counted_body>();
  const running_host host({}, stream_handler(body));
  raw_client client(host.port());
  client.send("GET /s HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");
  const std::string answer = client.read_to_end();
  const std::string head = head_of(answer);
  CHECK(head.find("Transfer-Encoding") == std::string::npos);
  CHECK(head.find("Content-Length") == std::string::npos);
  CHECK(head.find("Connection: close\r\n") != std::string::npos);
  CHECK(answer.substr(head.size()) == body->part + body->part + body->part);
  CHECK(client.is_closed);
}

TEST_CASE("HEAD of a body in parts asks for none", "[server][stream]") {
  const auto body = std::make_shared<counted_body>();
  const running_host host({}, stream_handler(body));
  raw_client client(host.port());
  client.send("HEAD /s HTTP/1.1\r\nHost: a\r\n\r\nGET /plain HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const std::string answers = client.read_to_end();
  CHECK(head_of(answers).find("Transfer-Encoding: chunked\r\n") != std::string::npos);
  CHECK(answers.substr(head_of(answers).size()).starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(body->asked_so_far() == 0);
}

TEST_CASE("a client sees that a body broke off, in either version", "[server][stream]") {
  for (const bool throws : {false, true}) {
    const auto body = std::make_shared<counted_body>();
    body->failing = 2;
    body->throws = throws;
    const running_host host({}, stream_handler(body));
    raw_client client(host.port());
    client.send("GET /s HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::string answer = client.read_to_end();
    CHECK(client.is_closed);
    CHECK(dechunk(answer).first == "-");
    CHECK(answer.find(body->part) != std::string::npos);
    CHECK(body->asked_so_far() == 3);
    // The host lives on.
    CHECK(outcome_of(host.port(), "GET /plain HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n") == "200 closed");
  }
}

TEST_CASE("a client that does not read holds one part, and is let go after a while", "[server][stream]") {
  const auto body = std::make_shared<counted_body>();
  body->parts = 1'000'000;
  http_host_options options;
  options.write_timeout = milliseconds(300);
  running_host host(options, stream_handler(body));
  raw_client client(host.port());
  client.send("GET /s HTTP/1.1\r\nHost: a\r\n\r\n");
  body->await_asked(3);
  // It ends although the client still holds its end open: no part is asked for any more.
  host.drain();
  const int asked = body->asked_so_far();
  // What the sockets' buffers take, and no more: 64 KiB each.
  CHECK(asked < 2'000);
}

TEST_CASE("a part that takes its time keeps no other client waiting", "[server][stream]") {
  const auto body = std::make_shared<counted_body>();
  body->is_held = true;
  http_host_options options;
  options.blocking_threads = 2;
  const running_host host(options, stream_handler(body));
  raw_client slow(host.port());
  slow.send("GET /s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  body->await_asked(1);
  CHECK(outcome_of(host.port(), "GET /plain HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n") == "200 closed");
  body->release();
  CHECK(dechunk(slow.read_to_end()).first.size() == 3 * body->part.size());
}

TEST_CASE("a body in parts is complete although all threads were busy when a part was due", "[server][stream]") {
  const auto body = std::make_shared<counted_body>();
  body->is_held = true;
  http_host_options options;
  options.blocking_threads = 1;
  options.queue_length = 1;
  const running_host host(options, stream_handler(body));
  raw_client first(host.port());
  first.send("GET /s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  // The only thread reads the first part, so that the second answer finds no thread for its own.
  body->await_asked(1);
  raw_client second(host.port());
  second.send("GET /s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  body->release();
  const std::string answer = first.read_to_end();
  const std::string other = second.read_to_end();
  CHECK(dechunk(answer).first != "-");
  CHECK(dechunk(other).first != "-");
}

}  // namespace
}  // namespace latchkey::native::testing
