// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/providers/simple_auth.h"

#include <algorithm>
#include <map>

#include "http/text.h"
#include "latchkey/cookie.h"
#include "latchkey/native/crypto/constant_time.h"
#include "latchkey/native/crypto/hash.h"
#include "latchkey/native/crypto/secret_bytes.h"

namespace latchkey::native {
namespace {

struct token_entry {
  sha256_digest digest;
  user owner;
};

std::string_view without_scheme(std::string_view value) {
  constexpr std::string_view scheme = "Bearer ";
  value = trim(value);
  return equals_ignoring_case(value.substr(0, scheme.size()), scheme) ? trim(value.substr(scheme.size())) : value;
}

class simple_authenticator final : public token_authenticator, public user_provider {
 public:
  simple_authenticator(const simple_auth_options& options, std::vector<token_entry> entries)
      : name_(options.name),
        headers_(options.headers),
        cookie_name_(options.cookie_name),
        entries_(std::move(entries)) {
    for (const auto& entry : entries_) people_.emplace(entry.owner.id, entry.owner);
  }

  result<std::optional<authenticated_user>> authenticate_token(std::string_view token, const http_request&) override {
    if (token.empty() || token.size() > token_max_bytes) return std::nullopt;
    const auto digest = sha256(as_bytes(token));
    if (!digest) return tl::unexpected<error>(digest.error());
    const token_entry* match = nullptr;
    // To the end in any case: where the match stands is nobody's business.
    for (const auto& entry : entries_) {
      if (is_equal_constant_time(entry.digest, *digest)) match = &entry;
    }
    if (match == nullptr) return std::nullopt;
    return authenticated_user{match->owner, name_, {}, true};
  }

  carried_tokens find_tokens(const http_request& request) const override {
    carried_tokens found;
    for (const auto& name : headers_) {
      if (const auto value = without_scheme(request.header(name)); !value.empty()) {
        found.explicit_tokens.push_back(value);
      }
    }
    if (!cookie_name_.empty()) found.ambient_tokens = find_cookies(request.header("Cookie"), cookie_name_);
    return found;
  }

  result<bool> authorize_user(const authenticated_user& who, const http_request&) override {
    return who.provider.empty() || people_.contains(who.person.id);
  }

  result<std::optional<user>> find_user(std::string_view user_id) override {
    const auto found = people_.find(user_id);
    return found == people_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  std::string name_;
  std::vector<std::string> headers_;
  std::string cookie_name_;
  std::vector<token_entry> entries_;
  std::map<std::string, user, std::less<>> people_;
};

tl::unexpected<error> misconfigured(std::string message, std::string field) {
  return fail(errc::configuration_invalid, std::move(message), std::move(field));
}

bool is_token_text(std::string_view token) {
  return !token.empty() && token.size() <= token_max_bytes && std::all_of(token.begin(), token.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f;
  });
}

result<std::vector<token_entry>> to_entries(const std::vector<std::pair<std::string, user>>& tokens) {
  std::vector<token_entry> entries;
  for (const auto& [token, owner] : tokens) {
    if (!is_token_text(token)) {
      return misconfigured("A token must be of visible ASCII characters, at most 8 KiB.", "tokens");
    }
    if (owner.id.empty()) return misconfigured("The user of a token needs an id.", "tokens");
    const auto digest = sha256(as_bytes(token));
    if (!digest) return tl::unexpected<error>(digest.error());
    for (const auto& entry : entries) {
      if (entry.digest == *digest) return misconfigured("A token is listed twice.", "tokens");
      if (entry.owner.id == owner.id && entry.owner != owner) {
        return misconfigured("Two tokens describe the user " + owner.id + " differently.", "tokens");
      }
    }
    entries.push_back({*digest, owner});
  }
  return entries;
}

}  // namespace

result<auth_provider> simple_auth(const simple_auth_options& options) {
  if (options.name.empty()) return misconfigured("A provider needs a name.", "name");
  if (options.tokens.empty()) return misconfigured("There is no token: nobody could use this provider.", "tokens");
  if (!std::all_of(options.headers.begin(), options.headers.end(), is_token)) {
    return misconfigured("A header's name is not one that a request can have.", "headers");
  }
  if (!options.cookie_name.empty() && !is_token(options.cookie_name)) {
    return misconfigured("The cookie's name is not one that a request can have.", "cookie_name");
  }
  auto entries = to_entries(options.tokens);
  if (!entries) return fail(std::move(entries));
  const auto authenticator = std::make_shared<simple_authenticator>(options, std::move(*entries));
  auth_provider made;
  made.name = options.name;
  made.is_simple_auth = true;
  made.tokens = authenticator;
  made.users = authenticator;
  return made;
}

}  // namespace latchkey::native
