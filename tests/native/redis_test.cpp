// SPDX-License-Identifier: Apache-2.0
#include "native/redis_support.h"
#include "redis/redis_url.h"

using namespace latchkey;
using namespace latchkey::native;
using namespace latchkey::testing;
using std::chrono::milliseconds;

namespace {

template <class Call>
milliseconds time_of(Call call) {
  const auto start = std::chrono::steady_clock::now();
  call();
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
}

/** Accepts connections, as the system does for any listener, and never says anything. */
class silent_listener {
 public:
  silent_listener() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    REQUIRE(::bind(socket_, reinterpret_cast<const sockaddr*>(&address_), size) == 0);
    REQUIRE(::listen(socket_, 64) == 0);
    REQUIRE(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address_), &size) == 0);
  }
  ~silent_listener() { ::close(socket_); }
  [[nodiscard]] std::string url() const { return "redis://127.0.0.1:" + std::to_string(ntohs(address_.sin_port)); }
  [[nodiscard]] int socket() const { return socket_; }

 private:
  int socket_;
  sockaddr_in address_{};
};

}  // namespace

TEST_CASE("the URL of a Redis is read whole or refused without its password", "[redis]") {
  const auto full = must(parse_redis_url("redis://app:p%40ss%3a@cache.example:6380/3"));
  CHECK(full.host == "cache.example");
  CHECK(full.port == 6380);
  CHECK(full.database == 3);
  CHECK(full.user == "app");
  CHECK(full.password == "p@ss:");
  const auto plain = must(parse_redis_url("redis://localhost"));
  CHECK(plain.host == "localhost");
  CHECK(plain.port == 6379);
  CHECK(plain.password.empty());
  CHECK(must(parse_redis_url("redis://:secret@[::1]:7000/")).host == "::1");
  for (const char* text : {"",
                           "redis:",
                           "http://localhost",
                           "rediss://localhost",
                           "redis://",
                           "redis://:canary@",
                           "redis://canary@localhost",
                           "redis://:@localhost",
                           "redis://:canary%4@localhost",
                           "redis://:canary%zz@localhost",
                           "redis://localhost:0",
                           "redis://localhost:65536",
                           "redis://localhost:12x",
                           "redis://localhost:",
                           "redis://localhost/x",
                           "redis://localhost/-1",
                           "redis://[::1",
                           "redis://[::1]x",
                           "redis://a b",
                           "redis://:canary@local\nhost"}) {
    INFO(text);
    const auto refused = parse_redis_url(text);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == errc::configuration_invalid);
    CHECK(refused.error().message.find("canary") == std::string::npos);
  }
  CHECK_FALSE(parse_redis_url("redis://" + std::string(3'000, 'a')).has_value());
  CHECK_FALSE(redis_client::make({"redis://localhost", milliseconds(0), milliseconds(1), 1}).has_value());
  CHECK_FALSE(redis_client::make({"redis://localhost", milliseconds(1), milliseconds(1), 0}).has_value());
}

TEST_CASE("Redis answers typed values and takes any bytes", "[redis]") {
  const redis_server server;
  const auto client = server.client();
  const std::string bytes("\0\r\n$5\r\n\xff", 9);
  CHECK(must(ask(*client, {"SET", "key", bytes})).text() == "OK");
  CHECK(must(ask(*client, {"GET", "key"})).text() == bytes);
  CHECK(must(ask(*client, {"SET", "empty", ""})).text() == "OK");
  CHECK_FALSE(must(ask(*client, {"GET", "empty"})).is_nil());
  CHECK(must(ask(*client, {"GET", "none"})).is_nil());
  CHECK(must(ask(*client, {"INCR", "count"})).integer() == 1);
  CHECK(must(ask(*client, {"GET", "count"})).integer() == 1);
  CHECK(must(ask(*client, {"GET", "key"})).integer() == 0);
  const auto list = must(ask(*client, {"MGET", "count", "none", "empty"}));
  REQUIRE(list.list().size() == 3);
  CHECK(list.at(0).text() == "1");
  CHECK(list.at(1).is_nil());
  CHECK(list.at(3).is_nil());
  const auto refused = ask(*client, {"INCR", "key"});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::unavailable);
  CHECK(must(ask(*client, {"PING"})).text() == "PONG");
}

TEST_CASE("a script runs as one step, also after Redis has forgotten it", "[redis]") {
  const redis_server server;
  const auto client = server.client();
  const std::string script = "return {KEYS[1], ARGV[1], redis.call('INCR', KEYS[1])}";
  const std::string_view keys[] = {"counter"};
  const std::string_view arguments[] = {"x"};
  CHECK(must(client->run(script, keys, arguments)).at(2).integer() == 1);
  CHECK(must(client->run(script, keys, arguments)).at(2).integer() == 2);
  must(ask(*client, {"SCRIPT", "FLUSH"}));
  const auto again = must(client->run(script, keys, arguments));
  CHECK(again.at(0).text() == "counter");
  CHECK(again.at(2).integer() == 3);
  CHECK_FALSE(client->run("this is no Lua", keys, arguments).has_value());
  CHECK_FALSE(client->run("return redis.call('NONSENSE')", keys, arguments).has_value());
}

TEST_CASE("a password and a database are used, and a wrong password is told apart from silence", "[redis]") {
  const redis_server server({"--requirepass", "p@ss"});
  redis_options options;
  options.url = server.url(":p%40ss@") + "/2";
  const auto client = must(redis_client::make(options));
  must(ask(*client, {"SET", "key", "value"}));
  options.url = server.url("default:p%40ss@");
  const auto other = must(redis_client::make(options));
  CHECK(must(ask(*other, {"GET", "key"})).is_nil());
  for (const char* credentials : {"", ":wrong-canary@"}) {
    options.url = server.url(credentials);
    const auto refused = ask(*must(redis_client::make(options)), {"GET", "key"});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == errc::unavailable);
    CHECK(refused.error().message.find("canary") == std::string::npos);
  }
}

