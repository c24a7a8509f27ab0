// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>

#include <atomic>
#include <fstream>
#include <future>

#include "native/server_support.h"

namespace latchkey::native::testing {
namespace {

const std::string get_text = "GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n";

TEST_CASE("requests are answered in order on one connection, pipelined or not") {
  for (const auto work : {route_work::quick, route_work::blocking, route_work::heavy}) {
    running_host host({}, echo_handler(work));
    raw_client client(host.port());
    client.send(get_text);
    const auto answer = client.read_answer();
    CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(answer.ends_with("\r\n\r\nGET /a?b=c [] from 127.0.0.1"));
    CHECK(answer.find("Connection: keep-alive\r\n") != std::string::npos);
    client.send("POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" + get_text +
                "POST /2 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n1;x=y\r\nf\r\n0\r\n\r\n");
    CHECK(client.read_answer().ends_with("POST /1? [abc] from 127.0.0.1"));
    CHECK(client.read_answer().ends_with("GET /a?b=c [] from 127.0.0.1"));
    CHECK(client.read_answer().ends_with("POST /2? [def] from 127.0.0.1"));
  }
}

TEST_CASE("a request in single bytes is one request") {
  running_host host({}, echo_handler());
  raw_client client(host.port());
  for (const char byte : std::string("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")) {
    client.send(std::string_view(&byte, 1));
  }
  CHECK(client.read_answer().ends_with("POST /x? [hi] from 127.0.0.1"));
}

TEST_CASE("the connection ends when the client asks for it, and after HTTP/1.0") {
  running_host host({}, echo_handler());
  CHECK(outcome_of(host.port(), "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") == "200 closed");
  CHECK(outcome_of(host.port(), "GET / HTTP/1.0\r\n\r\n") == "200 closed");
  CHECK(outcome_of(host.port(), get_text, milliseconds(400)) == "200 open");
}

TEST_CASE("[HT-06] whatever two parsers could read differently is 400 and closed") {
  running_host host({}, echo_handler());
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\n";
  const std::string smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::string cases[] = {head + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                               head + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
                               head + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
                               head + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
                               head + "Content-Length: +5\r\n\r\nhello",
                               head + "Content-Length: -1\r\n\r\nhello",
                               head + "Content-Length: 5, 5\r\n\r\nhello",
                               head + "Content-Length: 0x5\r\n\r\nhello",
                               head + "Content-Length: 5 5\r\n\r\nhello",
                               head + "Content-Length:\r\n\r\nhello",
                               head + "Content-Length: 18446744073709551621\r\n\r\nhello",
                               head + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
                               head + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
                               head + "Transfer-Encoding: identity\r\n\r\n",
                               head + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
                               head +
                                   "Transfer-Encoding: \x0b"
                                   "chunked\r\n\r\n0\r\n\r\n",
                               head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
                               head + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
                               head + "Content-Length : 5\r\n\r\nhello",
                               head + "X-A: b\r\n Content-Length: 5\r\n\r\nhello",
                               head + "X-A: b\r\n\tfolded\r\n\r\n",
                               head + " X-A: b\r\n\r\n",
                               head + "X A: b\r\n\r\n",
                               head + ": b\r\n\r\n",
                               head + "NoColon\r\n\r\n",
                               head + "X-A: a\rb\r\n\r\n",
                               head + std::string("X-A: a\0b\r\n\r\n", 12),
                               head + "X-A: b\n\r\n",
                               "POST / HTTP/1.1\nHost: x\n\n",
                               "POST / HTTP/1.1\r\nHost: x\r\nX-A: b\n\n",
                               "\r\n" + smuggled,
                               "GET / HTTP/1.1\r\n\r\n",
                               "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
                               "GET  / HTTP/1.1\r\nHost: x\r\n\r\n",
                               "GET / HTTP/1.1 \r\nHost: x\r\n\r\n",
                               "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
                               "GET /\x80 HTTP/1.1\r\nHost: x\r\n\r\n",
                               "GET / HTTP/2.0\r\nHost: x\r\n\r\n",
                               "GET / HTTP/1.2\r\nHost: x\r\n\r\n",
                               "GET / http/1.1\r\nHost: x\r\n\r\n",
                               "GET /\r\nHost: x\r\n\r\n",
                               "G@T / HTTP/1.1\r\nHost: x\r\n\r\n",
                               "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                               head + "Transfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n0\r\n\r\n",
                               head + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\nx\r\n0\r\n\r\n",
                               head + "Transfer-Encoding: chunked\r\n\r\n0x1\r\nx\r\n0\r\n\r\n",
                               head + "Transfer-Encoding: chunked\r\n\r\n1\nx\r\n0\r\n\r\n",
                               head + "Transfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n0\r\n\r\n",
                               head + "Transfer-Encoding: chunked\r\n\r\n\r\n0\r\n\r\n",
                               "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                               std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x0a\x0a", 13)};
  for (const auto& bytes : cases) {
    INFO(bytes);
    raw_client client(host.port());
    client.send(bytes);
    const auto answer = client.read_to_end();
    CHECK(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"));
    CHECK(client.is_closed);
    CHECK(answer.find("Connection: close\r\n") != std::string::npos);
    CHECK(answer.find("\"code\":\"ERR_LATCHKEY_REQUEST_INVALID\"") != std::string::npos);
    CHECK(answer.find("smuggled") == std::string::npos);
  }
}

TEST_CASE("[HT-08] limits are answered with their status, then the connection ends") {
  running_host host({}, echo_handler());
  const auto get = [](const std::string& target, const std::string& headers) {
    return "GET " + target + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n";
  };
  CHECK(outcome_of(host.port(), get("/" + std::string(8192, 'a'), "")) == "414 closed");
  CHECK(outcome_of(host.port(), get("/" + std::string(8191, 'a'), ""), milliseconds(400)) == "200 open");
  CHECK(outcome_of(host.port(), get("/" + std::string(200'000, 'a'), "")) == "414 closed");
  CHECK(outcome_of(host.port(), get("/", "X-A: " + std::string(16 * 1024, 'b') + "\r\n")) == "431 closed");
  CHECK(outcome_of(host.port(), get("/", "X-A: " + std::string(300'000, 'b') + "\r\n")) == "431 closed");
  CHECK(outcome_of(host.port(), get("/", "X-A: " + std::string(16'000, 'b') + "\r\n"), milliseconds(200)) ==
        "200 open");
  std::string many;
  for (int i = 0; i < 99; ++i) many += "X-A: b\r\n";
  CHECK(outcome_of(host.port(), get("/", many), milliseconds(400)) == "200 open");
  CHECK(outcome_of(host.port(), get("/", many + "X-A: b\r\n")) == "431 closed");
  const std::string post = "POST / HTTP/1.1\r\nHost: x\r\n";
  CHECK(outcome_of(host.port(), post + "Content-Length: 65537\r\n\r\n") == "413 closed");
  CHECK(outcome_of(host.port(), post + "Content-Length: 999999999999\r\n\r\n" + std::string(500'000, 'x')) ==
        "413 closed");
  CHECK(outcome_of(host.port(), post + "Content-Length: 65536\r\n\r\n" + std::string(65536, 'x'), milliseconds(300)) ==
        "200 open");
  CHECK(outcome_of(host.port(), post + "Transfer-Encoding: chunked\r\n\r\n10001\r\n" + std::string(65537, 'x') +
                                    "\r\n0\r\n\r\n") == "413 closed");
}

TEST_CASE("[F-12] a header of 100,000 cookie pairs is refused at once") {
  running_host host({}, echo_handler());
  std::string pairs;
  for (int i = 0; i < 100'000; ++i) pairs += "a=b;";
  const auto start = std::chrono::steady_clock::now();
  CHECK(outcome_of(host.port(), "GET / HTTP/1.1\r\nHost: x\r\nCookie: " + pairs + "\r\n\r\n") == "431 closed");
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(2));
  CHECK(outcome_of(host.port(), get_text, milliseconds(400)) == "200 open");
}

TEST_CASE("[F-10] a slow header, a slow body and an idle connection are cut") {
  http_host_options options;
  options.header_timeout = milliseconds(300);
  options.body_timeout = milliseconds(500);
  options.idle_timeout = milliseconds(900);
  running_host host(options, echo_handler());
  const auto cut_after = [&host](std::string_view sent) {
    raw_client client(host.port());
    client.send(sent);
    const auto start = std::chrono::steady_clock::now();
    client.read_to_end(milliseconds(3000));
    CHECK(client.is_closed);
    return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start).count();
  };
  // Never early; late only as far as a busy machine makes it.
  const auto is_near = [](std::int64_t measured, std::int64_t limit) {
    return measured > limit - 60 && measured < limit + 1500;
  };
  CHECK(is_near(cut_after("GET / HT"), 300));
  CHECK(is_near(cut_after("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab"), 500));
  CHECK(is_near(cut_after(""), 900));
  CHECK(is_near(cut_after(get_text), 900));
  // A byte now and then does not buy more time.
  raw_client drip(host.port());
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 10 && !drip.is_closed; ++i) {
    drip.send("G");
    drip.read_to_end(milliseconds(100));
  }
  CHECK(drip.is_closed);
  CHECK(std::chrono::steady_clock::now() - start < milliseconds(2000));
}

TEST_CASE("trailer fields never become headers") {
  http_host_handler handler = echo_handler();
  handler.handle = [](const http_request& request) {
    http_response response;
    response.body = request.has_header("Cookie") ? "cookie" : "none";
    return response;
  };
  running_host host({}, handler);
  raw_client client(host.port());
  client.send(
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTrailer: Cookie\r\n\r\n0\r\nCookie: a=b\r\n\r\n");
  CHECK(client.read_answer().ends_with("\r\n\r\nnone"));
}

TEST_CASE("a client that waits for 100 Continue gets it") {
  running_host host({}, echo_handler());
  raw_client client(host.port());
  client.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  CHECK(client.read_answer() == "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("hi");
  CHECK(client.read_answer().ends_with("[hi] from 127.0.0.1"));
}

TEST_CASE("[NS-04] a handler that throws, or breaks its headers, leaves the server alive") {
  http_host_handler handler;
  handler.handle = [](const http_request& request) -> http_response {
    if (request.path == "/throw") throw std::runtime_error("secret reason");
    http_response response;
    response.add_header("X-Split", "a\r\nSet-Cookie: evil=1");
    return response;
  };
  for (const auto work : {route_work::quick, route_work::blocking}) {
    handler.work_of = [work](const http_request&) { return work; };
    running_host host({}, handler);
    for (const char* path : {"/throw", "/split", "/throw"}) {
      raw_client client(host.port());
      client.send(std::string("GET ") + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      const auto answer = client.read_to_end();
      CHECK(answer.starts_with("HTTP/1.1 500 "));
      CHECK(answer.find("evil") == std::string::npos);
      CHECK(answer.find("secret") == std::string::npos);
    }
  }
}

TEST_CASE("HEAD sends the length and no body, 204 and 304 send neither") {
  http_host_handler handler;
  handler.handle = [](const http_request& request) {
    http_response response;
    response.status = request.path == "/204" ? 204 : request.path == "/304" ? 304 : 200;
    if (request.method == "HEAD") {
      response.add_header("Content-Length", "7");
    } else {
      response.body = "ignored";
    }
    return response;
  };
  running_host host({}, handler);
  raw_client client(host.port());
  client.send(
      "HEAD / HTTP/1.1\r\nHost: x\r\n\r\nGET /204 HTTP/1.1\r\nHost: x\r\n\r\nGET /304 HTTP/1.1\r\nHost: "
      "x\r\nConnection: close\r\n\r\n");
  const auto all = client.read_to_end();
  CHECK(all.find("Content-Length: 7\r\n") != std::string::npos);
  CHECK(all.find("Content-Length", all.find("204")) == std::string::npos);
  CHECK(all.find("ignored") == std::string::npos);
}

TEST_CASE("a full queue answers 503 while quick requests go on") {
  std::promise<void> release;
  std::atomic<bool> begun = false;
  const auto released = release.get_future().share();
  http_host_handler handler = echo_handler();
  const auto echo = handler.handle;
  handler.handle = [echo, released, &begun](const http_request& request) {
    if (request.path == "/slow") {
      begun = true;
      released.wait();
    }
    return echo(request);
  };
  handler.work_of = [](const http_request& request) {
    return request.path == "/slow" ? route_work::heavy : route_work::quick;
  };
  http_host_options options;
  options.heavy_threads = 1;
  options.heavy_queue_length = 2;
  running_host host(options, handler);
  std::vector<std::unique_ptr<raw_client>> clients;
  const std::string slow = "GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  for (int i = 0; i < 8; ++i) {
    clients.push_back(std::make_unique<raw_client>(host.port()));
    clients.back()->send(slow);
    // The first one has to hold the thread before the others fill the queue.
    while (!begun) std::this_thread::sleep_for(milliseconds(5));
  }
  CHECK(outcome_of(host.port(), get_text, milliseconds(300)) == "200 open");
  release.set_value();
  int served = 0;
  int refused = 0;
  for (auto& client : clients) {
    const auto answer = client->read_to_end();
    served += answer.starts_with("HTTP/1.1 200") ? 1 : 0;
    refused += answer.starts_with("HTTP/1.1 503") ? 1 : 0;
  }
  CHECK(served == 3);
  CHECK(refused == 5);
}

TEST_CASE("[NS-06] stopping finishes what is in flight and ends idle connections") {
  std::atomic<bool> begun = false;
  http_host_handler handler = echo_handler(route_work::blocking);
  const auto echo = handler.handle;
  handler.handle = [echo, &begun](const http_request& request) {
    begun = true;
    std::this_thread::sleep_for(milliseconds(300));
    return echo(request);
  };
  running_host host({}, handler);
  raw_client idle(host.port());
  raw_client busy(host.port());
  busy.send(get_text);
  while (!begun) std::this_thread::sleep_for(milliseconds(5));
  auto answer = std::async(std::launch::async, [&busy] { return busy.read_to_end(); });
  const auto port = host.port();
  CHECK(host.drain() < milliseconds(5000));
  const auto text = answer.get();
  CHECK(text.starts_with("HTTP/1.1 200 OK"));
  CHECK(text.find("Connection: close\r\n") != std::string::npos);
  idle.read_to_end(milliseconds(200));
  CHECK(idle.is_closed);
  CHECK_FALSE(raw_client(port).is_connected());
}

TEST_CASE("stopping does not wait longer than it may") {
  http_host_options options;
  options.drain_timeout = milliseconds(300);
  running_host host(options, echo_handler());
  raw_client stuck(host.port());
  stuck.send("GET / HT");
  std::this_thread::sleep_for(milliseconds(100));
  CHECK(host.drain() < milliseconds(3000));
}

TEST_CASE("[F-11] running out of descriptors neither spins nor ends the server") {
  running_host host({}, echo_handler());
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  std::vector<std::unique_ptr<raw_client>> clients;
  // Client and server ends both count here: the last client finds no descriptor left for the server's end.
  const auto next = static_cast<rlim_t>(::dup(0));
  ::close(static_cast<int>(next));
  rlimit tight = before;
  tight.rlim_cur = next + 9;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &tight) == 0);
  for (int i = 0; i < 5; ++i) clients.push_back(std::make_unique<raw_client>(host.port()));
  timespec start{};
  timespec end{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
  std::this_thread::sleep_for(milliseconds(500));
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
  ::setrlimit(RLIMIT_NOFILE, &before);
  const auto used_ms = (end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1'000'000;
  CHECK(used_ms < 100);
  clients.clear();
  std::this_thread::sleep_for(milliseconds(200));
  CHECK(outcome_of(host.port(), get_text, milliseconds(300)) == "200 open");
}

TEST_CASE("an address in use is an error that names it") {
  running_host host({}, echo_handler());
  http_host_options options;
  options.port = host.port();
  const auto second = http_host::listen(options, echo_handler());
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().message.find("127.0.0.1:" + std::to_string(host.port())) != std::string::npos);
  options.host = "no-such-host.invalid";
  CHECK_FALSE(http_host::listen(options, echo_handler()).has_value());
}

/** What the kernel says this process holds in memory, in bytes. */
std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  statm >> all >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

TEST_CASE("[F-10] answers that share their bytes cost no copy while clients do not read them", "[server][F-10]") {
  constexpr std::size_t mebibyte = 1024 * 1024;
  const auto file = std::make_shared<const std::string>(10 * mebibyte, 'x');
  http_host_handler handler = echo_handler();
  handler.handle = [&file](const http_request&) {
    http_response response;
    response.shared_body = file;
    return response;
  };
  running_host host({}, handler);
  const std::size_t before = resident_bytes();
  std::vector<std::unique_ptr<raw_client>> clients;
  for (int i = 0; i < 40; ++i) {
    clients.push_back(std::make_unique<raw_client>(host.port()));
    clients.back()->send(get_text);
  }
  // Each has the first bytes, so each answer is on its way.
  for (auto& client : clients) CHECK(client->read_some(1).size() == 1);
  CHECK(resident_bytes() < before + 32 * mebibyte);
  // What was waiting arrives whole.
  const std::string rest = clients.front()->read_answer_bytes(10 * mebibyte);
  CHECK(rest.size() >= 10 * mebibyte);
  CHECK(rest.ends_with("xxxx"));
}

TEST_CASE("a chunked body that was read is handed on without its encoding", "[server]") {
  http_host_handler handler = echo_handler();
  handler.handle = [](const http_request& request) {
    http_response response;
    response.body = request.has_header("Transfer-Encoding") ? "encoded" : "plain " + request.body;
    return response;
  };
  running_host host({}, handler);
  raw_client client(host.port());
  client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n");
  CHECK(client.read_answer().ends_with("\r\n\r\nplain hi"));
}

TEST_CASE("an absolute-form target reaches its path, and another server's does not", "[server][absolute]") {
  running_host host({}, echo_handler());
  raw_client client(host.port());
  client.send("GET http://x/a?b=c HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(client.read_answer().ends_with("\r\n\r\nGET /a?b=c [] from 127.0.0.1"));
  client.send("GET http://X?b=c HTTP/1.1\r\nHost: x:80\r\n\r\n");
  CHECK(client.read_answer().ends_with("\r\n\r\nGET /?b=c [] from 127.0.0.1"));
  CHECK(outcome_of(host.port(), "GET http://y/a HTTP/1.1\r\nHost: x\r\n\r\n") == "400 closed");
}

}  // namespace
}  // namespace latchkey::native::testing
