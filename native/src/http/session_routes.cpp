// SPDX-License-Identifier: Apache-2.0
#include "http/attempts.h"
#include "http/ended_sessions.h"
#include "http/routes.h"

namespace latchkey::native {
namespace {

http_result<http_response> logout(const server_state& state, request_context& context) {
  json_object body{{"success", true}};
  if (!state.provider.sessions) return json_response(200, std::move(body));
  // Looked up before the session ends, so that the event can name the person.
  const caller* found = context.signed_in();
  const auto ended = end_carried_sessions(state, context);
  if (!ended) return context.failed(ended.error());
  for (const auto& [session, was_reused] : *ended) {
    audit_event event;
    event.action = "auth.sign_out";
    user person;
    person.id = session.user_id;
    const bool is_caller = found != nullptr && found->person.id == session.user_id;
    event.actor = to_audit_actor(context.request(), is_caller ? &found->person : &person);
    event.session_hash = hash_for_audit(session);
    if (const auto logged = context.audit(std::move(event)); !logged) return context.failed(logged.error());
  }
  auto cookie = clearing_cookie_line(state.config.cookie);
  if (!cookie) return context.failed(cookie.error());
  if (auto url = ended->empty() ? std::nullopt : sign_out_url(state, context, ended->front().session)) {
    body.emplace_back("redirectTo", std::move(*url));
  }
  http_response response = json_response(200, std::move(body));
  response.add_header("Set-Cookie", std::move(*cookie));
  for (auto& line : state.provider.sessions->clearing_cookies()) response.add_header("Set-Cookie", std::move(line));
  return response;
}

/** Whether the account behind a renewed session still exists; one that doesn't loses the session. */
result<bool> is_still_somebody(const server_state& state, const issued_session& issued) {
  if (!state.provider.users) return true;
  const auto person = call_provider([&] { return state.provider.users->find_user(issued.session.user_id); });
  if (!person) return tl::unexpected<error>(person.error());
  if (*person) return true;
  const auto revoked = revoke_sessions(state, {issued.session});
  if (!revoked) return tl::unexpected<error>(revoked.error());
  return false;
}

/**
 * A renewal writes to a store, so one sign-in may not renew without end. Its id changes each time; the person and the
 * instant of the sign-in do not. A cookie that opens no session is left to the renewal, which refuses it.
 */
http_result<void> count_refresh(const server_state& state, request_context& context, std::string_view cookie_value) {
  const auto opened = call_provider([&] { return state.provider.sessions->open_session(cookie_value); });
  if (!opened) return context.failed(opened.error());
  if (!*opened) return {};
  const latchkey::session& session = (*opened)->session;
  return take_attempts(state, context,
                       {{"refresh " + std::to_string(session.created_at_ms) + " " + session.user_id,
                         state.config.throttling.refresh_by_session}});
}

http_result<http_response> refresh(const server_state& state, request_context& context) {
  if (!state.provider.sessions) return refuse(errc::not_configured, "Session refresh not configured");
  if (auto licensed = check_may_sign_in(state); !licensed) return tl::unexpected<http_error>(licensed.error());
  const auto values = session_cookie_values(state.config.cookie, context.request());
  if (values.empty()) return refuse(errc::no_session);
  for (const auto value : values) {
    if (const auto allowed = count_refresh(state, context, value); !allowed) {
      return tl::unexpected<http_error>(allowed.error());
    }
    const auto issued = call_provider([&] { return state.provider.sessions->refresh_session(value); });
    if (!issued) return context.failed(issued.error());
    if (issued->reused) {
      if (const auto logged = audit_reuse(context, *issued->reused); !logged) return context.failed(logged.error());
    }
    if (!*issued) continue;
    const auto somebody = is_still_somebody(state, **issued);
    if (!somebody) return context.failed(somebody.error());
    if (!*somebody) continue;
    http_response response = json_response(200, json_object{{"success", true}});
    const auto added = add_session_cookie(state, **issued, response);
    if (!added) return context.failed(added.error());
    return response;
  }
  return refuse(errc::session_expired);
}

}  // namespace

result<void> audit_reuse(request_context& context, const latchkey::session& reused) {
  audit_event event;
  event.action = "auth.refresh_reuse";
  event.outcome = audit_outcome::denied;
  user person;
  person.id = reused.user_id;
  event.actor = to_audit_actor(context.request(), &person);
  event.session_hash = hash_for_audit(reused);
  return context.audit(std::move(event));
}

std::string hash_for_audit(const latchkey::session& session) {
  return session_handle(session.id).value_or(std::string());
}

result<std::vector<ended_session>> end_carried_sessions(const server_state& state, request_context& context) {
  std::vector<ended_session> ended;
  std::optional<error> failure;
  for (const auto value : session_cookie_values(state.config.cookie, context.request())) {
    auto found = call_provider([&] { return state.provider.sessions->end_session(value); });
    if (!found) {
      failure = std::move(found.error());
      break;
    }
    if (*found) ended.push_back(std::move(**found));
  }
  // What is over can't be found out again, so it goes on record even when another one could not be ended.
  for (const auto& [session, was_reused] : ended) {
    if (!was_reused) continue;
    if (auto logged = audit_reuse(context, session); !logged && !failure) failure = std::move(logged.error());
  }
  if (failure) return tl::unexpected<error>(std::move(*failure));
  return ended;
}

result<void> revoke_sessions(const server_state& state, const std::vector<latchkey::session>& ended) {
  for (const auto& session : ended) {
    auto revoked = call_provider([&] { return state.provider.sessions->revoke_session(session); });
    if (!revoked) return revoked;
  }
  return {};
}

session_origin origin_of(const http_request& request, std::int64_t sign_in_mark) {
  audit_actor actor = to_audit_actor(request, nullptr);
  return {sign_in_mark, std::move(actor.ip), std::move(actor.user_agent)};
}

result<void> add_session_cookie(const server_state& state, const issued_session& issued, http_response& response) {
  const auto max_age = state.provider.sessions->max_age_seconds(issued.session);
  auto line = session_cookie_line(state.config.cookie, issued.cookie_value, max_age);
  if (!line) return fail(std::move(line));
  response.add_header("Set-Cookie", std::move(*line));
  return {};
}

bool may_sign_in(const server_state& state) {
  const license_gate license = state.license();
  const std::int64_t now_ms = state.config.clock();
  return license.allows(license_feature::user, now_ms) && license.allows(license_feature::session, now_ms);
}

http_result<void> check_may_sign_in(const server_state& state) {
  if (may_sign_in(state)) return {};
  return refuse(errc::license_required);
}

result<void> add_session_routes(server_state& state) {
  auto added = state.routes.add(
      {"POST", "/auth/logout", route_guard::open(), [&state](auto& context) { return logout(state, context); }});
  if (!added) return added;
  return state.routes.add(
      {"POST", "/auth/refresh", route_guard::open(), [&state](auto& context) { return refresh(state, context); }});
}

}  // namespace latchkey::native
