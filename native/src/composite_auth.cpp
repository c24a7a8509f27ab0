// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/composite_auth.h"

#include <algorithm>
#include <iterator>

#include "provider_call.h"

namespace latchkey::native {
namespace {

using member_list = std::vector<auth_provider>;
using shared_members = std::shared_ptr<const member_list>;

/**
 * The first answer that is not empty, of the members that have the part. One that fails is skipped; without any other
 * answer its error is the answer.
 */
template <class Answer, class Part, class Ask>
result<std::optional<Answer>> first_answer(const member_list& members, std::shared_ptr<Part> auth_provider::*part,
                                           const Ask& ask) {
  std::optional<error> failure;
  for (std::size_t i = 0; i < members.size(); ++i) {
    Part* asked = (members[i].*part).get();
    if (asked == nullptr) continue;
    result<std::optional<Answer>> answer = call_provider([&] { return ask(*asked, i); });
    if (answer && *answer) return answer;
    if (!answer) failure = std::move(answer.error());
  }
  if (failure) return tl::unexpected<error>(std::move(*failure));
  return std::nullopt;
}

/** Asks every member that has the part; the first failure, after all were asked. */
template <class Part, class Ask>
result<void> ask_all(const member_list& members, std::shared_ptr<Part> auth_provider::*part, const Ask& ask) {
  result<void> outcome;
  for (const auto& member : members) {
    Part* asked = (member.*part).get();
    if (asked == nullptr) continue;
    auto answer = call_provider([&] { return ask(*asked); });
    if (!answer && outcome) outcome = std::move(answer);
  }
  return outcome;
}

template <class Part>
std::shared_ptr<Part> first_part(const member_list& members, std::shared_ptr<Part> auth_provider::*part) {
  for (const auto& member : members) {
    if (member.*part) return member.*part;
  }
  return nullptr;
}

class composite_tokens final : public token_authenticator {
 public:
  composite_tokens(shared_members members, composite_authorization authorization)
      : members_(std::move(members)), authorization_(authorization) {}

  result<std::optional<authenticated_user>> authenticate_token(std::string_view token,
                                                               const http_request& request) override {
    return first_answer<authenticated_user>(*members_, &auth_provider::tokens, [&](auto& part, std::size_t i) {
      auto known = part.authenticate_token(token, request);
      if (known && *known) {
        auto& who = **known;
        if (who.provider.empty()) who.provider = (*members_)[i].name;
        who.member_path.insert(who.member_path.begin(), i);
      }
      return known;
    });
  }

  carried_tokens find_tokens(const http_request& request) const override {
    carried_tokens all;
    const auto append = [](auto& to, const auto& from) {
      for (const auto token : from) {
        if (std::find(to.begin(), to.end(), token) == to.end()) to.push_back(token);
      }
    };
    // One that throws is skipped and has no way to say so here; authenticating will show it.
    static_cast<void>(ask_all(*members_, &auth_provider::tokens, [&](auto& part) -> result<void> {
      const carried_tokens found = part.find_tokens(request);
      append(all.explicit_tokens, found.explicit_tokens);
      append(all.ambient_tokens, found.ambient_tokens);
      return {};
    }));
    return all;
  }

  result<bool> authorize_user(const authenticated_user& who, const http_request& request) override {
    const auto owner = owner_of(who);
    if (!owner) return tl::unexpected<error>(owner.error());
    if (!*owner) return false;
    if (authorization_ == composite_authorization::authenticator) return ask(**owner, **owner, who, request);
    for (std::size_t i = 0; i < members_->size(); ++i) {
      if (!(*members_)[i].tokens) continue;
      auto answer = ask(i, **owner, who, request);
      if (authorization_ == composite_authorization::any) {
        if (answer && *answer) return true;
      } else if (!answer || !*answer) {
        return answer;
      }
    }
    return authorization_ == composite_authorization::every;
  }

 private:
  /** The member that knew the token, or that knows the person whom a session named. */
  [[nodiscard]] result<std::optional<std::size_t>> owner_of(const authenticated_user& who) const {
    if (!who.member_path.empty()) {
      const std::size_t index = who.member_path.front();
      return index < members_->size() ? std::optional(index) : std::nullopt;
    }
    // A token that none of the members knew is nobody's business here.
    if (!who.provider.empty()) return std::nullopt;
    return first_answer<std::size_t>(*members_, &auth_provider::users,
                                     [&](auto& part, std::size_t i) -> result<std::optional<std::size_t>> {
                                       auto person = part.find_user(who.person.id);
                                       if (!person) return fail(std::move(person));
                                       return *person ? std::optional(i) : std::nullopt;
                                     });
  }

