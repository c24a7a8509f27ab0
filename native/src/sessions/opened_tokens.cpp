// SPDX-License-Identifier: Apache-2.0
#include "sessions/opened_tokens.h"

#include <functional>

#include "latchkey/native/crypto/constant_time.h"

namespace latchkey::native {

// Where a token lies is no secret: whoever aims at a place can only push out what is remembered there.
std::size_t opened_tokens::place_of(std::string_view token) noexcept {
  return std::hash<std::string_view>{}(token) % capacity;
}

std::optional<session> opened_tokens::find(std::string_view token, const void* keys) const {
  const entry& known = entries_[place_of(token)];
  const std::lock_guard lock(mutex_);
  if (known.keys == nullptr || known.keys != keys || !is_equal_constant_time(known.token, token)) return std::nullopt;
  return known.opened;
}

void opened_tokens::remember(std::string_view token, const void* keys, const session& opened) {
  entry& place = entries_[place_of(token)];
  const std::lock_guard lock(mutex_);
  // In this order an allocation that fails leaves a place that answers nothing.
  place.keys = nullptr;
  place.token = token;
  place.opened = opened;
  place.keys = keys;
}

}  // namespace latchkey::native
