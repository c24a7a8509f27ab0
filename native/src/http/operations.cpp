// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/http/operations.h"

#include "http/bearer_token.h"
#include "http/client_address.h"
#include "http/refusal.h"
#include "http/server_state.h"
#include "latchkey/native/crypto/constant_time.h"
#include "latchkey/native/http/origin_check.h"
#include "latchkey/native/http/security_headers.h"

namespace latchkey::native {
namespace {

constexpr std::string_view health_path = "/healthz";
constexpr std::string_view readiness_path = "/readyz";
constexpr std::string_view metrics_path = "/metrics";
constexpr std::size_t token_min_bytes = 16;
// Actions and codes are the program's own words; what a host adds to them is bounded by the registry.
constexpr std::string_view unknown_route = "none";

http_response text_response(int status, std::string body, std::string type = "text/plain; charset=utf-8") {
  http_response response;
  response.status = status;
  response.body = std::move(body);
  response.add_header("Content-Type", std::move(type));
  response.add_header("Cache-Control", "no-store");
  return response;
}

bool is_loopback_peer(std::string_view text) {
  const auto address = parse_ip_address(text);
  return address && address->is_loopback();
}

class counting_logger final : public audit_logger {
 public:
  counting_logger(std::shared_ptr<audit_logger> next, std::shared_ptr<metrics_registry> metrics)
      : next_(std::move(next)), metrics_(std::move(metrics)) {}

  result<void> log(const audit_event& event) override {
    auto logged = next_->log(event);
    count(event, logged);
    return logged;
  }

  std::vector<result<void>> log_all(std::span<const audit_event> events) override {
    auto answers = next_->log_all(events);
    for (std::size_t i = 0; i < events.size() && i < answers.size(); ++i) count(events[i], answers[i]);
    return answers;
  }

 private:
  // A queue hands over again what could not be recorded, so that only what was recorded is counted as an event.
  void count(const audit_event& event, const result<void>& logged) const {
    if (logged) {
      metrics_
          ->counter("latchkey_audit_events_total", "Audit events on record by action and outcome",
                    {{"action", event.action}, {"outcome", to_string(event.outcome)}})
          .add();
      return;
    }
    metrics_
        ->counter("latchkey_audit_failures_total", "Attempts to record an audit event that failed, by action",
                  {{"action", event.action}})
        .add();
  }

  std::shared_ptr<audit_logger> next_;
  std::shared_ptr<metrics_registry> metrics_;
};

}  // namespace

result<std::shared_ptr<const operations>> operations::make(operations_options options) {
  if (!options.metrics_token.empty() && options.metrics_token.size() < token_min_bytes) {
    return fail(errc::configuration_invalid, "The token for /metrics must have at least 16 characters.",
                "metrics_token");
  }
  for (const auto& check : options.checks) {
    if (!check.check)
      return fail(errc::configuration_invalid, "The check " + check.name + " has no function.", "checks");
  }
  return std::shared_ptr<const operations>(new operations(std::move(options)));
}

bool operations::owns(std::string_view path) noexcept {
  return path == health_path || path == readiness_path || path == metrics_path;
}

http_response operations::readiness() const {
  std::string failed;
  for (const auto& one : options_.checks) {
    if (!call_provider([&] { return one.check(); })) failed += one.name + " failed\n";
  }
  return failed.empty() ? text_response(200, "ok\n") : text_response(503, std::move(failed));
}

bool operations::may_read_metrics(const http_request& request) const {
  if (!options_.metrics) return false;
  origin_policy here;
  here.loopback_only = true;
  const bool is_from_here = is_loopback_peer(request.remote_address) && is_host_allowed(here, request);
  if (options_.has_open_metrics && is_from_here) return true;
  return !options_.metrics_token.empty() && is_equal_constant_time(bearer_token(request), options_.metrics_token);
}

http_response operations::handle(const http_request& request) const {
  const bool is_read = request.method == "GET" || request.method == "HEAD";
  const bool is_https = options_.is_https || request.is_https;
  http_response response;
  if (!is_read) {
    response = refusal_response(errc::method_not_allowed, is_https);
    response.add_header("Allow", "GET, HEAD");
  } else if (request.path == health_path) {
    response = text_response(200, "ok\n");
    // By which `latchkey doctor` knows a server of its own from another program on the port.
    response.add_header("X-Latchkey", "health");
  } else if (request.path == readiness_path) {
    response = readiness();
  } else if (request.path == metrics_path && may_read_metrics(request)) {
    response = text_response(200, options_.metrics->to_text(), "text/plain; version=0.0.4; charset=utf-8");
  } else {
    response = refusal_response(errc::not_found, is_https);
  }
  if (request.method == "HEAD") drop_body(response);
  add_api_headers(response, is_https);
  return response;
}

std::function<void(const request_observation&)> count_requests(std::shared_ptr<metrics_registry> metrics) {
  return [metrics = std::move(metrics)](const request_observation& seen) {
    const std::string_view route = seen.route.empty() ? unknown_route : seen.route;
    // Whatever method a client makes up is one series.
    const std::string_view method = seen.route.empty() ? unknown_route : seen.method;
    metrics
        ->counter("latchkey_http_requests_total", "Requests by route, method and status",
                  {{"route", route}, {"method", method}, {"status", std::to_string(seen.status)}})
        .add();
    metrics
        ->histogram("latchkey_http_request_duration_seconds", "Time from a request to its answer, by route",
                    {{"route", route}})
        .observe(seen.duration);
  };
}

std::shared_ptr<queued_audit_logger> count_queue(std::shared_ptr<audit_logger> records, queued_audit_options options,
                                                 const std::shared_ptr<metrics_registry>& metrics) {
  auto& dropped =
      metrics->counter("latchkey_audit_dropped_total", "Audit events that were lost before they were on record");
  options.on_drop = [metrics, &dropped, next = std::move(options.on_drop)](std::size_t count) {
    dropped.add(count);
    if (next) next(count);
  };
  auto queue = std::make_shared<queued_audit_logger>(std::move(records), std::move(options));
  metrics->gauge("latchkey_audit_queue_events", "Audit events that wait to be recorded",
                 [watched = std::weak_ptr(queue)]() -> std::uint64_t {
                   const auto live = watched.lock();
                   return live ? live->waiting() : 0;
                 });
  return queue;
}

std::shared_ptr<audit_logger> count_events(std::shared_ptr<audit_logger> logger,
                                           std::shared_ptr<metrics_registry> metrics) {
  return std::make_shared<counting_logger>(std::move(logger), std::move(metrics));
}

}  // namespace latchkey::native
