// SPDX-License-Identifier: Apache-2.0
#include "http/server_state.h"

namespace latchkey::native {

// Only the session cookie makes somebody a caller. No provider here knows bearer tokens, so an Authorization header is
// a token that nobody knows, and neither helps nor harms.
result<std::optional<caller>> find_caller(const server_state& state, const http_request& request) {
  const auto& [sessions, users] = std::pair(state.provider.sessions.get(), state.provider.users.get());
  if (sessions == nullptr || users == nullptr) return std::nullopt;
  for (const auto value : session_cookie_values(state.config.cookie, request)) {
    auto opened = call_provider([&, s = sessions] { return s->open_session(value); });
    if (!opened) return fail(std::move(opened));
    if (!*opened) continue;
    auto person = call_provider([&, u = users] { return u->find_user((*opened)->session.user_id); });
    if (!person) return fail(std::move(person));
    if (!*person) continue;
    caller found;
    found.person = std::move(**person);
    found.session = std::move((*opened)->session);
    found.cookie_value = std::string(value);
    found.renewal_due = (*opened)->renewal_due;
    return found;
  }
  return std::nullopt;
}

result<void> load_caller_access(const server_state& state, caller& found) {
  rbac_provider* rbac = state.provider.rbac.get();
  if (rbac == nullptr || found.grants) return {};
  auto roles = call_provider([&] { return rbac->roles_of(found.person); });
  if (!roles) return fail(std::move(roles));
  auto grants = call_provider([&] { return rbac->grants_of(*roles); });
  if (!grants) return fail(std::move(grants));
  if (!*grants) return fail(errc::unavailable, "The RBAC provider gave no grants.");
  found.roles = std::move(*roles);
  found.grants = std::move(*grants);
  return {};
}

}  // namespace latchkey::native
