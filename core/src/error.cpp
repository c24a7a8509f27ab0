// SPDX-License-Identifier: Apache-2.0
#include "latchkey/error.h"

#include <cstddef>

namespace latchkey {
namespace {

// The texts stand apart from the sentences, so that a build which only names codes carries no prose.
constexpr std::string_view texts[] = {
#define LATCHKEY_ERROR(enumerator, text, sentence) text,
#include "latchkey/error_codes.def"
#undef LATCHKEY_ERROR
};

constexpr error_code_entry entries[] = {
#define LATCHKEY_ERROR(enumerator, text, sentence) {errc::enumerator, text, sentence},
#include "latchkey/error_codes.def"
#undef LATCHKEY_ERROR
};

}  // namespace

std::string_view to_string(errc code) noexcept {
  // The list is made from the same file as the enumeration, so a value is its own index.
  const auto index = static_cast<std::size_t>(code);
  return index < std::size(texts) ? texts[index] : "ERR_LATCHKEY_INTERNAL";
}

std::span<const error_code_entry> all_error_codes() noexcept { return entries; }

}  // namespace latchkey
