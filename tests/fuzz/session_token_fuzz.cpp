// SPDX-License-Identifier: Apache-2.0
#include "latchkey/session_token.h"

#include "boundary.h"
#include "fuzz.h"
#include "latchkey/base64url.h"

namespace {

using namespace latchkey;

constexpr std::size_t tag_at_least = 1 + session_token_key_id_bytes + session_token_salt_bytes + session_token_iv_bytes;

void check_text(std::string_view text) {
  const auto token = parse_session_token(text);
  const bool crosses = !boundary::parse_session_token(std::string(text)).empty();
  fuzz::require(crosses == token.has_value(), "the boundary gives a token when core does");
  if (!token) {
    fuzz::require(token.error() == parse_session_token("").error(), "every flaw has the same answer");
    return;
  }
  fuzz::require(to_token_text(*token) == text, "a token has one text");
  fuzz::require(text.size() <= session_token_max_text_bytes && token->version == session_token_version &&
                    !token->ciphertext.empty(),
                "a token is what the envelope allows");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check_text(fuzz::to_text(data, size));

  // The same bytes as what stands inside the text, so that the search doesn't have to find base64url first.
  const std::string text = to_base64url({data, size});
  check_text(text);
  const auto token = parse_session_token(text);
  const bool is_envelope = size > tag_at_least + session_token_tag_bytes && data[0] == session_token_version;
  fuzz::require(token.has_value() == is_envelope, "an envelope is told by its length and its version");
  if (!token) return 0;
  const std::uint8_t* at = data + 1;
  const auto follows = [&](const auto& field) {
    const bool same = std::equal(field.begin(), field.end(), at);
    at += field.size();
    return same;
  };
  fuzz::require(follows(token->key_id) && follows(token->salt) && follows(token->iv) && follows(token->ciphertext) &&
                    follows(token->tag) && at == data + size,
                "every byte is in its field");
  return 0;
}
