// SPDX-License-Identifier: Apache-2.0
#include "http/routes.h"

namespace latchkey::native {
namespace {

json_value to_json(const listed_session& listed) {
  json_object shown{{"id", listed.handle},
                    {"createdAt", to_iso_time(listed.created_at_ms)},
                    {"expiresAt", to_iso_time(listed.expires_at_ms)}};
  if (listed.last_seen_ms) shown.emplace_back("lastSeen", to_iso_time(*listed.last_seen_ms));
  shown.emplace_back("current", listed.is_current);
  if (!listed.ip.empty()) shown.emplace_back("ip", listed.ip);
  if (!listed.user_agent.empty()) shown.emplace_back("userAgent", listed.user_agent);
  return shown;
}

/** The session that a caller came with; null for one who came with a token. */
const latchkey::session* session_of(const caller& found) { return found.session ? &*found.session : nullptr; }

http_result<http_response> list_sessions(const server_state& state, request_context& context) {
  const caller& found = *context.signed_in();
  const auto listed =
      call_provider([&] { return state.provider.sessions->list_sessions(found.person.id, session_of(found)); });
  if (!listed) return context.failed(listed.error());
  json_array sessions;
  for (const auto& each : *listed) sessions.push_back(to_json(each));
  return json_response(200, json_object{{"sessions", std::move(sessions)}});
}

audit_event end_event(std::string_view handle) {
  audit_event event;
  event.action = "auth.session_end";
  event.resource = audit_resource{"session", std::string(handle), {}};
  return event;
}

/** Whether the session that the request came with is over now. The list names it by what it was renewed into. */
result<bool> is_over(const server_state& state, const caller& found) {
  if (!found.session) return false;
  auto opened = call_provider([&] { return state.provider.sessions->open_session(found.cookie_value); });
  if (!opened) return fail(std::move(opened));
  return !*opened;
}

http_result<http_response> end_session(const server_state& state, request_context& context) {
  const caller& found = *context.signed_in();
  const auto handle = context.path_parameter("id");
  const auto ended =
      call_provider([&] { return state.provider.sessions->revoke_listed_session(found.person.id, handle); });
  if (!ended) return context.failed(ended.error());
  if (!*ended) return refuse(errc::not_found, "Session not found");
  if (const auto logged = context.audit(end_event(handle)); !logged) return context.failed(logged.error());
  http_response response = json_response(200, json_object{{"success", true}});
  const auto over = is_over(state, found);
  if (!over) return context.failed(over.error());
  if (!*over) return response;
  auto cookie = clearing_cookie_line(state.config.cookie);
  if (!cookie) return context.failed(cookie.error());
  response.add_header("Set-Cookie", std::move(*cookie));
  return response;
}

http_result<http_response> end_other_sessions(const server_state& state, request_context& context) {
  const caller& found = *context.signed_in();
  if (!found.session) return refuse(errc::no_session);
  const auto ended = call_provider([&] { return state.provider.sessions->revoke_other_sessions(*found.session); });
  if (!ended) return context.failed(ended.error());
  audit_event event = end_event("others");
  event.metadata = json_object{{"count", *ended}};
  if (const auto logged = context.audit(std::move(event)); !logged) return context.failed(logged.error());
  return json_response(200, json_object{{"success", true}});
}

}  // namespace

result<void> add_session_list_routes(server_state& state) {
  if (!state.provider.sessions || !state.provider.users) return {};
  auto added = state.routes.add({"GET", "/auth/sessions", route_guard::signed_in(),
                                 [&state](auto& context) { return list_sessions(state, context); }});
  if (!added) return added;
  added = state.routes.add({"DELETE", "/auth/sessions/:id", route_guard::signed_in(),
                            [&state](auto& context) { return end_session(state, context); }});
  if (!added) return added;
  return state.routes.add({"DELETE", "/auth/sessions", route_guard::signed_in(),
                           [&state](auto& context) { return end_other_sessions(state, context); }});
}

}  // namespace latchkey::native
