// SPDX-License-Identifier: Apache-2.0
#include "sessions/session_hash_memo.h"

#include "latchkey/native/crypto/secret_bytes.h"

namespace latchkey::native {

session_hash_memo::session_hash_memo() : hash_([](std::string_view id) { return sha256(as_bytes(id)); }) {}

result<session_hash> session_hash_memo::hash_of(std::string_view session_id) {
  entry& place = entries_[std::hash<std::string_view>{}(session_id) % capacity];
  // Without an id a place knows nothing, and nobody's id is empty.
  if (const std::lock_guard lock(mutex_); !session_id.empty() && place.id == session_id) return place.hash;
  auto hash = hash_(session_id);
  if (!hash) return fail(errc::crypto_failed, hash.error().message);
  const std::lock_guard lock(mutex_);
  // In this order an allocation that fails leaves the former id with its own hash.
  place.id = session_id;
  place.hash = *hash;
  return *hash;
}

}  // namespace latchkey::native
