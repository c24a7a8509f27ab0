// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/sessions/stored_session_provider.h"

#include "latchkey/native/crypto/random.h"
#include "latchkey/native/sessions/memory_session_provider.h"
#include "sessions/seconds_left.h"

namespace latchkey::native {
namespace {

// 160 bits as base64url. Anything else was never an id of ours and needs no look-up.
constexpr std::size_t id_characters = 27;

}  // namespace

result<std::shared_ptr<stored_session_provider>> stored_session_provider::make(std::shared_ptr<session_store> store,
                                                                               stored_session_options options) {
  if (store == nullptr || options.clock == nullptr) {
    return fail(errc::configuration_invalid, "Sessions need a store and a clock.", "session");
  }
  if (options.lifetimes.idle_ms <= 0 || options.lifetimes.absolute_ms <= 0) {
    return fail(errc::configuration_invalid, "Sessions must live for some time.", "session.idle");
  }
  return std::shared_ptr<stored_session_provider>(new stored_session_provider(std::move(store), std::move(options)));
}

stored_session_provider::stored_session_provider(std::shared_ptr<session_store> store, stored_session_options options)
    : store_(std::move(store)), options_(std::move(options)) {}

result<std::optional<found_session>> stored_session_provider::find(std::string_view cookie_value, std::int64_t now_ms) {
  if (cookie_value.size() != id_characters) return std::optional<found_session>();
  auto found = store_->find(cookie_value, now_ms);
  if (!found || !*found) return found;
  if (!is_alive((*found)->session, now_ms, options_.lifetimes)) return std::optional<found_session>();
  return found;
}

result<std::int64_t> stored_session_provider::begin_sign_in() { return store_->sign_in_mark(); }

result<issued_session> stored_session_provider::create_session(std::string_view user_id, const session_origin& origin) {
  auto id = random_id();
  if (!id) return fail(std::move(id));
  const std::int64_t now_ms = options_.clock();
  auto created_at_ms = store_->creation_time(user_id, now_ms);
  if (!created_at_ms) return fail(std::move(created_at_ms));
  issued_session issued;
  issued.cookie_value = *id;
  issued.session.id = std::move(*id);
  issued.session.user_id = user_id;
  issued.session.created_at_ms = *created_at_ms;
  issued.session.expires_at_ms = session_end(*created_at_ms, now_ms, options_.lifetimes);
  if (!origin.metadata.is_null()) {
    issued.session.metadata = origin.metadata;
    // The limits of the JSON form, which a sealed cookie obeys as well.
    if (auto checked = to_session_json(issued.session); !checked) return fail(std::move(checked));
  }
  if (auto added = store_->add(issued.session, origin, now_ms); !added) return fail(std::move(added));
  return issued;
}

result<std::optional<opened_session>> stored_session_provider::open_session(std::string_view cookie_value) {
  const std::int64_t now_ms = options_.clock();
  auto found = find(cookie_value, now_ms);
  if (!found) return fail(std::move(found));
  if (!*found || !(*found)->is_live) return std::optional<opened_session>();
  const bool renewal_due = is_renewal_due((*found)->session, now_ms, options_.lifetimes);
  return opened_session{std::move((*found)->session), renewal_due};
}

result<void> stored_session_provider::revoke_session(const latchkey::session& session) {
  if (auto revoked = store_->revoke(session, options_.clock()); !revoked) return fail(std::move(revoked));
  return {};
}

result<std::optional<ended_session>> stored_session_provider::end_session(std::string_view cookie_value) {
  if (cookie_value.size() != id_characters) return std::optional<ended_session>();
  const std::int64_t now_ms = options_.clock();
  // Kept is enough: a session that is not alive by this clock may be by the next.
  auto found = store_->find(cookie_value, at_any_time);
  if (!found) return fail(std::move(found));
  if (!*found) return std::optional<ended_session>();
  const auto outcome = store_->revoke((*found)->session, now_ms);
  if (!outcome) return tl::unexpected<error>(outcome.error());
  if (*outcome == revocation_outcome::over) return std::optional<ended_session>();
  return ended_session{std::move((*found)->session), *outcome == revocation_outcome::reused};
}

result<refreshed_session> stored_session_provider::refresh_session(std::string_view cookie_value) {
  const std::int64_t now_ms = options_.clock();
  auto old = find(cookie_value, now_ms);
  if (!old) return fail(std::move(old));
  if (!*old) return refreshed_session{};
  auto id = random_id();
  if (!id) return fail(std::move(id));
  latchkey::session candidate = (*old)->session;
  candidate.id = std::move(*id);
  candidate.expires_at_ms = session_end(candidate.created_at_ms, now_ms, options_.lifetimes);
  auto renewed = store_->renew((*old)->session, candidate, now_ms);
  if (!renewed) return fail(std::move(renewed));
  if (renewed->outcome == renewal_outcome::reused) return refreshed_session{{}, (*old)->session};
  const bool goes_on = renewed->outcome == renewal_outcome::renewed || renewed->outcome == renewal_outcome::joined;
  if (!goes_on || !is_alive(renewed->session, now_ms, options_.lifetimes)) return refreshed_session{};
  issued_session issued{std::move(renewed->session), {}};
  issued.cookie_value = issued.session.id;
  return refreshed_session{std::move(issued)};
}

result<void> stored_session_provider::revoke_user_sessions(std::string_view user_id) {
  return store_->revoke_user(user_id, options_.clock());
}

std::int64_t stored_session_provider::max_age_seconds(const latchkey::session& session) const {
  return seconds_left(session.expires_at_ms, options_.clock());
}

result<std::vector<listed_session>> stored_session_provider::list_sessions(std::string_view user_id,
                                                                           const latchkey::session* current) {
  return store_->list(user_id, current, options_.clock());
}

result<bool> stored_session_provider::revoke_listed_session(std::string_view user_id, std::string_view handle) {
  return store_->revoke_listed(user_id, handle, options_.clock());
}

result<std::int64_t> stored_session_provider::revoke_other_sessions(const latchkey::session& current) {
  return store_->revoke_others(current, options_.clock());
}

result<std::size_t> stored_session_provider::session_count() { return store_->session_count(options_.clock()); }

result<void> stored_session_provider::clear_sessions() { return store_->clear(); }

result<std::shared_ptr<stored_session_provider>> make_memory_session_provider(memory_session_options options) {
  auto store = make_memory_revocation_store(options.limits);
  if (!store) return fail(std::move(store));
  return stored_session_provider::make(std::move(*store), {options.lifetimes, std::move(options.clock)});
}

}  // namespace latchkey::native
