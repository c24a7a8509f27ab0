// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>

#include "http/attempts.h"
#include "http/routes.h"
#include "http/text.h"
#include "latchkey/json_mapping.h"
#include "latchkey/native/composite_auth.h"
#include "latchkey/native/crypto/random.h"

namespace latchkey::native {
namespace {

constexpr std::size_t code_max_bytes = 4 * 1024;

using query_parameters = std::vector<std::pair<std::string, std::string>>;

std::optional<std::string> parameter(const query_parameters& parameters, std::string_view name) {
  for (const auto& [key, value] : parameters) {
    if (key == name) return value;
  }
  return std::nullopt;
}

bool is_offered(const server_state& state) {
  return state.provider.sso && state.logins && state.allows(license_feature::sso) && may_sign_in(state);
}

/** How much an Accept header wants a type, in thousandths (RFC 9110 §12.5.1): the most specific entry counts. */
int accepted_quality(std::string_view accept, std::string_view type) {
  const std::string_view any_subtype = type.substr(0, type.find('/'));
  int best_rank = 0;
  int quality = 0;
  while (!accept.empty()) {
    const std::string_view entry = accept.substr(0, accept.find(','));
    accept.remove_prefix(std::min(entry.size() + 1, accept.size()));
    const std::string range = to_lower(trim(entry.substr(0, entry.find(';'))));
    const int rank = range == type ? 3 : range == std::string(any_subtype) + "/*" ? 2 : range == "*/*" ? 1 : 0;
    if (rank <= best_rank) continue;
    best_rank = rank;
    const auto q = to_lower(entry).find("q=");
    double value = 1;
    if (q != std::string::npos) {
      const std::string_view digits = trim(entry.substr(q + 2));
      if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec != std::errc()) value = 0;
    }
    quality = static_cast<int>(std::clamp(value, 0.0, 1.0) * 1000);
  }
  return quality;
}

/** A person in front of a browser, as opposed to a program that asks for the address. */
bool is_navigation(const http_request& request) {
  if (request.has_header("Sec-Fetch-Mode")) return request.header("Sec-Fetch-Mode") == "navigate";
  const std::string_view accept = request.header("Accept");
  return accepted_quality(accept, "text/html") > accepted_quality(accept, "application/json");
}

/** A path as a header can carry it: what is no visible ASCII is percent-encoded, everything else stays. */
std::string to_location(std::string_view path) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string location;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f) {
      location += c;
    } else {
      location += {'%', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return location;
}

http_response redirect(std::string_view target) {
  http_response response;
  response.status = 302;
  response.add_header("Location", to_location(target));
  return response;
}

void add_cookies(http_response& response, const std::vector<std::string>& lines) {
  for (const auto& line : lines) response.add_header("Set-Cookie", line);
}

result<login_transaction> new_login(const server_state& state, const request_context& context,
                                    std::string_view return_path) {
  std::array<std::uint8_t, 20> state_bytes{};
  std::array<std::uint8_t, 20> nonce{};
  std::array<std::uint8_t, 32> verifier{};
  for (const std::span<std::uint8_t> bytes :
       {std::span<std::uint8_t>(state_bytes), std::span<std::uint8_t>(nonce), std::span<std::uint8_t>(verifier)}) {
    if (auto filled = random_bytes(bytes); !filled) return fail(std::move(filled));
  }
  return begin_login({state_bytes, nonce, verifier}, state.provider.sso->button().provider, return_path,
                     context.now_ms());
}

/** The names of what a sign-in is counted under. */
struct sso_counts {
  std::string login;
  std::string callback;
};

sso_counts count_sso(const request_context& context) {
  const std::string client = client_of(context);
  return {"sso-login client " + client, "sso-callback client " + client};
}

/** Somebody has come back from the provider: of the client's attempts these were none. */
void give_back(const server_state& state, request_context& context) {
  const sso_counts counts = count_sso(context);
  const throttle_limits& limits = state.config.throttling;
  throttle& throttling = *state.provider.throttling;
  for (const auto& done :
       {call_provider([&] { return throttling.give_back(counts.login, limits.sso_login_by_client); }),
        call_provider([&] { return throttling.give_back(counts.callback, limits.sso_callback_by_client); })}) {
    if (!done) context.report(done.error().message);
  }
}

http_result<http_response> login(const server_state& state, request_context& context) {
  if (!is_offered(state)) return refuse(errc::not_configured, "SSO not configured");
  // Each login makes the server draw and seal, and may make it ask the provider where to go.
  const auto allowed =
      take_attempts(state, context, {{count_sso(context).login, state.config.throttling.sso_login_by_client}});
  if (!allowed) return tl::unexpected<http_error>(allowed.error());
  const http_request& request = context.request();
  const auto parameters = parse_query(request.query);
  if (!parameters) return refuse_query({{"query", "Each parameter may come once, percent-encoded."}});
  auto begun =
      call_provider([&] { return new_login(state, context, parameter(*parameters, "redirect_uri").value_or("/")); });
  if (!begun) return context.failed(begun.error());
  const auto cookies = state.logins->begin(*begun, request);
  if (!cookies) return context.failed(cookies.error());
  const auto url = call_provider([&] { return state.provider.sso->login_url(*begun, state.sso_callback_url); });
  if (!url) return context.failed({errc::unavailable, url.error().message, {}});
  http_response response = is_navigation(request) ? redirect(*url) : json_response(200, json_object{{"url", *url}});
  add_cookies(response, *cookies);
  return response;
}

/** A callback on its way through the checks. */
struct callback_state {
  query_parameters parameters;
  login_transaction login;
  /** Of the login's cookie; empty before one was found. */
  std::string cookie_name;
};

/** To the login page with a code of ours: what a provider or a request says never gets into an address. */
http_response redirect_to_login(const server_state& state, errc code) {
  const std::string& page = state.config.sso.login_page;
  const char* separator = page.find('?') == std::string::npos ? "?error=" : "&error=";
  return redirect(page + separator + std::string(to_string(code)));
}

/** Puts on record why nobody was signed in, and sends them back. */
http_result<http_response> end_callback(const server_state& state, request_context& context,
                                        const callback_state& callback, errc code, audit_outcome outcome) {
  audit_event event;
  event.action = "auth.sign_in";
  event.outcome = outcome;
  event.actor = to_audit_actor(context.request(), nullptr);
  event.metadata = json_object{{"method", "sso"}, {"code", to_string(code)}};
  if (const auto logged = context.audit(std::move(event)); !logged) return context.failed(logged.error());
  http_response response = redirect_to_login(state, code);
  if (!callback.cookie_name.empty()) {
    auto cleared = state.logins->clear(callback.cookie_name);
    if (cleared) response.add_header("Set-Cookie", std::move(*cleared));
  }
  return response;
}

/** Finds the login that this browser began and takes it out of use; an error's code is the reason why there is none. */
result<void> take_login(const server_state& state, request_context& context, callback_state& callback) {
  const carried_logins carried = state.logins->find(context.request(), context.now_ms());
  const auto wanted = parameter(callback.parameters, "state").value_or(std::string());
  const std::string provider = state.provider.sso->button().provider;
  const login_transaction* found = find_login(carried.logins, wanted, provider, context.now_ms());
  if (found == nullptr) return fail(errc::sso_state_invalid, "No login of this browser has this state.");
  callback.login = *found;
  callback.cookie_name = carried.names[static_cast<std::size_t>(found - carried.logins.data())];
  // A minute longer than the login lives, because it may have been begun on a clock that is a minute ahead.
  const std::int64_t forgotten_at = found->created_at_ms + login_transaction_ms + session_clock_skew_ms;
  auto first = state.config.sso.used_logins->use(login_purpose, found->state, forgotten_at, context.now_ms());
  if (!first) return fail(errc::unavailable, first.error().message);
  if (!*first) return fail(errc::sso_state_invalid, "The login was completed before.");
  return {};
}

/** What the provider says about the person, once everything that can be checked here was right. */
result<sso_login_result> redeem(const server_state& state, const callback_state& callback) {
  if (parameter(callback.parameters, "error")) return fail(errc::sso_failed, "The provider refused the sign-in.");
  sso_callback made;
  made.code = parameter(callback.parameters, "code").value_or(std::string());
  made.iss = parameter(callback.parameters, "iss");
  made.login = callback.login;
  made.redirect_uri = state.sso_callback_url;
  if (made.code.empty() || made.code.size() > code_max_bytes) return fail(errc::request_invalid, "There is no code.");
  const auto issuer = state.provider.sso->issuer();
  if (made.iss && issuer && *made.iss != *issuer) return fail(errc::sso_failed, "The callback names another issuer.");
  auto redeemed = state.provider.sso->handle_callback(made);
  if (!redeemed) return fail(errc::sso_failed, redeemed.error().message);
  if (redeemed->person.id.empty()) return fail(errc::sso_failed, "The provider named nobody.");
  return redeemed;
}

http_result<http_response> callback(const server_state& state, request_context& context) {
  if (!is_offered(state)) return refuse(errc::not_configured, "SSO not configured");
  // HEAD must change nothing, and whoever prefetches an address this way has not come back from anywhere.
  if (context.request().method != "GET") return redirect(state.config.sso.login_page);
  // Every callback that fits no login is a write to the audit log. The login stays as it is: its callback may come again.
  const auto allowed =
      take_attempts(state, context, {{count_sso(context).callback, state.config.throttling.sso_callback_by_client}});
  if (!allowed && allowed.error().code == errc::throttled) return redirect_to_login(state, errc::throttled);
  if (!allowed) return tl::unexpected<http_error>(allowed.error());
  callback_state callback;
  auto parameters = parse_query(context.request().query);
  if (!parameters) return end_callback(state, context, callback, errc::request_invalid, audit_outcome::denied);
  callback.parameters = std::move(*parameters);
  const auto taken = call_provider([&] { return take_login(state, context, callback); });
  if (!taken) {
    if (taken.error().code != errc::sso_state_invalid) context.report(taken.error().message);
    return end_callback(state, context, callback, taken.error().code, audit_outcome::denied);
  }
  const auto mark = call_provider([&] { return state.provider.sessions->begin_sign_in(); });
  if (!mark) return context.failed(mark.error());
  const auto redeemed = call_provider([&] { return redeem(state, callback); });
  if (!redeemed) {
    context.report(redeemed.error().message);
    return end_callback(state, context, callback, redeemed.error().code, audit_outcome::failure);
  }
  give_back(state, context);
  http_response response = redirect(callback.login.return_path);
  auto cleared = state.logins->clear(callback.cookie_name);
  if (!cleared) return context.failed(cleared.error());
  response.add_header("Set-Cookie", std::move(*cleared));
  add_cookies(response, redeemed->set_cookies);
  proven_sign_in proof{"auth.sign_in", *mark};
  if (redeemed->tokens && state.config.sso.keep_tokens) {
    proof.on_session = [&](const latchkey::session& session) {
      return state.config.sso.keep_tokens(redeemed->person, session, *redeemed->tokens);
    };
  }
  return start_session(state, context, redeemed->person, proof, std::move(response));
}

}  // namespace

