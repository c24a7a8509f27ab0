// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/net/http_client.h"

#include <cstdlib>

#include "native/net_support.h"
#include "support.h"

namespace latchkey::native {
namespace {

using latchkey::testing::must;
using latchkey::testing::run_together;
using latchkey::testing::temporary_folder;
using namespace native::testing;
using std::chrono::milliseconds;

http_client_request get(std::string url) {
  http_client_request request;
  request.url = std::move(url);
  return request;
}

errc refusal_of(const result<http_client_response>& outcome) {
  REQUIRE_FALSE(outcome.has_value());
  return outcome.error().code;
}

/** The text on a 200, or the error code's name. */
std::string told_by(const result<http_client_response>& outcome) {
  return outcome ? std::to_string(outcome->status) + " " + outcome->body : std::string(to_string(outcome.error().code));
}

scripted_server::answerer always(std::string bytes) {
  return [bytes = std::move(bytes)](const std::string&, const auto& send) { return send(bytes); };
}

TEST_CASE("an outgoing call sends method, headers and body, and gives back status, headers and body", "[http_client]") {
  std::string seen;
  const scripted_server server([&seen](const std::string& request, const auto& send) {
    seen = request;
    return send(raw_answer("201 Created", "{\"a\":1}", "X-One: 1\r\nContent-Type: application/json\r\n"));
  });
  const auto client = must(make_http_client());
  http_client_request request = get(server.url("/a/../b?c=d"));
  request.method = "POST";
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"X-Empty", ""}};
  request.body = std::string("a=b\0c", 5);
  const auto response = must(client(request));
  CHECK(response.status == 201);
  CHECK(response.body == "{\"a\":1}");
  CHECK(response.header("content-type") == "application/json");
  CHECK(response.header("X-One") == "1");
  CHECK(response.header("X-Two").empty());
  CHECK(seen.starts_with("POST /a/../b?c=d HTTP/1.1\r\n"));
  CHECK(seen.find("Content-Type: application/x-www-form-urlencoded\r\n") != std::string::npos);
  CHECK(seen.find("X-Empty:\r\n") != std::string::npos);
  CHECK(seen.find("Accept-Encoding") == std::string::npos);
  CHECK(seen.ends_with(std::string("\r\n\r\na=b\0c", 9)));
}

TEST_CASE("[SO-24] a redirect is an answer and is not followed", "[http_client][SO-24]") {
  const scripted_server target(always(raw_answer("200 OK", "secret")));
  const scripted_server server(always(raw_answer("302 Found", "", "Location: " + target.url("/") + "\r\n")));
  const auto client = must(make_http_client());
  CHECK(told_by(client(get(server.url("/")))) == "302 ");
  CHECK(target.connections == 0);
}

