// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_BINDINGS_ASKED_BEFORE_H_
#define LATCHKEY_BINDINGS_ASKED_BEFORE_H_

/**
 * Which questions were asked before, for a caller that remembers answers: remembering costs more than asking, and most
 * questions of a program with endless resources come once. A guess, and about costs only: a question may be taken for
 * another one, and all are forgotten from time to time. No answer depends on it.
 */

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace latchkey::boundary {

class asked_before {
 public:
  /** Whether `text` was asked of `set` since the last time that all was forgotten; from now on it was. */
  [[nodiscard]] bool note(int set, std::string_view text) noexcept {
    const std::uint32_t slot = slot_of(set, text);
    const auto bit = static_cast<std::uint8_t>(1U << slot % 8);
    std::uint8_t& held = seen_[slot / 8];
    if ((held & bit) != 0) return true;
    // So few that a text that was never asked is seldom taken for one that was: remembering one costs as much as asking.
    if (++marks_ > seen_.size() / 4) {
      seen_.fill(0);
      marks_ = 1;
    }
    held = static_cast<std::uint8_t>(held | bit);
    return false;
  }

 private:
  static constexpr std::uint32_t slot_bits = 17;

  static std::uint64_t mix(std::uint64_t hash) noexcept {
    hash *= 0x9E3779B97F4A7C15;
    return hash ^ (hash >> 32);
  }

  static std::uint32_t slot_of(int set, std::string_view text) noexcept {
    const char* data = text.data();
    std::size_t left = text.size();
    std::uint64_t hash = std::uint64_t{left} << 32 | static_cast<std::uint32_t>(set);
    for (; left > sizeof(std::uint64_t); data += 8, left -= 8) hash = mix(hash ^ word_at(data));
    // The last eight bytes may overlap those before them; of a shorter text there are but a few.
    std::uint64_t rest = 0;
    if (text.size() >= sizeof(rest)) {
      rest = word_at(data + left - sizeof(rest));
    } else {
      for (const char c : text) rest = rest << 8 | static_cast<unsigned char>(c);
    }
    return static_cast<std::uint32_t>(mix(hash ^ rest) >> (64 - slot_bits));
  }

  static std::uint64_t word_at(const char* from) noexcept {
    std::uint64_t word;
    std::memcpy(&word, from, sizeof(word));
    return word;
  }

  std::array<std::uint8_t, (1U << slot_bits) / 8> seen_{};
  std::size_t marks_ = 0;
};

}  // namespace latchkey::boundary

#endif  // LATCHKEY_BINDINGS_ASKED_BEFORE_H_
