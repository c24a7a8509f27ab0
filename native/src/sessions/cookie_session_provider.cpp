// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/sessions/cookie_session_provider.h"

#include <algorithm>

#include "latchkey/native/crypto/random.h"
#include "sessions/opened_tokens.h"
#include "sessions/seconds_left.h"

namespace latchkey::native {

result<std::shared_ptr<cookie_session_provider>> cookie_session_provider::make(std::shared_ptr<const key_ring> keys,
                                                                               std::shared_ptr<revocation_store> store,
                                                                               cookie_session_options options) {
  if (keys == nullptr || store == nullptr || options.clock == nullptr) {
    return fail(errc::configuration_invalid, "Sessions need keys, a revocation store and a clock.", "session");
  }
  if (options.cookie_name.empty()) {
    return fail(errc::configuration_invalid, "The session cookie needs a name.", "session.cookie_name");
  }
  if (options.lifetimes.idle_ms <= 0 || options.lifetimes.absolute_ms <= 0) {
    return fail(errc::configuration_invalid, "Sessions must live for some time.", "session.idle");
  }
  return std::shared_ptr<cookie_session_provider>(
      new cookie_session_provider(std::move(keys), std::move(store), std::move(options)));
}

cookie_session_provider::cookie_session_provider(std::shared_ptr<const key_ring> keys,
                                                 std::shared_ptr<revocation_store> store,
                                                 cookie_session_options options)
    : keys_(std::move(keys)),
      sealer_(keys_),
      opened_(std::make_unique<opened_tokens>()),
      store_(std::move(store)),
      options_(std::move(options)) {}

cookie_session_provider::~cookie_session_provider() = default;

result<issued_session> cookie_session_provider::issue(latchkey::session session) const {
  auto text = sealer_.seal(session, session_purpose, options_.cookie_name);
  if (!text) return fail(std::move(text));
  return issued_session{std::move(session), std::move(*text)};
}

std::optional<latchkey::session> cookie_session_provider::open_seal(std::string_view cookie_value) const {
  const auto keys = keys_->keys_for(session_purpose);
  if (!keys) return std::nullopt;
  auto session = opened_->find(cookie_value, keys->data());
  if (!session) {
    session = sealer_.open(cookie_value, session_purpose, options_.cookie_name);
    if (session) opened_->remember(cookie_value, keys->data(), *session);
  }
  return session;
}

std::optional<latchkey::session> cookie_session_provider::unseal(std::string_view cookie_value,
                                                                 std::int64_t now_ms) const {
  auto session = open_seal(cookie_value);
  if (!session || !is_alive(*session, now_ms, options_.lifetimes)) return std::nullopt;
  return session;
}

result<std::int64_t> cookie_session_provider::begin_sign_in() { return store_->sign_in_mark(); }

result<issued_session> cookie_session_provider::create_session(std::string_view user_id, const session_origin& origin) {
  auto id = random_id();
  if (!id) return fail(std::move(id));
  const std::int64_t now_ms = options_.clock();
  auto created_at_ms = store_->creation_time(user_id, now_ms);
  if (!created_at_ms) return fail(std::move(created_at_ms));
  latchkey::session session;
  session.id = std::move(*id);
  session.user_id = user_id;
  session.created_at_ms = *created_at_ms;
  session.expires_at_ms = session_end(*created_at_ms, now_ms, options_.lifetimes);
  session.metadata = origin.metadata;
  session.sign_in_mark = origin.sign_in_mark;
  auto issued = issue(std::move(session));
  if (!issued) return issued;
  if (auto added = store_->add(issued->session, origin, now_ms); !added) return fail(std::move(added));
  return issued;
}

result<std::optional<opened_session>> cookie_session_provider::open_session(std::string_view cookie_value) {
  const std::int64_t now_ms = options_.clock();
  auto session = unseal(cookie_value, now_ms);
  if (!session) return std::optional<opened_session>();
  auto live = store_->is_live(*session, now_ms);
  if (!live) return fail(std::move(live));
  if (!*live) return std::optional<opened_session>();
  const bool renewal_due = is_renewal_due(*session, now_ms, options_.lifetimes);
  return opened_session{std::move(*session), renewal_due};
}

result<void> cookie_session_provider::revoke_session(const latchkey::session& session) {
  if (auto revoked = store_->revoke(session, options_.clock()); !revoked) return fail(std::move(revoked));
  return {};
}

result<std::optional<ended_session>> cookie_session_provider::end_session(std::string_view cookie_value) {
  const std::int64_t now_ms = options_.clock();
  // Genuine is enough: a session that is not alive by this clock may be by the next.
  auto session = open_seal(cookie_value);
  if (!session) return std::optional<ended_session>();
  const auto outcome = store_->revoke(*session, now_ms);
  if (!outcome) return tl::unexpected<error>(outcome.error());
  if (*outcome == revocation_outcome::over) return std::optional<ended_session>();
  return ended_session{std::move(*session), *outcome == revocation_outcome::reused};
}

result<refreshed_session> cookie_session_provider::refresh_session(std::string_view cookie_value) {
  const std::int64_t now_ms = options_.clock();
  const auto old = unseal(cookie_value, now_ms);
  if (!old) return refreshed_session{};
  auto id = random_id();
  if (!id) return fail(std::move(id));
  latchkey::session candidate = *old;
  candidate.id = std::move(*id);
  candidate.expires_at_ms = session_end(old->created_at_ms, now_ms, options_.lifetimes);
  auto renewed = store_->renew(*old, candidate, now_ms);
  if (!renewed) return fail(std::move(renewed));
  if (renewed->outcome == renewal_outcome::reused) return refreshed_session{{}, *old};
  const bool goes_on = renewed->outcome == renewal_outcome::renewed || renewed->outcome == renewal_outcome::joined;
  if (!goes_on || !is_alive(renewed->session, now_ms, options_.lifetimes)) return refreshed_session{};
  auto issued = issue(std::move(renewed->session));
  if (!issued) return fail(std::move(issued));
  return refreshed_session{std::move(*issued)};
}

result<void> cookie_session_provider::revoke_user_sessions(std::string_view user_id) {
  return store_->revoke_user(user_id, options_.clock());
}

std::int64_t cookie_session_provider::max_age_seconds(const latchkey::session& session) const {
  return seconds_left(session.expires_at_ms, options_.clock());
}

result<std::vector<listed_session>> cookie_session_provider::list_sessions(std::string_view user_id,
                                                                           const latchkey::session* current) {
  return store_->list(user_id, current, options_.clock());
}

result<bool> cookie_session_provider::revoke_listed_session(std::string_view user_id, std::string_view handle) {
  return store_->revoke_listed(user_id, handle, options_.clock());
}

result<std::int64_t> cookie_session_provider::revoke_other_sessions(const latchkey::session& current) {
  return store_->revoke_others(current, options_.clock());
}

}  // namespace latchkey::native
