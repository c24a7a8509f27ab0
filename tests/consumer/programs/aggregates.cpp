// SPDX-License-Identifier: Apache-2.0
// A program that fills in every public struct by name and leaves out what may be left out. It is compiled with all warnings
// as errors and never run.
#include <latchkey/acl.h>
#include <latchkey/audit.h>
#include <latchkey/capabilities.h>
#include <latchkey/cookie.h>
#include <latchkey/cookie_jar.h>
#include <latchkey/license.h>
#include <latchkey/native/audit/console_audit_logger.h>
#include <latchkey/native/audit/memory_audit_store.h>
#include <latchkey/native/audit/queued_audit_logger.h>
#include <latchkey/native/composite_auth.h>
#include <latchkey/native/credentials/hash_gate.h>
#include <latchkey/native/crypto/scrypt.h>
#include <latchkey/native/http/auth_server.h>
#include <latchkey/native/http/health_watch.h>
#include <latchkey/native/http/login_cookies.h>
#include <latchkey/native/http/operations.h>
#include <latchkey/native/http/origin_check.h>
#include <latchkey/native/http/trace_context.h>
#include <latchkey/native/license/license_source.h>
#include <latchkey/native/mail/smtp_mailer.h>
#include <latchkey/native/net/http_client.h>
#include <latchkey/native/providers/jwt_auth.h>
#include <latchkey/native/providers/simple_auth.h>
#include <latchkey/native/rbac/static_rbac.h>
#include <latchkey/native/redis/redis_session_provider.h>
#include <latchkey/native/redis/redis_throttle.h>
#include <latchkey/native/server/http_host.h>
#include <latchkey/native/sessions/cookie_session_provider.h>
#include <latchkey/native/sessions/memory_session_provider.h>
#include <latchkey/native/sql/migrations.h>
#include <latchkey/native/sql/sqlite_database.h>
#include <latchkey/native/sqlite_provider.h>
#include <latchkey/native/throttle/memory_throttle.h>
#include <latchkey/session_token.h>
#include <latchkey/sso.h>
#include <latchkey/utf8.h>

#include <array>

using namespace latchkey;
using namespace latchkey::native;

template <class... Values>
void take(const Values&...) {}

void fill_core(const grant_set& grants, std::span<const std::uint8_t, 20> bytes,
               std::span<const std::uint8_t, 32> verifier) {
  take(acl_subject{.id = "ada"}, acl_resource{.type = "reports", .id = "1"}, acl_caller{.role_grants = grants});
  take(acl_grant{.subject = {.id = "ada"}, .resource = {.type = "reports"}, .actions = {"read"}});
  take(accessible_resources{.ids = {"1"}}, audit_actor{.id = "ada"}, audit_resource{.type = "reports", .id = "1"});
  take(audit_event{.action = "reports:read"}, audit_filter{.actor_id = "ada"}, action_pattern{.text = "auth."});
  take(sso_login{.provider = "github"}, provider_facts{.user = true}, user{.id = "ada"},
       latchkey::access{.roles = {"owner"}});
  take(capability_facts{.signed_in = user{.id = "ada"}}, cookie_attributes{.max_age_seconds = 60});
  take(received_cookie{.name = "a"}, cookie_origin{.host = "localhost"}, error{.code = errc::not_found});
  take(error_code_entry{.code = errc::not_found, .text = "NOT_FOUND", .sentence = "Not found"});
  take(license_info{.valid = true}, license_rules{.accepted = {}}, signed_license{.message = "a"});
  take(license_lease{.granted_at_ms = 1}, license_gate{.exempt = true}, parsed_permission{.parts = 1});
  take(role_grant{.grant = "*"}, explanation{.allowed = true}, role_definition{.id = "a", .permissions = {"a:b"}});
  take(session{.id = "1"}, session_lifetimes{.idle_ms = 1}, session_token{.version = 1});
  take(login_randomness{.state = bytes, .nonce = bytes, .verifier = verifier}, login_transaction{.state = "a"});
  take(authorization_request{.endpoint = "https://a.example", .client_id = "a", .redirect_uri = "https://b.example"});
  take(throttle_rule{.burst = 1}, throttle_decision{.is_allowed = true}, utf8_character{.length = 1});
}

