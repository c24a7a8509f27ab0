// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/http/operations.h"

#include <thread>

#include "http_support.h"
#include "latchkey/native/http/trace_context.h"

using namespace latchkey;
using namespace latchkey::native;
using namespace latchkey::native::testing;

namespace {

constexpr const char* token = "a token of some length";

http_request ask(std::string path, std::string method = "GET") {
  http_request request = world::request(std::move(method), std::move(path));
  return request;
}

std::shared_ptr<const operations> make_operations(operations_options options) {
  auto made = operations::make(std::move(options));
  REQUIRE(made.has_value());
  return std::move(*made);
}

}  // namespace

TEST_CASE("metrics are shown in the text format, sorted, with escaped labels", "[metrics]") {
  metrics_registry metrics;
  metrics.counter("b_total", "Second").add(2);
  metrics.counter("a_total", "First", {{"label", "a \"quoted\" \\ line\nbreak"}}).add();
  auto& histogram = metrics.histogram("c_seconds", "Third", {{"route", "/x"}});
  histogram.observe(std::chrono::microseconds(400));
  histogram.observe(std::chrono::milliseconds(30));
  histogram.observe(std::chrono::seconds(60));
  const std::string text = metrics.to_text();
  CHECK(
      text.starts_with("# HELP a_total First\n# TYPE a_total counter\n"
                       "a_total{label=\"a \\\"quoted\\\" \\\\ line\\nbreak\"} 1\n"
                       "# HELP b_total Second\n# TYPE b_total counter\nb_total 2\n"
                       "# HELP c_seconds Third\n# TYPE c_seconds histogram\n"
                       "c_seconds_bucket{route=\"/x\",le=\"0.0005\"} 1\n"));
  CHECK(contains(text, "c_seconds_bucket{route=\"/x\",le=\"0.05\"} 2\n"));
  CHECK(contains(text, "c_seconds_bucket{route=\"/x\",le=\"10\"} 2\nc_seconds_bucket{route=\"/x\",le=\"+Inf\"} 3\n"));
  CHECK(contains(text, "c_seconds_sum{route=\"/x\"} 60.0304\nc_seconds_count{route=\"/x\"} 3\n"));
}

TEST_CASE("metrics count from many threads, and the number of their series is bounded", "[metrics]") {
  metrics_registry metrics;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 1'000; ++n) metrics.counter("n_total", "Counted", {{"n", std::to_string(n % 10)}}).add();
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(metrics.counter("n_total", "Counted", {{"n", "3"}}).value() == 800);
  for (std::size_t n = 0; n < 2 * metrics_registry::max_series; ++n) {
    metrics.counter("many_total", "Too many", {{"n", std::to_string(n)}}).add();
  }
  CHECK(metrics.counter("many_total", "Too many", {{"n", "another"}}).value() > metrics_registry::max_series);
  CHECK(metrics.counter("n_total", "Counted", {{"n", "3"}}).value() == 800);
}

TEST_CASE("a traceparent is read as the recommendation says", "[trace]") {
  const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const std::string parent = "00f067aa0ba902b7";
  const auto found = parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  REQUIRE(found.has_value());
  CHECK(found->trace_id == trace);
  CHECK(found->parent_id == parent);
  CHECK(found->is_sampled);
  CHECK_FALSE(parse_traceparent("00-" + trace + "-" + parent + "-0a")->is_sampled);
  CHECK(parse_traceparent("cc-" + trace + "-" + parent + "-01").has_value());
  CHECK(parse_traceparent("cc-" + trace + "-" + parent + "-01-what-comes-later").has_value());
  for (const std::string& wrong :
       {std::string(), "00-" + trace + "-" + parent, "00-" + trace + "-" + parent + "-01-more",
        "ff-" + trace + "-" + parent + "-01", "cc-" + trace + "-" + parent + "-01.more",
        "00-" + std::string(32, '0') + "-" + parent + "-01", "00-" + trace + "-" + std::string(16, '0') + "-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + parent + "-01", "00-" + trace + "-" + parent + "-0g",
        "00_" + trace + "-" + parent + "-01", "0x-" + trace + "-" + parent + "-01",
        "00-" + trace.substr(1) + "--" + parent + "-01"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_traceparent(wrong).has_value());
  }
}

TEST_CASE("health and readiness answer anybody, and name only what failed", "[operations]") {
  bool is_up = true;
  operations_options options;
  options.checks.push_back({"store", [&]() -> result<void> {
                              if (is_up) return {};
                              return fail(errc::store_failed, "SELECT secret FROM /var/lib/store");
                            }});
  options.checks.push_back({"redis", [&]() -> result<void> {
                              if (!is_up) throw std::runtime_error("password of redis");
                              return {};
                            }});
  const auto watched = make_operations(std::move(options));
  CHECK(watched->handle(ask("/healthz")).body == "ok\n");
  const auto ready = watched->handle(ask("/readyz"));
  CHECK(ready.status == 200);
  CHECK(ready.body == "ok\n");
  CHECK(header_of(ready, "Cache-Control") == "no-store");
  is_up = false;
  const auto unready = watched->handle(ask("/readyz"));
  CHECK(unready.status == 503);
  CHECK(unready.body == "store failed\nredis failed\n");
  CHECK(watched->handle(ask("/healthz")).status == 200);
  CHECK(watched->handle(ask("/healthz", "HEAD")).body.empty());
  const auto posted = watched->handle(ask("/healthz", "POST"));
  CHECK(posted.status == 405);
  CHECK(header_of(posted, "Allow") == "GET, HEAD");
}

