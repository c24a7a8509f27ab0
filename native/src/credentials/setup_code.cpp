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

result<std::string> setup_code::make() {
  auto text = random_id(random_part_bytes);
  if (!text) return text;
  const auto digest = sha256(as_bytes(*text));
  if (!digest) return tl::unexpected<error>(digest.error());
  const std::lock_guard lock(mutex_);
  digest_ = *digest;
  return text;
}

result<bool> setup_code::matches(std::string_view text) const {
  const auto digest = sha256(as_bytes(text));
  if (!digest) return tl::unexpected<error>(digest.error());
  const std::lock_guard lock(mutex_);
  return digest_ && is_equal_constant_time(*digest_, *digest);
}

void setup_code::forget() {
  const std::lock_guard lock(mutex_);
  digest_.reset();
}

tl::unexpected<error> refuse_setup_code() {
  return fail(errc::request_invalid,
              "This set-up code is wrong or used; a restart of the server shows a new one while nobody is owner.",
              "setupCode");
}

}  // namespace latchkey::native
