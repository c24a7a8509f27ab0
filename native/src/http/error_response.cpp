// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/http/error_response.h"

#include <algorithm>

namespace latchkey::native {
namespace {

struct error_row {
  errc code;
  int status;
  std::string_view sentence;
};

// The one table of documented answers. A code that is missing here is an internal failure to a client.
constexpr error_row rows[] = {
    {errc::request_invalid, 400, "Invalid request"},
    {errc::sign_up_failed, 400, "Failed to create account"},
    {errc::reset_token_invalid, 400, "This link is invalid or was used before; ask for a new one"},
    {errc::unauthenticated, 401, "Invalid or expired token"},
    {errc::credentials_invalid, 401, "Invalid email or password"},
    {errc::no_session, 401, "No session"},
    {errc::session_expired, 401, "Session expired"},
    {errc::forbidden, 403, "Forbidden"},
    {errc::origin_refused, 403, "Forbidden"},
    {errc::sign_up_disabled, 403, "Sign-up is disabled"},
    {errc::license_required, 403, "This server has no license for this feature"},
    {errc::not_found, 404, "Not found"},
    {errc::not_configured, 404, "Not configured"},
    {errc::method_not_allowed, 405, "Method not allowed"},
    {errc::last_owner, 409, "This is the last owner"},
    {errc::body_too_large, 413, "Request body too large"},
    {errc::uri_too_long, 414, "Request target too long"},
    {errc::content_type, 415, "Content-Type must be application/json"},
    {errc::throttled, 429, "Too many attempts"},
    {errc::headers_too_large, 431, "Request headers too large"},
    {errc::internal, 500, "Internal server error"},
    {errc::no_audit_store, 503, "Audit log not configured"},
    {errc::unavailable, 503, "Service unavailable"},
};

const error_row* find_row(errc code) noexcept {
  const auto* row = std::find_if(std::begin(rows), std::end(rows), [code](const auto& r) { return r.code == code; });
  return row == std::end(rows) ? nullptr : row;
}

// What a client is told in place of a failure that concerns only the operator.
errc outward(errc code) noexcept {
  if (code == errc::store_failed) return errc::unavailable;
  if (code == errc::cookie_header_too_large) return errc::headers_too_large;
  return find_row(code) ? code : errc::internal;
}

tl::unexpected<http_error> refuse_request(std::string sentence, std::vector<field_issue> issues) {
  return tl::unexpected<http_error>({errc::request_invalid, std::move(sentence), {}, std::move(issues)});
}

}  // namespace

tl::unexpected<http_error> refuse(errc code, std::string sentence, std::string message) {
  return tl::unexpected<http_error>({code, std::move(sentence), std::move(message), {}});
}

tl::unexpected<http_error> refuse_body(std::vector<field_issue> issues) {
  return refuse_request("Invalid request body", std::move(issues));
}

tl::unexpected<http_error> refuse_query(std::vector<field_issue> issues) {
  return refuse_request("Invalid query parameters", std::move(issues));
}

tl::unexpected<http_error> refuse_path(std::vector<field_issue> issues) {
  return refuse_request("Invalid path parameters", std::move(issues));
}

tl::unexpected<http_error> refuse(const error& failed) { return refuse(outward(failed.code)); }

int status_of(errc code) noexcept { return find_row(outward(code))->status; }

http_response error_response(const http_error& refusal, std::string_view request_id) {
  const errc code = outward(refusal.code);
  json_object body;
  body.emplace_back("error",
                    refusal.sentence.empty() ? json_value(find_row(code)->sentence) : json_value(refusal.sentence));
  body.emplace_back("code", to_string(code));
  if (!refusal.message.empty()) body.emplace_back("message", refusal.message);
  if (!refusal.issues.empty()) {
    json_array issues;
    for (const auto& issue : refusal.issues) {
      issues.emplace_back(json_object{{"field", issue.field}, {"message", issue.message}});
    }
    body.emplace_back("issues", std::move(issues));
  }
  body.emplace_back("requestId", request_id);
  http_response response = json_response(status_of(code), json_value(std::move(body)));
  if (refusal.retry_after_s > 0) response.add_header("Retry-After", std::to_string(refusal.retry_after_s));
  return response;
}

}  // namespace latchkey::native
