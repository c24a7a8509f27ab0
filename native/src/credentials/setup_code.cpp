// SPDX-License-Identifier: Apache-2.0
#include "credentials/setup_code.h"

#include "latchkey/native/crypto/constant_time.h"
#include "latchkey/native/crypto/hash.h"
#include "latchkey/native/crypto/random.h"
#include "latchkey/native/crypto/secret_bytes.h"

namespace latchkey::native {
namespace {

/** 20 characters. */
constexpr std::size_t random_part_bytes = 15;

}  // namespace

result<std::string> setup_code::make(std::int64_t expires_at_ms) {
  auto text = random_id(random_part_bytes);
  if (!text) return text;
  const auto digest = sha256(as_bytes(*text));
  if (!digest) return tl::unexpected<error>(digest.error());
  const std::lock_guard lock(mutex_);
  known_ = {*digest, expires_at_ms};
  return text;
}

result<void> setup_code::check(std::string_view text, std::int64_t now_ms) const {
  const auto digest = sha256(as_bytes(text));
  if (!digest) return tl::unexpected<error>(digest.error());
  const std::lock_guard lock(mutex_);
  const bool is_good = known_ && is_equal_constant_time(known_->digest, *digest) && now_ms < known_->expires_at_ms;
  return is_good ? result<void>() : refuse_setup_code();
}

void setup_code::forget(std::string_view text) {
  const auto digest = sha256(as_bytes(text));
  const std::lock_guard lock(mutex_);
  // One that can't be told from the present one takes that along: the safe side.
  if (!digest || (known_ && is_equal_constant_time(known_->digest, *digest))) known_.reset();
}

tl::unexpected<error> refuse_setup_code() {
  return fail(errc::request_invalid,
              "This set-up code is wrong, used, over or another server's, or somebody is owner by now.", "setupCode");
}

}  // namespace latchkey::native
