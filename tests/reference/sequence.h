// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_TESTS_REFERENCE_SEQUENCE_H_
#define LATCHKEY_TESTS_REFERENCE_SEQUENCE_H_

/** The random sequence of sequence.mjs, word for word. */

#include <cstddef>
#include <cstdint>
#include <span>

namespace latchkey::reference {

class sequence {
 public:
  sequence(std::uint32_t seed, std::uint32_t chunk) noexcept {
    std::uint32_t state = (seed * 0x85ebca6bu) ^ (chunk * 0xc2b2ae35u);
    for (std::uint32_t& word : words_) {
      state += 0x9e3779b9u;
      std::uint32_t z = state;
      z = (z ^ (z >> 16)) * 0x21f0aaadu;
      z = (z ^ (z >> 15)) * 0x735a2d97u;
      word = z ^ (z >> 15);
    }
  }

  /** The next 32 bits. */
  std::uint32_t word() noexcept {
    auto& [a, b, c, d] = words_;
    const std::uint32_t result = rotate(b * 5, 7) * 9;
    const std::uint32_t t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotate(d, 11);
    return result;
  }

  /** One of 0 … n - 1. */
  std::uint32_t pick(std::size_t n) noexcept { return static_cast<std::uint32_t>((std::uint64_t{word()} * n) >> 32); }

  /** True once in n. */
  bool once(std::size_t n) noexcept { return pick(n) == 0; }

  /** One of a list. */
  template <class List>
  const auto& of(const List& list) noexcept {
    return list[pick(std::size(list))];
  }

 private:
  static std::uint32_t rotate(std::uint32_t word, int bits) noexcept { return (word << bits) | (word >> (32 - bits)); }

  std::uint32_t words_[4];
};

}  // namespace latchkey::reference

#endif  // LATCHKEY_TESTS_REFERENCE_SEQUENCE_H_
