// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "http/bearer_token.h"
#include "http/routes.h"
#include "http/server_state.h"
#include "http/text.h"

namespace latchkey::native {
namespace {

constexpr std::size_t max_token_bytes = 8 * 1024;
constexpr std::size_t max_tokens_per_place = 4;

bool is_token_text(std::string_view token) {
  return !token.empty() && token.size() <= max_token_bytes && std::all_of(token.begin(), token.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f;
  });
}

std::string api_key(const auth_server_config& config, const http_request& request) {
  const auto parameters = config.allow_api_key_query ? parse_query(request.query) : std::nullopt;
  if (!parameters) return {};
  for (const auto& [name, value] : *parameters) {
    if (name == "apiKey") return value;
  }
  return {};
}

/** Asks the providers one after the other until one knows somebody. */
class caller_search {
 public:
  caller_search(const server_state& state, const http_request& request, const skip_report& skipped)
      : state_(state), provider_(state.provider), request_(request), skipped_(skipped) {}

  std::optional<caller> found;
  /** Why a provider was skipped; of several the last. */
  std::optional<error> failure;

  void try_token(std::string_view token) {
    if (found || !is_token_text(token)) return;
    auto known = call_provider([&] { return provider_.tokens->authenticate_token(token, request_); });
    if (!known) return skip(std::move(known.error()));
    if (!*known) return;
    static_cast<authenticated_user&>(found.emplace()) = std::move(**known);
    // By this field a token is told from a session.
    if (found->provider.empty()) found->provider = provider_.name;
  }
  void try_tokens(const std::vector<std::string_view>& tokens) {
    for (std::size_t i = 0; i < std::min(tokens.size(), max_tokens_per_place); ++i) try_token(tokens[i]);
  }
  void try_current_user() {
    if (found || !provider_.users || !state_.allows(license_feature::user)) return;
    auto person = call_provider([&] { return provider_.users->find_current_user(request_); });
    if (!person) return skip(std::move(person.error()));
    if (*person) found.emplace().person = std::move(**person);
  }
  /** Where the request carries tokens in the provider's own ways. */
  [[nodiscard]] carried_tokens own_tokens() {
    auto carried = call_provider([&] { return result<carried_tokens>(provider_.tokens->find_tokens(request_)); });
    if (carried) return std::move(*carried);
    skip(std::move(carried.error()));
    return {};
  }

 private:
  void skip(error reason) {
    // Of several tokens each would tell the same.
    if (!failure || failure->message != reason.message) skipped_(reason.message);
    failure = std::move(reason);
  }

  const server_state& state_;
  const auth_provider& provider_;
  const http_request& request_;
  const skip_report& skipped_;
};

// A store that is down may be up again in a moment; a provider that throws is broken, and knows nobody.
tl::unexpected<error> not_judged(error reason) {
  if (reason.field != thrown_by_provider) reason.field = unjudged_session;
  return tl::unexpected<error>(std::move(reason));
}

result<std::optional<caller>> find_by_session(const server_state& state, const http_request& request) {
  const auto& [sessions, users] = std::pair(state.provider.sessions.get(), state.provider.users.get());
  if (sessions == nullptr || users == nullptr || !may_sign_in(state)) return std::nullopt;
  for (const auto value : session_cookie_values(state.config.cookie, request)) {
    auto opened = call_provider([&, s = sessions] { return s->open_session(value); });
    if (!opened) return not_judged(std::move(opened.error()));
    if (!*opened) continue;
    auto person = call_provider([&, u = users] { return u->find_user((*opened)->session.user_id); });
    if (!person) return not_judged(std::move(person.error()));
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

}  // namespace

result<std::optional<caller>> find_caller(const server_state& state, const http_request& request,
                                          const skip_report& skipped) {
  caller_search search(state, request, skipped);
  carried_tokens own;
  if (state.provider.tokens) {
    own = search.own_tokens();
    search.try_token(bearer_token(request));
    search.try_token(api_key(state.config, request));
    search.try_tokens(own.explicit_tokens);
  }
  if (search.found) return std::move(search.found);
  auto by_session = find_by_session(state, request);
  if (!by_session) skipped(by_session.error().message);
  if (!by_session || *by_session) return by_session;
  if (state.provider.tokens) search.try_tokens(own.ambient_tokens);
  search.try_current_user();
  if (search.found) return std::move(search.found);
  if (search.failure) return tl::unexpected<error>(std::move(*search.failure));
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
