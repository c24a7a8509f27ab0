// SPDX-License-Identifier: Apache-2.0
#include "server_config.h"

#include <array>

#include "environment.h"
#include "latchkey/cookie_jar.h"
#include "latchkey/native/http/origin_check.h"
#include "request_log.h"
#include "setting_value.h"

namespace latchkey::app {
namespace {

/** Plain http is for this machine alone: on any other way the session could be read by whoever carries it. */
result<void> check_public_url(const server_settings& server) {
  if (server.public_url.empty()) return {};
  const auto origin = native::parse_origin(public_origin(server));
  if (!origin) {
    return fail(errc::configuration_invalid, "server.public_url: " + origin.error().message, "server.public_url");
  }
  constexpr std::string_view plain = "http://";
  if (!origin->starts_with(plain) || native::is_loopback_host(std::string_view(*origin).substr(plain.size())))
    return {};
  return fail(errc::configuration_invalid,
              "server.public_url is " + *origin +
                  ", but plain http is for loopback names alone: anyone on the way could read the sessions. Put https "
                  "in front of the server and set server.public_url (LATCHKEY_PUBLIC_URL) to that https:// address.",
              "server.public_url");
}

/** Every client is this machine, and tests of an application make many accounts: only accounts are protected. */
native::throttle_limits development_limits() {
  native::throttle_limits limits;
  for (auto* rule : {&limits.sign_in_by_client, &limits.sign_up_by_client, &limits.reset_request_by_client,
                     &limits.reset_by_client, &limits.sso_login_by_client, &limits.sso_callback_by_client}) {
    *rule = {1, 10'000};
  }
  return limits;
}

}  // namespace

std::string public_origin(const server_settings& server) {
  std::string origin = server.public_url;
  if (origin.ends_with('/')) origin.pop_back();
  return origin;
}

bool is_loopback(const std::string& host) { return host == "::1" || native::is_loopback_host(host); }

result<void> check_server(const server_settings& server) {
  if (server.is_development && !is_loopback(server.host)) {
    return fail(errc::configuration_invalid,
                "--dev serves this machine only: --host must be 127.0.0.1, ::1 or localhost, not " + server.host + ".",
                "server.host");
  }
  if (server.api_prefix.find_first_not_of("/ \t") == std::string::npos) {
    return fail(errc::configuration_invalid,
                "server.api_prefix must leave room for the studio and /healthz: choose a path such as /api.",
                "server.api_prefix");
  }
  return check_public_url(server);
}

result<void> check_cookie_domain(const settings& all) {
  const std::string& domain = all.session.cookie_domain;
  if (domain.empty()) return {};
  constexpr std::string_view secure = "https://";
  const auto own = native::parse_origin(public_origin(all.server));
  std::string_view host = own && own->starts_with(secure) ? std::string_view(*own).substr(secure.size()) : "";
  host = host.substr(0, host.find(':'));
  // A browser drops a cookie for a domain that its server does not belong to, and everybody would stay signed out.
  const bool has_dot_inside = domain.find('.') != std::string::npos && !domain.starts_with('.');
  if (has_dot_inside && cookie_domain_matches(host, domain)) return {};
  return fail(
      errc::configuration_invalid,
      "session.cookie_domain must be the host of server.public_url or a domain above it, such as \"example.com\" "
      "for https://studio.example.com, not \"" +
          domain + "\". Leave it empty to keep sessions to the server's own host.",
      "session.cookie_domain");
}

result<void> check_default_role(const settings& all, std::span<const role_definition> definitions) {
  const std::string& role = all.roles.default_role;
  if (role.empty() || find_role(definitions, role) != nullptr) return {};
  std::string known;
  for (const auto& definition : definitions) known += (known.empty() ? "" : ", ") + definition.id;
  return fail(errc::configuration_invalid, "roles.default_role is \"" + role + "\", but there are only " + known + ".",
              "roles.default_role");
}

namespace {

/** How many leading bits of a CIDR block are fixed; all of them for an address alone. */
std::int64_t fixed_bits(std::string_view block) {
  const auto slash = block.find('/');
  const auto bits = slash == std::string_view::npos ? std::nullopt : to_integer(std::string(block.substr(slash + 1)));
  return bits.value_or(128);
}

/** Where https ends before the server, browsers name an origin that the server does not know for its own. */
void add_address_risk(const settings& all, std::vector<std::string>& risks) {
  if (all.server.is_development || !all.server.public_url.empty()) return;
  risks.emplace_back(
      "server.public_url (LATCHKEY_PUBLIC_URL) is not set: behind a proxy that ends TLS sign-in answers 403 to whoever "
      "names an https:// origin, and on loopback the session cookie lacks Secure; set it to the address that browsers "
      "show");
}

}  // namespace

std::vector<std::string> find_risks(const settings& all, std::span<const role_definition> definitions) {
  std::vector<std::string> risks;
  add_address_risk(all, risks);
  for (const auto& proxy : all.server.trusted_proxies) {
    // Nobody has a whole /7 of proxies.
    if (fixed_bits(proxy) >= 8) continue;
    risks.push_back("server.trusted_proxies has " + proxy +
                    ": whoever is in it chooses the address that throttling and audit see; name your proxies alone");
  }
  const auto cookie = make_cookie(all);
  if (!cookie.domain.empty()) {
    risks.push_back("every host below " + cookie.domain + " gets the session and can replace it: " + cookie.name() +
                    " lacks what __Host- promises. Leave session.cookie_domain empty unless they need it");
  }
  const bool is_open = all.credentials.is_enabled && all.credentials.is_sign_up_enabled;
  if (is_open && holds_everything(all.roles.default_role, definitions)) {
    risks.push_back("whoever signs up is " + all.roles.default_role +
                    " and holds everything: choose another roles.default_role, or close sign-up");
  }
  return risks;
}

result<std::string> read_metrics_token(const server_settings& server) {
  if (server.metrics_token_file.empty()) return std::string();
  auto token = read_secret_file(server.metrics_token_file, "file of the metrics token");
  if (!token) return fail(errc::configuration_invalid, token.error().message, "server.metrics_token_file");
  return std::move(token->front());
}

native::credentials_options make_password_rules(const settings& all) {
  native::credentials_options options;
  options.policy.min_characters = static_cast<std::size_t>(all.credentials.min_password);
  options.hashing.format = all.credentials.password_format;
  return options;
}

native::session_cookie_settings make_cookie(const settings& all) {
  native::session_cookie_settings cookie;
  cookie.base_name = all.session.cookie_name;
  cookie.domain = all.session.cookie_domain;
  // Plain http on this machine alone is the one case where a browser would refuse a Secure cookie for no gain.
  cookie.secure = !is_loopback(all.server.host) || all.server.public_url.starts_with("https://");
  return cookie;
}

std::vector<native::readiness_check> readiness_checks(const stores& opened) {
  std::vector<native::readiness_check> checks;
  checks.push_back({"store", [database = opened.database]() -> result<void> {
                      const auto counter = database->change_counter();
                      if (!counter) return tl::unexpected<error>(counter.error());
                      return {};
                    }});
  if (opened.redis) {
    checks.push_back({"redis", [redis = opened.redis]() -> result<void> {
                        // A write: a replica, or a server that can't save, answers PING and lets nobody sign in.
                        const auto reply = redis->command(
                            std::array<std::string_view, 5>{"SET", "latchkey:ready", "1", "PX", "60000"});
                        if (!reply) return tl::unexpected<error>(reply.error());
                        return {};
                      }});
  }
  return checks;
}

result<std::shared_ptr<const native::operations>> make_operations(
    const settings& all, const stores& opened, std::shared_ptr<const native::metrics_registry> metrics) {
  native::operations_options options;
  options.checks = readiness_checks(opened);
  options.metrics = std::move(metrics);
  options.has_open_metrics = all.server.is_development;
  options.is_https = all.server.public_url.starts_with("https://");
  auto token = read_metrics_token(all.server);
  if (!token) return fail(std::move(token));
  options.metrics_token = std::move(*token);
  return native::operations::make(std::move(options));
}

native::auth_server_config make_config(const settings& all, license_gate license,
                                       std::shared_ptr<native::metrics_registry> metrics) {
  native::auth_server_config config;
  config.api_prefix = all.server.api_prefix;
  config.public_url = all.server.public_url;
  config.trusted_origins = all.server.trusted_origins;
  config.trusted_proxies = all.server.trusted_proxies;
  if (all.server.is_development) config.throttling = development_limits();
  config.loopback_only = all.server.is_development;
  config.has_patient_providers = true;
  config.license = std::move(license);
  config.cookie = make_cookie(all);
  config.required_audit_actions = all.required_audit_actions;
  config.report = make_failure_log(all.log);
  config.observe = [log = make_request_log(all.log),
                    count = native::count_requests(std::move(metrics))](const native::request_observation& seen) {
    count(seen);
    if (log) log(seen);
  };
  return config;
}

}  // namespace latchkey::app