void fill_http() {
  take(failure_report{.reason = "a"}, request_observation{.status = 200}, sso_settings{.login_page = "/login"});
  take(auth_server_config{.public_url = "https://a.example"}, body_field{.name = "a"}, field_issue{.field = "a"});
  take(http_error{.code = errc::not_found}, route_guard{.permissions = {"a:b"}}, carried_logins{.names = {"a"}});
  take(http_request{.method = "GET", .path = "/"}, http_response{.status = 204});
  take(readiness_check{.name = "a", .check = {}}, operations_options{.metrics_token = "a"});
  take(origin_policy{.own_origin = "https://a.example"}, request_limits{.uri_bytes = 1}, route_match{.allowed = "GET"});
  take(route{.method = "GET", .pattern = "/a", .handler = {}}, session_cookie_settings{.secure = false});
  take(throttle_limits{.sign_in_by_client = {.burst = 1}}, trace_context{.is_sampled = true});
  take(http_client_limits{.max_response_bytes = 1}, http_client_request{.url = "https://a.example"});
  take(http_client_response{.status = 200}, http_client_options{.max_idle_handles = 1});
  take(http_host_options{.port = 0}, http_host_handler{.handle = {}, .work_of = {}});
}

void fill_stores() {
  take(sql_acl_options{.cached_types = 1}, audit_paging{.limit = 1}, audit_page{.total = 1});
  take(console_audit_options{.is_json = true}, queued_audit_options{.capacity = 1});
  take(account{.is_disabled = true}, stored_credential{.user_id = "ada"}, new_account{.email = "ada@example.com"});
  take(sql_accounts_options{.default_role = "viewer"}, sql_rbac_options{.mapping = {}}, sql_parts{.store = {}});
  take(sql_parts_options{.acl = {}}, sqlite_options{.path = ":memory:"}, migration{.name = "a", .statements = {}});
  take(redis_options{.url = "redis://127.0.0.1"}, redis_store_options{.prefix = "a"},
       redis_session_options{.store = {}});
  take(redis_throttle_options{.prefix = "a"}, memory_throttle_options{.max_keys = 1});
  take(sqlite_provider_options{.default_role = "viewer"}, sqlite_provider{.provider = {}});
}

void fill_providers() {
  take(auth_provider{.name = "own"}, composite_auth_options{.name = "both"}, static_rbac_options{.mapping = {}});
  take(jwt_auth_options{.issuer = "https://a.example", .jwks_url = "https://a.example/jwks"});
  take(simple_auth_options{.name = "own"}, authenticated_user{.provider = "own"},
       carried_tokens{.explicit_tokens = {}});
  take(login_button{.provider = "github"}, sso_callback{.code = "a"}, sso_tokens{.access_token = "a"});
  take(sso_login_result{.person = {.id = "ada"}}, mail_message{.to = "a@example.com", .subject = "a", .text = "b"});
  take(smtp_options{.url = "smtps://a.example", .from = "a@example.com"}, scrypt_cost{.n = 1024});
  take(password_reset_options{.page_url = "https://a.example"}, credentials_options{.is_sign_up_enabled = false});
  take(password_hashing{.log2_n = 17}, password_policy{.min_characters = 8}, password_context{.email = "a"});
  take(cookie_session_options{.cookie_name = "a"}, memory_session_options{.lifetimes = {}}, renewal{.session = {}});
  take(opened_session{.renewal_due = true}, issued_session{.cookie_value = "a"}, refreshed_session{.issued = {}});
  take(ended_session{.was_reused = true}, session_origin{.ip = "127.0.0.1"}, listed_session{.handle = "a"});
  take(found_session{.is_live = true}, memory_store_limits{.max_sessions = 1}, stored_session_options{.lifetimes = {}});
  take(purpose_key{.key = {}}, hash_gate::limits{}, password_match{.is_right = true});
  take(license_source_options{.exempt = true}, capability_flags{.user = true},
       sql_revocation_options{.max_sessions_per_user = 16});
}

void fill_what_runs(const session& ended, const http_request& request) {
  take(shed_load{.requests = 1}, health_watch_options{.interval = std::chrono::seconds(1)},
       call_outcome{.status = 204});
  take(audit_position{.sequence = 1}, memory_audit_options{.capacity = 1});
  take(ending_session{.user_id = "ada", .session = ended, .return_url = "/", .request = request});
}

int main() {
  const std::array<std::uint8_t, 20> bytes{};
  const std::array<std::uint8_t, 32> verifier{};
  const auto grants = grant_set::compile(std::vector<std::string>{});
  if (!grants) return 1;
  fill_core(*grants, bytes, verifier);
  fill_http();
  fill_stores();
  fill_providers();
  fill_what_runs({}, {});
}
