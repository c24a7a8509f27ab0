// SPDX-License-Identifier: Apache-2.0
#include "http/attempts.h"
#include "http/ended_sessions.h"
#include "http/routes.h"
#include "latchkey/json_mapping.h"
#include "latchkey/native/credentials/email_address.h"

namespace latchkey::native {

http_result<http_response> start_session(const server_state& state, request_context& context, const user& person,
                                         const proven_sign_in& proof, http_response response) {
  auto& sessions = *state.provider.sessions;
  const session_origin origin = origin_of(context.request(), proof.mark);
  const auto issued = call_provider([&] { return sessions.create_session(person.id, origin); });
  if (!issued && issued.error().code == errc::unauthenticated) {
    audit_event refused;
    refused.action = std::string(proof.action);
    refused.outcome = audit_outcome::failure;
    refused.actor = to_audit_actor(context.request(), &person);
    if (const auto logged = context.audit(std::move(refused)); !logged) return context.failed(logged.error());
    return refuse(errc::credentials_invalid);
  }
  if (!issued) return context.failed(issued.error());

  audit_event event;
  event.action = std::string(proof.action);
  event.actor = to_audit_actor(context.request(), &person);
  event.session_hash = hash_for_audit(issued->session);
  auto done = add_session_cookie(state, *issued, response);
  if (done && proof.on_session) done = call_provider([&] { return proof.on_session(issued->session); });
  if (done) {
    if (auto ended = end_carried_sessions(state, context); !ended) done = fail(std::move(ended));
  }
  if (done) done = context.audit(std::move(event));
  if (done) return response;
  if (const auto undone = revoke_sessions(state, {issued->session}); !undone) context.report(undone.error().message);
  return context.failed(done.error());
}

namespace {

constexpr std::size_t password_max_bytes = 1024;
constexpr body_field sign_in_fields[] = {{.name = "email", .is_email = true},
                                         {.name = "password", .min_bytes = 1, .max_bytes = password_max_bytes}};
constexpr body_field sign_up_fields[] = {{.name = "email", .is_email = true},
                                         {.name = "password", .min_bytes = 1, .max_bytes = password_max_bytes},
                                         {.name = "name", .required = false},
                                         {.name = "setupCode", .required = false, .min_bytes = 1, .max_bytes = 128}};

audit_event failure_event(const request_context& context, std::string_view action, std::string_view email) {
  audit_event event;
  event.action = std::string(action);
  event.outcome = audit_outcome::failure;
  event.actor = to_audit_actor(context.request(), nullptr);
  event.metadata = json_object{{"address", address_digest(email)}};
  return event;
}

http_response user_response(const user& person) { return json_response(200, json_object{{"user", to_json(person)}}); }

/** The names of what a sign-in is counted under. */
struct sign_in_counts {
  std::string client;
  std::string account_and_client;
  std::string account;
};

sign_in_counts count_sign_in(const request_context& context, std::string_view email) {
  const std::string client = client_of(context);
  // The body was read with this very check, so it does not fail here.
  const std::string account = normalize_email(email).value_or(std::string());
  return {"sign-in client " + client, "sign-in account " + account + " client " + client, "sign-in account " + account};
}

/** The password was right: the failures before it were the owner's, and of the client's attempts this one was none. */
void give_back(const server_state& state, request_context& context, const sign_in_counts& counts) {
  throttle& throttling = *state.provider.throttling;
  for (const auto& done :
       {call_provider([&] { return throttling.forget(counts.account); }),
        call_provider([&] { return throttling.forget(counts.account_and_client); }), call_provider([&] {
          return throttling.give_back(counts.client, state.config.throttling.sign_in_by_client);
        })}) {
    if (!done) context.report(done.error().message);
  }
}

http_result<http_response> sign_in(const server_state& state, request_context& context) {
  if (!state.provider.credentials) return refuse(errc::not_configured, "Credentials authentication not configured");
  if (auto licensed = check_may_sign_in(state); !licensed) return tl::unexpected<http_error>(licensed.error());
  const auto body = context.body(sign_in_fields);
  if (!body) return tl::unexpected<http_error>(body.error());
  const auto email = body->text("email");
  const sign_in_counts counts = count_sign_in(context, email);
  const throttle_limits& limits = state.config.throttling;
  // What is refused by one count is not taken from the next: a client that is over its own limit takes nothing from an
  // account.
  const auto allowed = take_attempts(state, context,
                                     {{counts.client, limits.sign_in_by_client},
                                      {counts.account_and_client, limits.sign_in_by_account_and_client},
                                      {counts.account, limits.sign_in_by_account}},
                                     email);
  if (!allowed) return tl::unexpected<http_error>(allowed.error());
  // Before the password is looked at: a change of it from here on refuses the session.
  const auto mark = call_provider([&] { return state.provider.sessions->begin_sign_in(); });
  if (!mark) return context.failed(mark.error());
  const auto person = call_provider([&] { return state.provider.credentials->sign_in(email, body->text("password")); });
  if (!person) return context.failed(person.error());
  if (*person) {
    give_back(state, context, counts);
    // Behind the password, so that strangers can't use it up.
    const auto admitted = take_attempts(
        state, context, {{"signed-in account " + counts.account, limits.sign_in_success_by_account}}, email);
    if (!admitted) return tl::unexpected<http_error>(admitted.error());
    return start_session(state, context, **person, {"auth.sign_in", *mark}, user_response(**person));
  }
  const auto logged = context.audit(failure_event(context, "auth.sign_in", email));
  return logged ? refuse(errc::credentials_invalid) : context.failed(logged.error());
}

/** Puts a sign-up that came to nothing on record; the answer tells nobody more than that. */
http_result<user> fail_sign_up(request_context& context, const error& failed, std::string_view email) {
  if (failed.code != errc::sign_up_failed) return context.failed(failed);
  const auto logged = context.audit(failure_event(context, "auth.sign_up", email));
  return logged ? refuse(errc::sign_up_failed) : context.failed(logged.error());
}

http_result<user> refuse_owner(request_context& context, const error& refused, std::string_view email) {
  if (refused.code != errc::request_invalid || refused.field != "setupCode") return context.failed(refused);
  audit_event event = failure_event(context, "auth.sign_up", email);
  event.metadata = json_object{{"address", address_digest(email)}, {"setupCode", "refused"}};
  const auto logged = context.audit(std::move(event));
  return logged ? refuse_body({{refused.field, refused.message}}) : context.failed(logged.error());
}

audit_event owner_event(const request_context& context, std::string_view email, audit_outcome outcome) {
  audit_event event;
  event.action = "role.assign";
  event.outcome = outcome;
  event.actor = to_audit_actor(context.request(), nullptr);
  event.resource = audit_resource{"user", {}, normalize_email(email).value_or(std::string())};
  event.metadata = json_object{{"role", "owner"}, {"setupCode", "accepted"}};
  return event;
}

/** As with every change of roles it is on record before it is so, and so is that nothing came of it. */
http_result<user> add_owner(const server_state& state, request_context& context, const body_values& body) {
  auto& credentials = *state.provider.credentials;
  const auto email = body.text("email");
  const auto code = body.text("setupCode");
  const auto checked = call_provider([&] { return credentials.check_setup_code(code); });
  if (!checked) return refuse_owner(context, checked.error(), email);
  auto logged = context.audit(owner_event(context, email, audit_outcome::success));
  if (!logged) return context.failed(logged.error());
  auto person =
      call_provider([&] { return credentials.sign_up_owner(email, body.text("password"), body.text("name"), code); });
  if (person) return std::move(*person);
  logged = context.audit(owner_event(context, email, audit_outcome::failure));
  if (!logged) return context.failed(logged.error());
  const bool is_refused = person.error().code == errc::request_invalid;
  return is_refused ? refuse_owner(context, person.error(), email) : fail_sign_up(context, person.error(), email);
}

http_result<user> add_person(const server_state& state, request_context& context, const body_values& body) {
  const auto email = body.text("email");
  auto person = call_provider(
      [&] { return state.provider.credentials->sign_up(email, body.text("password"), body.text("name")); });
  if (person) return std::move(*person);
  return fail_sign_up(context, person.error(), email);
}

http_result<http_response> sign_up(const server_state& state, request_context& context) {
  if (!state.provider.credentials) return refuse(errc::not_configured, "Credentials authentication not configured");
  if (auto licensed = check_may_sign_in(state); !licensed) return tl::unexpected<http_error>(licensed.error());
  if (!state.provider.credentials->is_sign_up_enabled()) {
    audit_event event;
    event.action = "auth.sign_up";
    event.outcome = audit_outcome::denied;
    record_refusal(state, context, std::move(event));
    return refuse(errc::sign_up_disabled);
  }
  const auto body = context.body(sign_up_fields);
  if (!body) return tl::unexpected<http_error>(body.error());
  const auto email = body->text("email");
  const auto allowed = take_attempts(
      state, context, {{"sign-up client " + client_of(context), state.config.throttling.sign_up_by_client}}, email);
  if (!allowed) return tl::unexpected<http_error>(allowed.error());
  const auto acceptable = call_provider(
      [&] { return state.provider.credentials->check_sign_up(email, body->text("password"), body->text("name")); });
  if (!acceptable && acceptable.error().code == errc::request_invalid) {
    context.audit_best_effort(failure_event(context, "auth.sign_up", email));
    return refuse_body({{acceptable.error().field, acceptable.error().message}});
  }
  if (!acceptable) return context.failed(acceptable.error());
  const auto mark = call_provider([&] { return state.provider.sessions->begin_sign_in(); });
  if (!mark) return context.failed(mark.error());
  const auto person = body->has("setupCode") ? add_owner(state, context, *body) : add_person(state, context, *body);
  if (!person) return tl::unexpected<http_error>(person.error());
  return start_session(state, context, *person, {"auth.sign_up", *mark}, user_response(*person));
}

}  // namespace

result<void> add_credential_routes(server_state& state) {
  auto added = state.routes.add({"POST",
                                 "/auth/credentials/sign-in",
                                 route_guard::open(),
                                 [&state](auto& context) { return sign_in(state, context); },
                                 {"/auth/login"},
                                 route_work::heavy});
  if (!added) return added;
  return state.routes.add({"POST",
                           "/auth/credentials/sign-up",
                           route_guard::open(),
                           [&state](auto& context) { return sign_up(state, context); },
                           {"/auth/signup"},
                           route_work::heavy});
}

}  // namespace latchkey::native
