// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/http/request_context.h"

#include <algorithm>
#include <iostream>

#include "http/resource_access.h"
#include "http/server_state.h"
#include "latchkey/native/waiting.h"
#include "latchkey/utf8.h"

namespace latchkey::native {
namespace {

constexpr std::size_t user_agent_max_bytes = 256;
// A fail-over or a restart takes seconds.
constexpr std::int64_t retry_after_unjudged_s = 2;

bool is_required(const auth_server_config& config, std::string_view action) {
  return std::any_of(config.required_audit_actions.begin(), config.required_audit_actions.end(),
                     [action](const action_pattern& pattern) { return pattern.matches(action); });
}

}  // namespace

audit_actor to_audit_actor(const http_request& request, const user* person) {
  audit_actor actor;
  actor.type = audit_actor_type::user;
  actor.id = person ? person->id : "anonymous";
  if (person && person->email) actor.email = *person->email;
  actor.ip = request.remote_address;
  const auto agent = request.header("User-Agent").substr(0, user_agent_max_bytes);
  if (is_well_formed_utf8(agent)) actor.user_agent = std::string(agent);
  return actor;
}

audit_actor to_caller_actor(const http_request& request, const caller* found) {
  audit_actor actor = to_audit_actor(request, found ? &found->person : nullptr);
  if (found && found->is_api_key) actor.type = audit_actor_type::apikey;
  return actor;
}

request_context::request_context(const server_state& state, const http_request& request, path_parameters parameters,
                                 std::string_view request_id, std::int64_t now_ms)
    : state_(state), request_(request), parameters_(std::move(parameters)), request_id_(request_id), now_ms_(now_ms) {}

std::string_view request_context::path_parameter(std::string_view name) const noexcept {
  for (const auto& [key, value] : parameters_) {
    if (key == name) return value;
  }
  return {};
}

http_result<body_values> request_context::body(std::span<const body_field> fields) const {
  return read_body(request_.body, fields);
}

result<const caller*> request_context::find_signed_in() {
  if (!caller_) {
    caller_ = find_caller(state_, request_, [this](std::string_view reason) { report(reason); });
  }
  if (!*caller_) return tl::unexpected<error>(caller_->error());
  const auto& found = **caller_;
  return found ? &*found : nullptr;
}

std::optional<http_error> request_context::unjudged() {
  const auto found = find_signed_in();
  if (found || found.error().field != unjudged_session) return std::nullopt;
  http_error refusal;
  refusal.code = errc::unavailable;
  refusal.retry_after_s = retry_after_unjudged_s;
  return refusal;
}

const caller* request_context::signed_in() {
  const auto found = find_signed_in();
  return found ? *found : nullptr;
}

result<void> request_context::load_access() {
  if (signed_in() == nullptr) return {};
  auto loaded = load_caller_access(state_, ***caller_);
  if (!loaded) report(loaded.error().message);
  return loaded;
}

result<bool> request_context::can_access(const acl_resource& resource, std::string_view action) {
  if (auto loaded = load_access(); !loaded) return fail(std::move(loaded));
  const caller* asking = signed_in();
  if (asking == nullptr) return false;
  return find_access_to(state_, *asking, resource, action);
}

result<accessible_resources> request_context::accessible(std::string_view type, std::string_view action) {
  if (auto loaded = load_access(); !loaded) return fail(std::move(loaded));
  const caller* asking = signed_in();
  if (asking == nullptr) return accessible_resources{};
  return list_accessible_to(state_, *asking, type, action);
}

result<std::vector<acl_resource>> request_context::filter_accessible(std::span<const acl_resource> resources,
                                                                     std::string_view action) {
  if (auto loaded = load_access(); !loaded) return fail(std::move(loaded));
  const caller* asking = signed_in();
  if (asking == nullptr) return std::vector<acl_resource>{};
  return filter_accessible_to(state_, *asking, resources, action);
}

void request_context::complete(audit_event& event) {
  if (event.actor.id.empty()) {
    const caller* found = signed_in();
    event.actor = to_caller_actor(request_, found);
    // Who sets the actor, or the session, knows which one the event is about.
    if (found && found->session && event.session_hash.empty()) {
      event.session_hash = session_handle(found->session->id).value_or(std::string());
    }
  }
  event.request_id = std::string(request_id_);
}

result<void> request_context::record(audit_logger* logger, audit_event event) {
  if (logger == nullptr) return {};
  if (auto allowed = may_wait(); !allowed) return allowed;
  complete(event);
  auto logged = call_provider([&] { return logger->log(event); });
  if (!logged) report("audit of " + event.action + ": " + logged.error().message);
  return logged;
}

result<void> request_context::audit(audit_event event) {
  if (!is_required(state_.config, event.action)) {
    audit_best_effort(std::move(event));
    return {};
  }
  if (record(state_.provider.audit.get(), std::move(event))) return {};
  return fail(errc::unavailable, "A required audit write failed.");
}

void request_context::audit_best_effort(audit_event event) {
  const auth_provider& provider = state_.provider;
  const auto& logger = provider.best_effort_audit ? provider.best_effort_audit : provider.audit;
  static_cast<void>(record(logger.get(), std::move(event)));
}

tl::unexpected<http_error> request_context::failed(const error& reason) {
  if (status_of(reason.code) >= 500) report(reason.message);
  return refuse(reason);
}

void request_context::report(std::string_view reason) const {
  report_failure(state_, {request_id_, request_.method, request_.path, reason});
}

void report_to_standard_error(const failure_report& failure) {
  std::string line = "latchkey: error request=";
  line.append(failure.request_id).append(" ").append(failure.method).append(" ").append(failure.path);
  line.append(": ").append(failure.reason);
  for (char& c : line) c = static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  std::cerr << line + "\n" << std::flush;
}

}  // namespace latchkey::native
