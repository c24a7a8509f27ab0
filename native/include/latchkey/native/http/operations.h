// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_HTTP_OPERATIONS_H_
#define LATCHKEY_NATIVE_HTTP_OPERATIONS_H_

/**
 * What those who run a server ask it: `GET /healthz` (the process answers), `GET /readyz` (what it depends on answers) and
 * `GET /metrics` (Prometheus). The first two say nothing but `ok` or the names of what failed, so anybody may ask. Metrics
 * tell how much a server is used: they need a token, and without one there are none.
 */

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "latchkey/native/audit/queued_audit_logger.h"
#include "latchkey/native/http/auth_server.h"
#include "latchkey/native/metrics/metrics.h"

namespace latchkey::native {

/** Something that a server can't work without. */
struct readiness_check {
  /** Shown to anybody: `store`, `redis`. */
  std::string name;
  std::function<result<void>()> check;
};

struct operations_options {
  std::vector<readiness_check> checks = {};
  std::shared_ptr<const metrics_registry> metrics = {};
  /** What `Authorization: Bearer` must carry for /metrics; at least 16 bytes. Empty: there is no /metrics. */
  std::string metrics_token = {};
  /** For development: /metrics for connections from this machine to a loopback name, without a token. */
  bool has_open_metrics = false;
  /** Whether clients reach the server by https, whatever the connection to a proxy is: adds Strict-Transport-Security. */
  bool is_https = false;
};

/** Immutable; may be used by several threads at once. */
class operations {
 public:
  /** `configuration_invalid` for a token that is too short, or a check without a function. */
  [[nodiscard]] static result<std::shared_ptr<const operations>> make(operations_options options);

  /** Whether the path is one of the three; `handle` may then wait for the checks. */
  [[nodiscard]] static bool owns(std::string_view path) noexcept;

  /** The answer to a request for one of the three paths, with the headers of all answers. */
  [[nodiscard]] http_response handle(const http_request& request) const;

 private:
  explicit operations(operations_options options) : options_(std::move(options)) {}
  [[nodiscard]] http_response readiness() const;
  [[nodiscard]] bool may_read_metrics(const http_request& request) const;

  const operations_options options_;
};

/** Counts requests by route, method and status, and their durations; for `auth_server_config::observe`. */
[[nodiscard]] std::function<void(const request_observation&)> count_requests(std::shared_ptr<metrics_registry> metrics);

/**
 * Hands events on, and counts those that are on record by action and outcome and the attempts that failed by action:
 * wrong passwords, sessions that were renewed twice, a store that is down.
 */
[[nodiscard]] std::shared_ptr<audit_logger> count_events(std::shared_ptr<audit_logger> logger,
                                                         std::shared_ptr<metrics_registry> metrics);

/**
 * A queue before these records, with how many wait in it and how many were lost among the metrics. `options.on_drop`, if
 * any, is still called.
 */
[[nodiscard]] std::shared_ptr<queued_audit_logger> count_queue(std::shared_ptr<audit_logger> records,
                                                               queued_audit_options options,
                                                               const std::shared_ptr<metrics_registry>& metrics);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_HTTP_OPERATIONS_H_
