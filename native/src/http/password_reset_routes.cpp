// SPDX-License-Identifier: Apache-2.0
#include "http/attempts.h"
#include "http/routes.h"
#include "latchkey/native/credentials/email_address.h"

namespace latchkey::native {
namespace {

constexpr std::size_t password_max_bytes = 1024;
constexpr std::size_t token_max_bytes = 128;
constexpr body_field request_fields[] = {{.name = "email", .is_email = true}};
constexpr body_field reset_fields[] = {{.name = "token", .min_bytes = 1, .max_bytes = token_max_bytes},
                                       {.name = "newPassword", .min_bytes = 1, .max_bytes = password_max_bytes}};

bool is_enabled(const server_state& state) {
  return state.provider.credentials != nullptr && state.provider.credentials->is_password_reset_enabled();
}

tl::unexpected<http_error> refuse_unconfigured() {
  return refuse(errc::not_configured, "Password reset not configured");
}

/** The answer is given before anything is known about the address: nothing in it could tell. */
http_result<http_response> request_reset(const server_state& state, request_context& context) {
  if (!is_enabled(state)) return refuse_unconfigured();
  if (auto licensed = check_may_sign_in(state); !licensed) return tl::unexpected<http_error>(licensed.error());
  const auto body = context.body(request_fields);
  if (!body) return tl::unexpected<http_error>(body.error());
  const auto email = body->text("email");
  const throttle_limits& limits = state.config.throttling;
  // The body was read with this very check, so it does not fail here.
  const std::string account = normalize_email(email).value_or(std::string());
  const auto allowed = take_attempts(state, context,
                                     {{"reset-request client " + client_of(context), limits.reset_request_by_client},
                                      {"reset-request account " + account, limits.reset_request_by_account}},
                                     email);
  if (!allowed) return tl::unexpected<http_error>(allowed.error());

  audit_event event;
  event.action = "auth.password_reset_request";
  event.actor = to_audit_actor(context.request(), nullptr);
  event.metadata = json_object{{"address", address_digest(email)}};
  if (const auto logged = context.audit(std::move(event)); !logged) return context.failed(logged.error());
  const auto asked = call_provider([&] { return state.provider.credentials->request_password_reset(email); });
  if (!asked) return context.failed(asked.error());
  return json_response(200, json_object{{"success", true}});
}

http_result<http_response> reset(const server_state& state, request_context& context) {
  if (!is_enabled(state)) return refuse_unconfigured();
  if (auto licensed = check_may_sign_in(state); !licensed) return tl::unexpected<http_error>(licensed.error());
  const auto body = context.body(reset_fields);
  if (!body) return tl::unexpected<http_error>(body.error());
  const auto allowed =
      take_attempts(state, context, {{"reset client " + client_of(context), state.config.throttling.reset_by_client}});
  if (!allowed) return tl::unexpected<http_error>(allowed.error());
  const auto person = call_provider(
      [&] { return state.provider.credentials->reset_password(body->text("token"), body->text("newPassword")); });
  if (!person && person.error().code == errc::request_invalid) {
    return refuse_body({{"newPassword", person.error().message}});
  }
  if (!person) return context.failed(person.error());

  audit_event event;
  event.action = "auth.password_reset";
  event.outcome = *person ? audit_outcome::success : audit_outcome::failure;
  event.actor = to_audit_actor(context.request(), *person ? &**person : nullptr);
  if (const auto logged = context.audit(std::move(event)); !logged) return context.failed(logged.error());
  if (!*person) return refuse(errc::reset_token_invalid);
  // No session and no cookie: the mailbox has proven itself, not yet whatever else a sign-in asks for (CR-12).
  return json_response(200, json_object{{"success", true}});
}

}  // namespace

result<void> add_password_reset_routes(server_state& state) {
  auto added = state.routes.add({"POST", "/auth/credentials/request-password-reset", route_guard::open(),
                                 [&state](auto& context) { return request_reset(state, context); }});
  if (!added) return added;
  return state.routes.add({"POST",
                           "/auth/credentials/reset-password",
                           route_guard::open(),
                           [&state](auto& context) { return reset(state, context); },
                           {},
                           route_work::heavy});
}

}  // namespace latchkey::native
