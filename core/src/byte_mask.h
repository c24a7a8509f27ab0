// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_BYTE_MASK_H_
#define LATCHKEY_BYTE_MASK_H_

/**
 * Questions about sixteen bytes at once: a bit for each byte of which the answer is yes, the first byte's lowest. By SSE2
 * where the compiler has it (every x86-64), byte by byte elsewhere.
 */

#include <cstddef>
#include <cstdint>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "ascii.h"

namespace latchkey {

inline constexpr std::size_t byte_mask_width = 16;

#ifdef __SSE2__

[[nodiscard]] inline __m128i load_sixteen(const char* bytes) noexcept {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
}

[[nodiscard]] inline std::uint32_t mask_of(__m128i flagged) noexcept {
  return static_cast<std::uint32_t>(_mm_movemask_epi8(flagged));
}

/** The bytes that equal `wanted`. */
[[nodiscard]] inline std::uint32_t equal_mask(const char* bytes, char wanted) noexcept {
  return mask_of(_mm_cmpeq_epi8(load_sixteen(bytes), _mm_set1_epi8(wanted)));
}

/** 0x00–0x1F, tab included, and 0x7F. */
[[nodiscard]] inline std::uint32_t control_or_tab_mask(const char* bytes) noexcept {
  const __m128i text = load_sixteen(bytes);
  // There is no unsigned "less": a byte is below 0x20 when the smaller of it and 0x1F is the byte.
  const __m128i is_below_space = _mm_cmpeq_epi8(_mm_min_epu8(text, _mm_set1_epi8(0x1F)), text);
  return mask_of(_mm_or_si128(is_below_space, _mm_cmpeq_epi8(text, _mm_set1_epi8(0x7F))));
}

#else

template <class Predicate>
[[nodiscard]] std::uint32_t mask_of(const char* bytes, Predicate is_flagged) noexcept {
  std::uint32_t mask = 0;
  for (std::size_t at = 0; at < byte_mask_width; ++at) mask |= std::uint32_t{is_flagged(bytes[at])} << at;
  return mask;
}

/** The bytes that equal `wanted`. */
[[nodiscard]] inline std::uint32_t equal_mask(const char* bytes, char wanted) noexcept {
  return mask_of(bytes, [wanted](char c) { return c == wanted; });
}

/** 0x00–0x1F, tab included, and 0x7F. */
[[nodiscard]] inline std::uint32_t control_or_tab_mask(const char* bytes) noexcept {
  return mask_of(bytes, [](char c) { return is_control_byte(c) || c == '\t'; });
}

#endif

}  // namespace latchkey

#endif  // LATCHKEY_BYTE_MASK_H_