TEST_CASE("[F-05] a Redis that is gone, restarted or silent costs no more than the timeouts", "[redis][F-05]") {
  redis_server server;
  redis_options options;
  options.command_timeout = milliseconds(300);
  const auto client = server.client(options);
  must(ask(*client, {"PING"}));
  server.kill();
  CHECK(time_of([&] { CHECK_FALSE(ask(*client, {"PING"}).has_value()); }) < milliseconds(1'000));
  server.start();
  std::this_thread::sleep_for(milliseconds(250));
  CHECK(ask(*client, {"PING"}).has_value());
  // The connection in the pool died with the server, and nobody notices.
  server.kill();
  server.start();
  CHECK(ask(*client, {"PING"}).has_value());
  server.pause(true);
  std::atomic<int> answered{0};
  CHECK(time_of([&] { run_together(16, [&](int) { answered += ask(*client, {"PING"}).has_value() ? 1 : 0; }); }) <
        milliseconds(2'000));
  CHECK(answered == 0);
  server.pause(false);
  std::this_thread::sleep_for(milliseconds(250));
  CHECK(ask(*client, {"PING"}).has_value());
}

TEST_CASE("[F-05] a listener that never answers, or answers nonsense, is unavailable", "[redis][F-05]") {
  const silent_listener listener;
  redis_options options;
  options.url = listener.url();
  options.command_timeout = milliseconds(200);
  const auto client = must(redis_client::make(options));
  CHECK(time_of([&] { CHECK_FALSE(ask(*client, {"PING"}).has_value()); }) < milliseconds(1'000));
  std::thread talker([&] {
    for (const std::string_view said : {std::string_view("HTTP/1.1 200 OK\r\n\r\n"), std::string_view("")}) {
      const int peer = ::accept(listener.socket(), nullptr, nullptr);
      ::send(peer, said.data(), said.size(), MSG_NOSIGNAL);
      ::close(peer);
    }
  });
  // The first was accepted by the system alone and is still in the queue.
  std::this_thread::sleep_for(milliseconds(250));
  const auto refused = ask(*client, {"PING"});
  talker.join();
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::unavailable);
}

TEST_CASE("many threads share few connections", "[redis]") {
  const redis_server server;
  redis_options options;
  options.max_connections = 3;
  const auto client = server.client(options);
  std::atomic<int> done{0};
  run_together(32, [&](int) {
    for (int i = 0; i < 50; ++i) done += ask(*client, {"INCR", "count"}).has_value() ? 1 : 0;
  });
  CHECK(done == 32 * 50);
  CHECK(must(ask(*client, {"GET", "count"})).integer() == 32 * 50);
  const auto info = must(ask(*client, {"INFO", "clients"}));
  CHECK(info.text().find("connected_clients:3\r\n") != std::string_view::npos);
}