  /** What a member says about its own person, or about another member's: then it is told whose. */
  [[nodiscard]] result<bool> ask(std::size_t index, std::size_t owner, const authenticated_user& who,
                                 const http_request& request) const {
    const auto& member = (*members_)[index];
    if (!member.tokens) return true;
    authenticated_user seen = who;
    if (index != owner) {
      if (seen.provider.empty()) seen.provider = (*members_)[owner].name;
      seen.member_path.clear();
    } else if (!seen.member_path.empty()) {
      seen.member_path.erase(seen.member_path.begin());
    }
    return call_provider([&] { return member.tokens->authorize_user(seen, request); });
  }

  shared_members members_;
  composite_authorization authorization_;
};

class composite_users final : public user_provider {
 public:
  explicit composite_users(shared_members members) : members_(std::move(members)) {}

  result<std::optional<user>> find_user(std::string_view user_id) override {
    return first_answer<user>(*members_, &auth_provider::users,
                              [&](auto& part, std::size_t) { return part.find_user(user_id); });
  }
  result<std::optional<user>> find_current_user(const http_request& request) override {
    return first_answer<user>(*members_, &auth_provider::users,
                              [&](auto& part, std::size_t) { return part.find_current_user(request); });
  }
  std::optional<std::string> user_profile_url(const user& person) const override {
    const auto url = first_answer<std::string>(
        *members_, &auth_provider::users,
        [&](auto& part, std::size_t) -> result<std::optional<std::string>> { return part.user_profile_url(person); });
    return url ? *url : std::nullopt;
  }

 private:
  shared_members members_;
};

class composite_sessions final : public session_provider {
 public:
  explicit composite_sessions(shared_members members)
      : members_(std::move(members)), first_(first_part(*members_, &auth_provider::sessions)) {}

  result<std::int64_t> begin_sign_in() override { return first_->begin_sign_in(); }
  result<issued_session> create_session(std::string_view user_id, const session_origin& origin) override {
    return first_->create_session(user_id, origin);
  }
  result<std::optional<opened_session>> open_session(std::string_view cookie_value) override {
    return first_answer<opened_session>(*members_, &auth_provider::sessions,
                                        [&](auto& part, std::size_t) { return part.open_session(cookie_value); });
  }
  result<void> revoke_session(const latchkey::session& session) override {
    return ask_all(*members_, &auth_provider::sessions, [&](auto& part) { return part.revoke_session(session); });
  }
  result<std::optional<ended_session>> end_session(std::string_view cookie_value) override {
    return first_answer<ended_session>(*members_, &auth_provider::sessions,
                                       [&](auto& part, std::size_t) { return part.end_session(cookie_value); });
  }
  result<refreshed_session> refresh_session(std::string_view cookie_value) override {
    // A reuse is an answer as well: the session was that member's, and no other one knows it.
    auto answer = first_answer<refreshed_session>(
        *members_, &auth_provider::sessions, [&](auto& part, std::size_t) -> result<std::optional<refreshed_session>> {
          auto refreshed = part.refresh_session(cookie_value);
          if (!refreshed) return fail(std::move(refreshed));
          if (!refreshed->issued && !refreshed->reused) return std::optional<refreshed_session>();
          return std::optional(std::move(*refreshed));
        });
    if (!answer) return fail(std::move(answer));
    return std::move(*answer).value_or(refreshed_session{});
  }
  result<void> revoke_user_sessions(std::string_view user_id) override {
    return ask_all(*members_, &auth_provider::sessions, [&](auto& part) { return part.revoke_user_sessions(user_id); });
  }
  std::int64_t max_age_seconds(const latchkey::session& session) const override {
    return first_->max_age_seconds(session);
  }
  result<std::vector<listed_session>> list_sessions(std::string_view user_id,
                                                    const latchkey::session* current) override {
    std::vector<listed_session> all;
    for (const auto& member : *members_) {
      if (!member.sessions) continue;
      auto listed = call_provider([&] { return member.sessions->list_sessions(user_id, current); });
      if (!listed && listed.error().code == errc::not_configured) continue;
      if (!listed) return listed;
      std::move(listed->begin(), listed->end(), std::back_inserter(all));
    }
    return all;
  }
  result<bool> revoke_listed_session(std::string_view user_id, std::string_view handle) override {
    for (const auto& member : *members_) {
      if (!member.sessions) continue;
      auto ended = call_provider([&] { return member.sessions->revoke_listed_session(user_id, handle); });
      if (!ended && ended.error().code == errc::not_configured) continue;
      if (!ended || *ended) return ended;
    }
    return false;
  }
  /** Those of the member that the session is of: the others don't know it, and say so. */
  result<std::int64_t> revoke_other_sessions(const latchkey::session& current) override {
    for (const auto& member : *members_) {
      if (!member.sessions) continue;
      auto ended = call_provider([&] { return member.sessions->revoke_other_sessions(current); });
      const bool is_anothers =
          !ended && (ended.error().code == errc::unauthenticated || ended.error().code == errc::not_configured);
      if (!is_anothers) return ended;
    }
    return fail(errc::unauthenticated, "The session is over.");
  }
  std::vector<std::string> clearing_cookies() const override {
    std::vector<std::string> lines;
    static_cast<void>(ask_all(*members_, &auth_provider::sessions, [&](auto& part) -> result<void> {
      for (auto& line : part.clearing_cookies()) lines.push_back(std::move(line));
      return {};
    }));
    return lines;
  }

