// SPDX-License-Identifier: Apache-2.0
#include "http/attempts.h"

#include "http/client_address.h"
#include "http/text.h"
#include "latchkey/native/crypto/hash.h"
#include "latchkey/native/crypto/hex.h"

namespace latchkey::native {
namespace {

constexpr std::int64_t ms_per_second = 1'000;

/** Best effort, and rarely: a flood of refusals must not fill the store of the audit log. */
void record_throttled(const server_state& state, request_context& context, const attempt& refused,
                      std::string_view email) {
  const auto first = call_provider(
      [&] { return state.provider.throttling->take("audit " + refused.key, state.config.throttling.audit_by_key); });
  if (!first || !first->is_allowed) return;
  audit_event event;
  event.action = "auth.throttled";
  event.outcome = audit_outcome::denied;
  event.actor = to_audit_actor(context.request(), nullptr);
  json_object metadata{{"path", context.request().path}};
  if (!email.empty()) metadata.emplace_back("address", address_digest(email));
  event.metadata = std::move(metadata);
  context.audit_best_effort(std::move(event));
}

}  // namespace

result<void> check_throttle_limits(const throttle_limits& limits) {
  for (const throttle_rule& rule :
       {limits.sign_in_by_client, limits.sign_in_by_account_and_client, limits.sign_in_by_account,
        limits.sign_in_success_by_account, limits.sign_up_by_client, limits.reset_request_by_client,
        limits.reset_request_by_account, limits.reset_by_client, limits.sso_login_by_client,
        limits.sso_callback_by_client, limits.refresh_by_session, limits.audit_by_key, limits.audit_of_refusals}) {
    if (!is_valid(rule)) {
      return fail(errc::configuration_invalid,
                  "A limit of attempts needs an interval of 1 ms to a day and a burst of 1 to 1,000,000.",
                  "throttling");
    }
  }
  return {};
}

http_result<void> take_attempts(const server_state& state, request_context& context,
                                std::initializer_list<attempt> attempts, std::string_view email) {
  for (const attempt& each : attempts) {
    const auto taken = call_provider([&] { return state.provider.throttling->take(each.key, each.rule); });
    if (!taken) return context.failed({errc::unavailable, taken.error().message, {}});
    if (taken->is_allowed) continue;
    record_throttled(state, context, each, email);
    http_error refusal;
    refusal.code = errc::throttled;
    refusal.retry_after_s = (taken->retry_after_ms + ms_per_second - 1) / ms_per_second;
    return tl::unexpected<http_error>(std::move(refusal));
  }
  return {};
}

void record_refusal(const server_state& state, request_context& context, audit_event event) {
  const caller* asking = context.signed_in();
  const std::string key = asking ? "person " + asking->person.id : "client " + client_of(context);
  const auto taken = call_provider([&] {
    return state.provider.throttling->take("audit refusals " + key, state.config.throttling.audit_of_refusals);
  });
  // What can't be counted is recorded: an attacker must not be able to switch the log off.
  if (taken && !taken->is_allowed) {
    state.unrecorded_refusals.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  if (const auto left_out = state.unrecorded_refusals.exchange(0, std::memory_order_relaxed); left_out > 0) {
    if (event.metadata.as_object() == nullptr) event.metadata = json_object{};
    event.metadata.as_object()->emplace_back("unrecorded", static_cast<std::int64_t>(left_out));
  }
  context.audit_best_effort(std::move(event));
}

std::string client_of(const request_context& context) { return client_network(context.request().remote_address); }

std::string address_digest(std::string_view email) {
  constexpr std::size_t shown_bytes = 8;
  const std::string lower = to_lower(email);
  const auto digest = sha256(std::span(reinterpret_cast<const std::uint8_t*>(lower.data()), lower.size()));
  return digest ? "sha256:" + to_hex(std::span(*digest).first(shown_bytes)) : "sha256:";
}

}  // namespace latchkey::native