TEST_CASE("[SO-24] an answer over its size limit is refused, however it is framed", "[http_client][SO-24][F-07]") {
  const std::string large(4097, 'x');
  const std::string chunk = "1001\r\n" + large + "\r\n0\r\n\r\n";
  const auto framing =
      GENERATE_COPY(raw_answer("200 OK", large), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk,
                    "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + large);
  const scripted_server server([framing](const std::string&, const auto& send) { return send(framing) && false; });
  const auto client = must(make_http_client());
  http_client_request request = get(server.url("/"));
  request.limits.max_response_bytes = 4096;
  CHECK(refusal_of(client(request)) == errc::response_invalid);
  request.limits.max_response_bytes = 4097;
  CHECK(must(client(request)).body == large);
}

TEST_CASE("[SO-24] the size limit is 1 MiB by default, and headers have 64 KiB", "[http_client][SO-24]") {
  const scripted_server body(always(raw_answer("200 OK", std::string(1024 * 1024 + 1, 'x'))));
  const scripted_server headers(always(raw_answer("200 OK", "", "X: " + std::string(65 * 1024, 'x') + "\r\n")));
  const auto client = must(make_http_client());
  CHECK(refusal_of(client(get(body.url("/")))) == errc::response_invalid);
  CHECK(refusal_of(client(get(headers.url("/")))) == errc::response_invalid);
}

TEST_CASE("[SO-24] a call ends in time, also when a byte comes now and then", "[http_client][SO-24][F-07]") {
  const scripted_server server([](const std::string&, const auto& send) {
    if (!send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")) return false;
    while (send("x")) std::this_thread::sleep_for(milliseconds(50));
    return false;
  });
  const auto client = must(make_http_client());
  CHECK(http_client_limits{}.connect_timeout == milliseconds(5'000));
  CHECK(http_client_limits{}.total_timeout == milliseconds(10'000));
  http_client_request request = get(server.url("/"));
  request.limits.total_timeout = milliseconds(300);
  const auto start = std::chrono::steady_clock::now();
  CHECK(refusal_of(client(request)) == errc::network);
  CHECK(std::chrono::steady_clock::now() - start < milliseconds(2'000));
  request.limits.total_timeout = milliseconds(0);
  CHECK(refusal_of(client(request)) == errc::argument_invalid);
}

TEST_CASE("[NS-08] only https is called, and http on loopback", "[http_client][NS-08][SO-24]") {
  const auto client = must(make_http_client());
  const char* url = GENERATE("http://example.com/", "http://127.0.0.1.example.com/", "http://x.localhost/",
                             "http://192.0.2.1/", "ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/",
                             "127.0.0.1/", "//127.0.0.1/", "", "https://", "https://user@127.0.0.1/",
                             "https://user:word@127.0.0.1/", "https://127.0.0.1/a b", "https://127.0.0.1/\r\nX: y");
  INFO(url);
  const auto outcome = client(get(url));
  REQUIRE_FALSE(outcome.has_value());
  CHECK(outcome.error().code == errc::argument_invalid);
  CHECK(outcome.error().field == "url");
}

TEST_CASE("an outgoing call refuses other methods and headers that would be two", "[http_client]") {
  const auto client = must(make_http_client());
  http_client_request request = get("http://127.0.0.1:1/");
  request.method = "DELETE";
  CHECK(refusal_of(client(request)) == errc::argument_invalid);
  request.method = "GET";
  const header_list bad = GENERATE(header_list{{"A b", "c"}}, header_list{{"", "c"}}, header_list{{"A", "b\r\nC: d"}},
                                   header_list{{"A", std::string("b\0c", 3)}});
  request.headers = bad;
  CHECK(refusal_of(client(request)) == errc::argument_invalid);
}

TEST_CASE("what breaks off or is no HTTP is a network failure that names the host alone", "[http_client][F-07]") {
  const auto bytes =
      GENERATE(as<std::string>{}, "", "garbage\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
  const scripted_server server([bytes](const std::string&, const auto& send) { return send(bytes) && false; });
  const auto client = must(make_http_client());
  const auto outcome = client(get(server.url("/?canary=secret")));
  CHECK(refusal_of(outcome) == errc::network);
  CHECK(outcome.error().message.find("secret") == std::string::npos);
  CHECK(outcome.error().message.find("127.0.0.1") != std::string::npos);
}

TEST_CASE("connections are reused, and a call leaves nothing to the next", "[http_client]") {
  std::string seen;
  scripted_server server([&seen](const std::string& request, const auto& send) {
    seen = request;
    return send(raw_answer("200 OK", "ok", "Set-Cookie: a=b\r\n"));
  });
  const auto client = must(make_http_client());
  http_client_request request = get(server.url("/"));
  request.method = "POST";
  request.body = "abc";
  request.headers = {{"Authorization", "Bearer secret"}};
  for (int i = 0; i < 3; ++i) must(client(request));
  must(client(get(server.url("/plain"))));
  CHECK(server.connections == 1);
  CHECK(server.requests == 4);
  CHECK(seen.starts_with("GET /plain HTTP/1.1\r\n"));
  CHECK(seen.find("secret") == std::string::npos);
  CHECK(seen.find("Cookie") == std::string::npos);
}

TEST_CASE("one client serves many threads", "[http_client]") {
  scripted_server server([](const std::string& request, const auto& send) {
    return send(raw_answer("200 OK", request.substr(4, request.find(' ', 4) - 4), "Connection: close\r\n")) && false;
  });
  const auto client = must(make_http_client());
  std::atomic<int> right{0};
  run_together(16, [&](int i) {
    const std::string path = "/" + std::to_string(i);
    if (told_by(client(get(server.url(path)))) == "200 " + path) ++right;
  });
  CHECK(right == 16);
}

TEST_CASE("a proxy of the environment is not asked for what is on this machine", "[http_client]") {
  const scripted_server server(always(raw_answer("200 OK", "direct")));
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  const auto client = must(make_http_client());
  const auto told = told_by(client(get(server.url("/"))));
  ::unsetenv("http_proxy");
  CHECK(told == "200 direct");
}

TEST_CASE("[NS-05] a server that goes away while it is written to ends the call, not the process",
          "[http_client][NS-05][F-07]") {
  const temporary_folder folder;
  const test_certificate certificate("IP:127.0.0.1");
  certificate.write(folder.file("ca.pem"));
  const scripted_server server(nullptr, certificate.context());
  const auto client = must(make_http_client({folder.file("ca.pem")}));
  http_client_request request = get(server.url("/"));
  request.method = "POST";
  request.body = std::string(8 * 1024 * 1024, 'x');
  CHECK(told_by(client(request)) == "ERR_LATCHKEY_NETWORK");
}

TEST_CASE("[NS-08] certificates are verified: authority, name and at least TLS 1.2", "[http_client][NS-08]") {
  const temporary_folder folder;
  const test_certificate certificate("IP:127.0.0.1");
  certificate.write(folder.file("ca.pem"));
  const auto trusting = must(make_http_client({folder.file("ca.pem")}));
  const scripted_server modern(always(raw_answer("200 OK", "safe")), certificate.context());
  const scripted_server old(always(raw_answer("200 OK", "old")), certificate.context(TLS1_1_VERSION));
  const scripted_server lowest(always(raw_answer("200 OK", "safe")), certificate.context(TLS1_2_VERSION));
  CHECK(told_by(trusting(get(modern.url("/")))) == "200 safe");
  CHECK(told_by(trusting(get(lowest.url("/")))) == "200 safe");
  CHECK(told_by(trusting(get(old.url("/")))) == "ERR_LATCHKEY_NETWORK");
  CHECK(told_by(trusting(get(modern.url("/", "localhost")))) == "ERR_LATCHKEY_NETWORK");
  CHECK(told_by(must(make_http_client())(get(modern.url("/")))) == "ERR_LATCHKEY_NETWORK");
  const auto absent = make_http_client({folder.file("none.pem")});
  REQUIRE_FALSE(absent.has_value());
  CHECK(absent.error().code == errc::configuration_invalid);
}

}  // namespace
}  // namespace latchkey::native