 private:
  shared_members members_;
  std::shared_ptr<session_provider> first_;
};

/** The current user by the base, everybody else by whoever knows the accounts. */
class ee_users final : public user_provider {
 public:
  ee_users(std::shared_ptr<user_provider> base, std::shared_ptr<user_provider> accounts)
      : base_(std::move(base)), accounts_(std::move(accounts)) {}

  result<std::optional<user>> find_user(std::string_view user_id) override { return accounts_->find_user(user_id); }
  result<std::optional<user>> find_current_user(const http_request& request) override {
    if (!base_) return std::nullopt;
    return base_->find_current_user(request);
  }
  std::optional<std::string> user_profile_url(const user& person) const override {
    return accounts_->user_profile_url(person);
  }

 private:
  std::shared_ptr<user_provider> base_;
  std::shared_ptr<user_provider> accounts_;
};

/** Calls `each` with every part that is taken over as a whole: from `parts` where it is set, from `base` otherwise. */
template <class Each>
void for_each_plain_part(const Each& each) {
  each(&auth_provider::sso);
  each(&auth_provider::credentials);
  each(&auth_provider::rbac);
  each(&auth_provider::acl);
  each(&auth_provider::audit);
  each(&auth_provider::audit_events);
  each(&auth_provider::throttling);
}

}  // namespace

auth_provider with_ee(auth_provider base, auth_provider parts) {
  auth_provider made = std::move(base);
  made.name += "-ee";
  const auto take = [&](auto part) {
    if (parts.*part) made.*part = parts.*part;
  };
  take(&auth_provider::tokens);
  take(&auth_provider::sessions);
  for_each_plain_part(take);
  // The two go together: what may be late must not end up in another log than the rest.
  if (parts.audit) made.best_effort_audit = parts.best_effort_audit;
  if (parts.users) made.users = std::make_shared<ee_users>(made.users, parts.users);
  return made;
}

result<auth_provider> composite_auth(std::vector<auth_provider> members, composite_auth_options options) {
  if (options.name.empty()) return fail(errc::configuration_invalid, "A provider needs a name.", "name");
  if (members.empty()) {
    return fail(errc::configuration_invalid, "A composite provider needs at least one other.", "members");
  }
  const auto shared = std::make_shared<const member_list>(std::move(members));
  auth_provider made;
  made.name = std::move(options.name);
  made.is_mastra_cloud_auth =
      std::any_of(shared->begin(), shared->end(), [](const auto& member) { return member.is_mastra_cloud_auth; });
  made.is_simple_auth =
      std::all_of(shared->begin(), shared->end(), [](const auto& member) { return member.is_simple_auth; });
  for_each_plain_part([&](auto part) { made.*part = first_part(*shared, part); });
  const auto audited = std::find_if(shared->begin(), shared->end(), [](const auto& member) { return member.audit; });
  if (audited != shared->end()) made.best_effort_audit = audited->best_effort_audit;
  if (first_part(*shared, &auth_provider::tokens)) {
    made.tokens = std::make_shared<composite_tokens>(shared, options.authorization);
  }
  if (first_part(*shared, &auth_provider::users)) made.users = std::make_shared<composite_users>(shared);
  if (first_part(*shared, &auth_provider::sessions)) made.sessions = std::make_shared<composite_sessions>(shared);
  return made;
}

result<sso_provider*> require_sso(const auth_provider& provider) {
  if (provider.sso) return provider.sso.get();
  return fail(errc::no_sso_provider, "No configured provider offers single sign-on: add one, or sign in otherwise.");
}

result<session_provider*> require_sessions(const auth_provider& provider) {
  if (provider.sessions) return provider.sessions.get();
  return fail(errc::no_session_provider, "No configured provider keeps sessions: add one, or use tokens.");
}

result<std::optional<std::string>> logout_url(const auth_provider& provider, std::string_view user_id,
                                              std::string_view return_url) {
  if (!provider.sso) return std::nullopt;
  return provider.sso->logout_url(user_id, return_url);
}

}  // namespace latchkey::native
