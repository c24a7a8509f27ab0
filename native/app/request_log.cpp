// SPDX-License-Identifier: Apache-2.0
#include "request_log.h"

#include "log.h"

namespace latchkey::app {
namespace {

std::int64_t to_microseconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
}

void log_request_as_json(const native::request_observation& seen) {
  json_object line = begin_log_object("info", "request");
  line.emplace_back("requestId", std::string(seen.request_id));
  if (!seen.trace_id.empty()) line.emplace_back("traceId", std::string(seen.trace_id));
  line.emplace_back("method", std::string(seen.method));
  line.emplace_back("route", std::string(seen.route.empty() ? "none" : seen.route));
  line.emplace_back("status", std::int64_t{seen.status});
  line.emplace_back("durationUs", to_microseconds(seen.duration));
  line.emplace_back("client", std::string(seen.remote_address));
  log_object(std::move(line));
}

void log_request_as_text(const native::request_observation& seen) {
  std::string line = "latchkey: request=" + std::string(seen.request_id);
  if (!seen.trace_id.empty()) line += " trace=" + std::string(seen.trace_id);
  line += " " + std::string(seen.method) + " " + std::string(seen.route.empty() ? "none" : seen.route);
  log_line(line + " " + std::to_string(seen.status) + " " + std::to_string(to_microseconds(seen.duration)) + "us");
}

}  // namespace

std::function<void(const native::request_observation&)> make_request_log(const log_settings& log) {
  if (!log.has_requests) return {};
  return log.format == log_format::json ? log_request_as_json : log_request_as_text;
}

std::function<void(const native::failure_report&)> make_failure_log(const log_settings& log) {
  if (log.format == log_format::json) {
    return [](const native::failure_report& failed) {
      json_object line = begin_log_object("error", "failure");
      line.emplace_back("requestId", std::string(failed.request_id));
      line.emplace_back("method", std::string(failed.method));
      line.emplace_back("path", std::string(failed.path));
      line.emplace_back("reason", std::string(failed.reason));
      log_object(std::move(line));
    };
  }
  return [](const native::failure_report& failed) {
    log_line("latchkey: error request=" + std::string(failed.request_id) + " " + std::string(failed.method) + " " +
             std::string(failed.path) + ": " + std::string(failed.reason));
  };
}

}  // namespace latchkey::app
