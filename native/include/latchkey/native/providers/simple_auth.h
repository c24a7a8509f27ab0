// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_PROVIDERS_SIMPLE_AUTH_H_
#define LATCHKEY_NATIVE_PROVIDERS_SIMPLE_AUTH_H_

/**
 * A fixed list of tokens and whose they are: for programs, and for a deployed runner. Tokens are kept and compared as
 * SHA-256 digests, each with every entry in constant time, so an answer's time says nothing about the list (SS-19).
 */

#include <string>
#include <utility>
#include <vector>

#include "latchkey/native/provider.h"

namespace latchkey::native {

/** The longest token that is looked at; longer ones are nobody's. */
inline constexpr std::size_t token_max_bytes = 8 * 1024;

struct simple_auth_options {
  std::string name = "simple-auth";
  /** Each token with its user. Several tokens may name one user, with the same facts. */
  std::vector<std::pair<std::string, user>> tokens = {};
  /** Headers that may carry a token beside `Authorization: Bearer`; a `Bearer ` before it there is no part of it. */
  std::vector<std::string> headers = {};
  /** A cookie that may carry one; empty for none. */
  std::string cookie_name = "mastra-token";
};

/**
 * The provider: its tokens, and its users by their id. `authorize_user` says yes to its own users, and to whoever was
 * named by a session, because the provider of that session has let them in. `configuration_invalid` for no token, one
 * that is empty, repeated, over 8 KiB or holds a blank or a control character, for a user without an id or with two
 * forms, and for names that no header or cookie has. Messages hold no token.
 */
[[nodiscard]] result<auth_provider> simple_auth(const simple_auth_options& options);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_PROVIDERS_SIMPLE_AUTH_H_
