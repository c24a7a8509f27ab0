// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_TESTS_NATIVE_TOKEN_SUPPORT_H_
#define LATCHKEY_TESTS_NATIVE_TOKEN_SUPPORT_H_

/** A provider of tokens in memory, with switches for its failures. */

#include "native/http_support.h"

namespace latchkey::native::testing {

class fake_tokens final : public token_authenticator {
 public:
  /** Tokens and the ids of their users. */
  std::map<std::string, std::string, std::less<>> known;
  std::vector<std::string> explicit_tokens;
  std::vector<std::string> ambient_tokens;
  mood how = mood::well;
  mood authorizing = mood::well;
  bool authorizes = true;
  /** What was asked, in order. */
  std::vector<std::string> tried;
  std::vector<authenticated_user> asked_about;

  result<std::optional<authenticated_user>> authenticate_token(std::string_view token, const http_request&) override {
    const std::lock_guard lock(mutex_);
    tried.emplace_back(token);
    if (how != mood::well) return misbehave(how);
    const auto found = known.find(token);
    if (found == known.end()) return std::nullopt;
    return authenticated_user{user{found->second, std::nullopt, std::nullopt, std::nullopt}, "", {}};
  }
  carried_tokens find_tokens(const http_request&) const override {
    if (how == mood::throws) throw std::runtime_error("no tokens");
    return {{explicit_tokens.begin(), explicit_tokens.end()}, {ambient_tokens.begin(), ambient_tokens.end()}};
  }
  result<bool> authorize_user(const authenticated_user& who, const http_request&) override {
    const std::lock_guard lock(mutex_);
    asked_about.push_back(who);
    if (authorizing != mood::well) return misbehave(authorizing);
    return authorizes;
  }

 private:
  std::mutex mutex_;
};

}  // namespace latchkey::native::testing

#endif  // LATCHKEY_TESTS_NATIVE_TOKEN_SUPPORT_H_
