// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/http/auth_server.h"

#include <algorithm>

#include "http/attempts.h"
#include "http/authorization.h"
#include "http/request_target.h"
#include "http/routes.h"
#include "http/text.h"
#include "latchkey/capabilities.h"
#include "latchkey/native/http/cors.h"
#include "latchkey/native/throttle/memory_throttle.h"

namespace latchkey::native {
namespace {

result<std::string> normal_prefix(std::string_view text) {
  std::string_view rest = trim(text);
  while (rest.starts_with('/')) rest.remove_prefix(1);
  while (rest.ends_with('/')) rest.remove_suffix(1);
  const bool is_plain = std::all_of(rest.begin(), rest.end(), [](char c) { return is_unreserved(c) || c == '/'; });
  if (!is_plain || rest.find("//") != std::string_view::npos) {
    return fail(errc::configuration_invalid, "api_prefix must look like /api.", "api_prefix");
  }
  return rest.empty() ? std::string{} : "/" + std::string(rest);
}

result<origin_policy> make_origins(const auth_server_config& config) {
  origin_policy policy;
  policy.loopback_only = config.loopback_only;
  if (!config.public_url.empty()) {
    std::string_view url = config.public_url;
    if (url.ends_with('/')) url.remove_suffix(1);
    auto own = parse_origin(url);
    if (!own) return fail(errc::configuration_invalid, "public_url: " + own.error().message, "public_url");
    policy.own_origin = std::move(*own);
  }
  for (const auto& text : config.trusted_origins) {
    auto trusted = parse_origin(text);
    if (!trusted)
      return fail(errc::configuration_invalid, "trusted_origins: " + trusted.error().message, "trusted_origins");
    policy.trusted_origins.push_back(std::move(*trusted));
  }
  return policy;
}

/** The exact callback address, from the operator's words alone (SO-19). */
result<std::string> callback_url(const auth_server_config& config, const origin_policy& origins) {
  const std::string& own = origins.own_origin;
  std::string url = config.sso.callback_url;
  if (url.empty() && !own.empty()) url = own + config.api_prefix + "/auth/sso/callback";
  if (url.starts_with("https://") || url.starts_with("http://")) return url;
  return fail(errc::configuration_invalid,
              "Single sign-on needs the address of its callback: set public_url, or callback_url.", "sso.callback_url");
}

result<void> set_up_sso(server_state& state) {
  if (!state.provider.sso) return {};
  sso_settings& settings = state.config.sso;
  if (!state.provider.sessions || !state.provider.users) {
    return fail(errc::no_session_provider, "Single sign-on is configured without a provider of sessions and users.");
  }
  if (!settings.keys) {
    return fail(errc::configuration_invalid, "Single sign-on needs the keys that seal its logins.", "sso.keys");
  }
  if (settings.login_page.empty() || safe_return_path(settings.login_page) != settings.login_page) {
    return fail(errc::configuration_invalid, "The login page is a path of this site, such as /login.",
                "sso.login_page");
  }
  auto url = callback_url(state.config, state.origins);
  if (!url) return fail(std::move(url));
  state.sso_callback_url = std::move(*url);
  state.logins.emplace(state.config.cookie, settings.keys);
  if (!settings.used_logins) settings.used_logins = make_memory_one_time_store();
  return {};
}

/** A session is sealed for one name of its cookie, so that it counts under no weaker one. */
result<void> check_cookie_name(const auth_provider& provider, const session_cookie_settings& cookie) {
  const std::string_view bound = provider.sessions ? provider.sessions->cookie_name() : std::string_view();
  if (bound.empty() || bound == cookie.name()) return {};
  return fail(errc::configuration_invalid,
              "The session provider seals for the cookie \"" + std::string(bound) + "\", but the server sets \"" +
                  cookie.name() + "\": give the provider `session_cookie_settings::name()` of the server's cookie.",
              "cookie");
}

result<void> check_parts(const auth_provider& provider, const auth_server_config& config) {
  if (provider.credentials && (!provider.sessions || !provider.users)) {
    return fail(errc::no_session_provider, "Credentials are configured without a provider of sessions and users.");
  }
  const request_limits& limits = config.limits;
  if (limits.uri_bytes == 0 || limits.header_bytes == 0 || limits.header_count == 0 || limits.body_bytes == 0) {
    return fail(errc::configuration_invalid, "A limit of 0 would refuse every request.", "limits");
  }
  if (!config.clock) return fail(errc::configuration_invalid, "The clock is missing.", "clock");
  if (auto line = clearing_cookie_line(config.cookie); !line) {
    return fail(errc::configuration_invalid, "The session cookie can't be set: " + line.error().message, "cookie");
  }
  if (auto checked = check_cookie_name(provider, config.cookie); !checked) return checked;
  if (auto checked = check_throttle_limits(config.throttling); !checked) return checked;
  provider_facts facts;
  facts.rbac = provider.rbac != nullptr;
  facts.acl = provider.acl != nullptr;
  const license_gate license = config.find_license ? config.find_license() : config.license;
  return check_licensed(facts, license, config.clock());
}

}  // namespace

std::vector<std::string> auth_server_config::default_permission_vocabulary() {
  std::vector<std::string> patterns;
  for (const std::string name : {"agents", "workflows", "tools", "mcp", "processors", "scores", "datasets", "logs",
                                 "observability", "workspaces", "stored-prompt-blocks"}) {
    for (const char* action : {":read", ":write", ":execute"}) patterns.push_back(name + action);
  }
  return patterns;
}

result<std::unique_ptr<auth_server>> auth_server::create(auth_provider provider, auth_server_config config) {
  auto prefix = normal_prefix(config.api_prefix);
  if (!prefix) return fail(std::move(prefix));
  config.api_prefix = std::move(*prefix);
  auto origins = make_origins(config);
  if (!origins) return fail(std::move(origins));
  if (auto checked = check_parts(provider, config); !checked) return fail(std::move(checked));
  auto proxies = trusted_proxies::make(config.trusted_proxies);
  if (!proxies) return fail(std::move(proxies));
  if (provider.throttling == nullptr) {
    auto counted = memory_throttle::make();
    if (!counted) return fail(std::move(counted));
    provider.throttling = std::move(*counted);
  }

  auto state = std::make_unique<server_state>();
  state->provider = std::move(provider);
  state->config = std::move(config);
  state->proxies = std::move(*proxies);
  state->origins = std::move(*origins);
  if (auto ready = set_up_sso(*state); !ready) return fail(std::move(ready));
  for (auto* add : {
           add_auth_routes,
           add_credential_routes,
           add_password_reset_routes,
           add_session_routes,
           add_role_routes,
           add_audit_routes,
           add_session_list_routes,
           add_role_manager_routes,
           add_acl_routes,
           add_sso_routes,
           add_openapi_routes,
       }) {
    if (auto added = add(*state); !added) return fail(std::move(added));
  }
  return std::unique_ptr<auth_server>(new auth_server(std::move(state)));
}

auth_server::auth_server(std::unique_ptr<server_state> state) : state_(std::move(state)) {}
auth_server::~auth_server() = default;

result<void> auth_server::add_route(route added) {
  if (state_->is_in_use.load(std::memory_order_relaxed)) {
    return fail(errc::configuration_invalid,
                added.method + " " + added.pattern + ": routes are added before the first request.", added.pattern);
  }
  std::vector<std::string> patterns = added.aliases;
  patterns.push_back(added.pattern);
  for (const auto& pattern : patterns) {
    if (api_prefix().empty() || !owns(pattern)) continue;
    const std::string below = pattern.substr(api_prefix().size());
    return fail(errc::configuration_invalid,
                added.method + " " + pattern + " repeats the prefix " + api_prefix() +
                    ", below which every route is; write " + (below.empty() ? "a path below it" : below) + ".",
                pattern);
  }
  auto resolved = resolve_guard(added.guard, added.method, added.pattern);
  if (!resolved) return fail(std::move(resolved));
  added.guard = std::move(*resolved);
  if (auto decidable = check_decidable(*state_, added); !decidable) return decidable;
  added.recording = resolve_recording(added);
  return state_->routes.add(std::move(added));
}

bool auth_server::owns(std::string_view path) const noexcept {
  const std::string_view prefix = state_->config.api_prefix;
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

std::vector<const route*> auth_server::routes() const { return state_->routes.routes(); }

std::string auth_server::client_of(const http_request& request) const {
  return client_network(state_->proxies.client_of(request));
}

std::string auth_server::share_of(std::string_view peer_address) const {
  const auto peer = parse_ip_address(peer_address);
  return peer && state_->proxies.contains(*peer) ? std::string() : client_network(peer_address);
}

std::optional<errc> auth_server::resolve_target(http_request& request) const {
  return resolve_absolute_target(state_->origins, request);
}

void auth_server::add_cors(const http_request& request, http_response& response) const {
  const bool is_preflight = request.method == "OPTIONS" && response.status == 204;
  if (is_preflight && !response.has_header("Access-Control-Allow-Methods")) {
    for (const auto& [name, value] : response.headers) {
      if (!equals_ignoring_case(name, "Allow")) continue;
      http_response allowed = preflight_response(state_->origins, request, value);
      for (auto& [key, text] : allowed.headers) response.set_header(key, std::move(text));
      break;
    }
  }
  add_cors_headers(state_->origins, request, response);
}

const request_limits& auth_server::limits() const noexcept { return state_->config.limits; }

const std::string& auth_server::api_prefix() const noexcept { return state_->config.api_prefix; }

}  // namespace latchkey::native
