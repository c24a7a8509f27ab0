// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_TEXT_HASH_H_
#define LATCHKEY_TEXT_HASH_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace latchkey {

inline constexpr std::uint64_t hash_multiplier = 0x9E3779B97F4A7C15;

inline std::uint64_t mix(std::uint64_t hash) noexcept {
  hash *= hash_multiplier;
  return hash ^ (hash >> 32);
}

template <class Word>
std::uint64_t load(const char* from) noexcept {
  Word word;
  std::memcpy(&word, from, sizeof(word));
  return word;
}

// Spreads a text over 64 bits, eight bytes at a time. Not meant to resist chosen grants: those come from the operator,
// and a crowded table costs time, never a wrong answer.
inline std::uint64_t hash_text(std::string_view text) noexcept {
  const char* data = text.data();
  std::size_t left = text.size();
  std::uint64_t hash = left + 1;
  while (left > 16) {
    hash = mix(hash ^ load<std::uint64_t>(data));
    data += 8;
    left -= 8;
  }
  if (left >= 8) {
    hash = mix(hash ^ load<std::uint64_t>(data));
    return mix(hash ^ load<std::uint64_t>(data + left - 8));
  }
  if (left >= 4) return mix(hash ^ (load<std::uint32_t>(data) << 32 | load<std::uint32_t>(data + left - 4)));
  std::uint64_t tail = 0;
  for (std::size_t i = 0; i < left; ++i) tail = tail << 8 | static_cast<unsigned char>(data[i]);
  return mix(hash ^ tail);
}

// Equality in whole words, as above: texts are short, and a call of memcmp costs more than it saves them.
inline bool is_same(std::string_view one, std::string_view other) noexcept {
  if (one.size() != other.size()) return false;
  const char* a = one.data();
  const char* b = other.data();
  std::size_t left = one.size();
  if (left < 8) {
    while (left > 0 && a[left - 1] == b[left - 1]) --left;
    return left == 0;
  }
  for (; left > 8; a += 8, b += 8, left -= 8) {
    if (load<std::uint64_t>(a) != load<std::uint64_t>(b)) return false;
  }
  return load<std::uint64_t>(a + left - 8) == load<std::uint64_t>(b + left - 8);
}

}  // namespace latchkey

#endif  // LATCHKEY_TEXT_HASH_H_