TEST_CASE("metrics need their token, which no proxy stands in for", "[operations]") {
  const auto metrics = std::make_shared<metrics_registry>();
  metrics->counter("n_total", "Counted").add();
  const auto status = [&](const operations& asked, const std::string& authorization, const std::string& peer) {
    http_request request = ask("/metrics");
    request.remote_address = peer;
    if (!authorization.empty()) request.headers.emplace_back("Authorization", authorization);
    return asked.handle(request).status;
  };
  const auto guarded = make_operations({{}, metrics, token, false});
  CHECK(status(*guarded, std::string("Bearer ") + token, "192.0.2.7") == 200);
  CHECK(status(*guarded, std::string("bearer ") + token, "192.0.2.7") == 200);
  CHECK(status(*guarded, "Bearer another token of a length", "127.0.0.1") == 404);
  CHECK(status(*guarded, std::string("Basic ") + token, "127.0.0.1") == 404);
  CHECK(status(*guarded, "", "127.0.0.1") == 404);
  // Without a token there are none, not even for an empty one.
  const auto closed = make_operations({{}, metrics, "", false});
  CHECK(status(*closed, "Bearer ", "127.0.0.1") == 404);
  CHECK(status(*closed, "", "127.0.0.1") == 404);
  const auto open = make_operations({{}, metrics, "", true});
  CHECK(status(*open, "", "127.0.0.1") == 200);
  CHECK(status(*open, "", "192.0.2.7") == 404);
  http_request rebound = ask("/metrics");
  rebound.remote_address = "127.0.0.1";
  rebound.headers.front().second = "rebound.example:4111";
  CHECK(open->handle(rebound).status == 404);
  rebound.headers.front().second = "localhost:4111";
  CHECK(open->handle(rebound).status == 200);
  CHECK_FALSE(operations::make({{}, metrics, "short", false}).has_value());
  CHECK_FALSE(operations::make({{{"store", nullptr}}, metrics, "", false}).has_value());
}

TEST_CASE("[HT-11] where clients come by https, all that operators ask says so too", "[operations][HT-11]") {
  for (const bool is_https : {false, true}) {
    operations_options options;
    options.is_https = is_https;
    const auto asked = make_operations(std::move(options));
    for (const char* path : {"/healthz", "/readyz", "/metrics"}) {
      CHECK(header_of(asked->handle(ask(path)), "Strict-Transport-Security").empty() != is_https);
    }
  }
}

TEST_CASE("requests are counted by route, never by what a client wrote", "[operations]") {
  world here;
  const auto metrics = std::make_shared<metrics_registry>();
  here.config.observe = count_requests(metrics);
  here.start();
  here.get("/api/auth/me", "viewer");
  here.get("/api/auth/roles/viewer/permissions", "viewer");
  here.get("/api/auth/roles/owner/permissions", "owner");
  here.get("/api/no/such/path");
  here.send(world::request("MADEUP", "/api/another"));
  const std::string text = metrics->to_text();
  CHECK(contains(text, R"(latchkey_http_requests_total{route="/auth/me",method="GET",status="200"} 1)"));
  CHECK(contains(text, R"({route="/auth/roles/:roleId/permissions",method="GET",status="403"} 1)"));
  CHECK(contains(text, R"({route="/auth/roles/:roleId/permissions",method="GET",status="200"} 1)"));
  CHECK(contains(text, R"({route="none",method="none",status="404"} 2)"));
  CHECK(contains(text, R"(latchkey_http_request_duration_seconds_count{route="/auth/me"} 1)"));
  CHECK_FALSE(contains(text, "MADEUP"));
  CHECK_FALSE(contains(text, "no/such"));
}

TEST_CASE("who observes requests gets their trace and can't disturb the answer", "[operations]") {
  world here;
  std::string trace = "unset";
  here.config.observe = [&](const request_observation& seen) {
    trace = seen.trace_id;
    throw std::runtime_error("the log is full");
  };
  here.start();
  http_request request = world::request("GET", "/api/auth/me");
  request.headers.emplace_back("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  CHECK(here.send(request).status == 200);
  CHECK(trace == "4bf92f3577b34da6a3ce929d0e0e4736");
  CHECK(here.get("/api/auth/me").status == 200);
  CHECK(trace.empty());
}

TEST_CASE("whoever observes is told the client, not the proxy before it", "[operations]") {
  world here;
  here.config.trusted_proxies = {"10.0.0.1"};
  std::string client;
  here.config.observe = [&](const request_observation& seen) { client = seen.remote_address; };
  here.start();
  http_request request = world::request("GET", "/api/auth/me");
  request.remote_address = "10.0.0.1";
  request.headers.emplace_back("X-Forwarded-For", "192.0.2.7");
  CHECK(here.send(request).status == 200);
  CHECK(client == "192.0.2.7");
}

TEST_CASE("events are counted once they are on record, and failed attempts apart", "[operations]") {
  world here;
  const auto metrics = std::make_shared<metrics_registry>();
  auth_provider provider = here.provider();
  provider.audit = count_events(here.audit, metrics);
  here.start(std::move(provider));
  here.post("/api/auth/login", sign_in_body);
  here.post("/api/auth/login", R"({"email":"member@example.com","password":"wrong"})");
  here.audit->how = mood::fails;
  CHECK(here.post("/api/auth/login", sign_in_body).status == 503);
  const std::string text = metrics->to_text();
  CHECK(contains(text, R"(latchkey_audit_events_total{action="auth.sign_in",outcome="success"} 1)"));
  CHECK(contains(text, R"(latchkey_audit_events_total{action="auth.sign_in",outcome="failure"} 1)"));
  CHECK(contains(text, R"(latchkey_audit_failures_total{action="auth.sign_in"} 1)"));
}