std::optional<sso_login> sso_button(const server_state& state, const request_context& context) {
  if (!is_offered(state)) return std::nullopt;
  auto button = call_provider([&] { return result<login_button>(state.provider.sso->button()); });
  if (!button) {
    context.report(button.error().message);
    return std::nullopt;
  }
  return sso_login{std::move(button->provider), std::move(button->text), std::move(button->icon),
                   std::move(button->description), state.config.api_prefix + "/auth/sso/login"};
}

std::optional<std::string> sign_out_url(const server_state& state, const request_context& context,
                                        const latchkey::session& ended) {
  if (!state.provider.sso) return std::nullopt;
  const ending_session ending{ended.user_id, ended, state.config.public_url, context.request()};
  const auto url = call_provider([&] { return state.provider.sso->end_session_url(ending); });
  if (url) return *url;
  // The session is over by now, which is what was asked for.
  context.report(url.error().message);
  return std::nullopt;
}

result<void> add_sso_routes(server_state& state) {
  auto added = state.routes.add({"GET",
                                 "/auth/sso/login",
                                 route_guard::open(),
                                 [&state](auto& context) { return login(state, context); },
                                 {"/auth/sso"}});
  if (!added) return added;
  return state.routes.add({"GET",
                           "/auth/sso/callback",
                           route_guard::open(),
                           [&state](auto& context) { return callback(state, context); },
                           {"/auth/callback"}});
}

}  // namespace latchkey::native
