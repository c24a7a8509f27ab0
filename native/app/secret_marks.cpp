// SPDX-License-Identifier: Apache-2.0
#include "secret_marks.h"

#include "latchkey/native/crypto/hex.h"
#include "latchkey/native/sessions/session_sealer.h"

namespace latchkey::app {

result<std::vector<std::string>> marks_of(const native::key_ring& keys) {
  const auto derived = keys.keys_for(native::session_purpose);
  if (!derived) return tl::unexpected<error>(derived.error());
  std::vector<std::string> marks;
  for (const auto& key : *derived) marks.push_back(native::to_hex(key.id));
  return marks;
}

result<std::vector<std::string>> marks_of(std::span<const std::string> secrets) {
  auto ring = native::key_ring::make(secrets);
  if (!ring) return fail(std::move(ring));
  return marks_of(**ring);
}

}  // namespace latchkey::app
