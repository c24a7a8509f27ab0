// SPDX-License-Identifier: Apache-2.0
#include "latchkey/session_token.h"

#include <algorithm>

#include "latchkey/base64url.h"

namespace latchkey {
namespace {

constexpr std::size_t header_bytes = 1 + session_token_key_id_bytes + session_token_salt_bytes + session_token_iv_bytes;

// Copies the next bytes of the envelope into a field and moves on.
template <std::size_t Size>
void take(std::span<const std::uint8_t>& from, std::array<std::uint8_t, Size>& to) {
  std::copy_n(from.begin(), Size, to.begin());
  from = from.subspan(Size);
}

}  // namespace

result<session_token> parse_session_token(std::string_view text) {
  // One answer for every flaw, so that a forger learns nothing.
  const auto invalid = [] { return fail(errc::session_invalid, "This is no session."); };
  if (text.size() > session_token_max_text_bytes) return invalid();
  const auto bytes = from_base64url(text);
  if (!bytes || bytes->size() < header_bytes + 1 + session_token_tag_bytes) return invalid();
  std::span<const std::uint8_t> rest(*bytes);
  session_token token;
  token.version = rest[0];
  if (token.version != session_token_version) return invalid();
  rest = rest.subspan(1);
  take(rest, token.key_id);
  take(rest, token.salt);
  take(rest, token.iv);
  const auto ciphertext = rest.first(rest.size() - session_token_tag_bytes);
  token.ciphertext.assign(ciphertext.begin(), ciphertext.end());
  rest = rest.last(session_token_tag_bytes);
  take(rest, token.tag);
  return token;
}

std::string to_token_text(const session_token& token) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(header_bytes + token.ciphertext.size() + session_token_tag_bytes);
  bytes.push_back(token.version);
  bytes.insert(bytes.end(), token.key_id.begin(), token.key_id.end());
  bytes.insert(bytes.end(), token.salt.begin(), token.salt.end());
  bytes.insert(bytes.end(), token.iv.begin(), token.iv.end());
  bytes.insert(bytes.end(), token.ciphertext.begin(), token.ciphertext.end());
  bytes.insert(bytes.end(), token.tag.begin(), token.tag.end());
  return to_base64url(bytes);
}

std::vector<std::uint8_t> session_token_aad(std::uint8_t version,
                                            std::span<const std::uint8_t, session_token_key_id_bytes> key_id,
                                            std::string_view purpose, std::string_view cookie_name) {
  std::vector<std::uint8_t> aad;
  aad.reserve(1 + key_id.size() + purpose.size() + cookie_name.size());
  aad.push_back(version);
  aad.insert(aad.end(), key_id.begin(), key_id.end());
  aad.insert(aad.end(), purpose.begin(), purpose.end());
  aad.insert(aad.end(), cookie_name.begin(), cookie_name.end());
  return aad;
}

}  // namespace latchkey
