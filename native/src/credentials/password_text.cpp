// SPDX-License-Identifier: Apache-2.0
#include "credentials/password_text.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "latchkey/native/crypto/secret_bytes.h"
#include "latchkey/utf8.h"

namespace latchkey::native {

std::string to_normal_form(std::string_view text, normal_form form) {
  const bool is_ascii =
      std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (is_ascii || !is_well_formed_utf8(text)) return std::string(text);
  const int compatibility = form == normal_form::nfkc ? UTF8PROC_COMPAT : 0;
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | compatibility);
  utf8proc_uint8_t* bytes = nullptr;
  const auto length = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                   static_cast<utf8proc_ssize_t>(text.size()), &bytes, options);
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(bytes, &std::free);
  // Only memory can be short here, and then the text as it is refuses more than it lets in.
  if (length < 0) return std::string(text);
  const auto size = static_cast<std::size_t>(length);
  std::string normal(reinterpret_cast<const char*>(bytes), size);
  wipe({bytes, size});
  return normal;
}

bool has_other_form(std::string_view text) { return to_normal_form(text, normal_form::nfkc) != text; }

}  // namespace latchkey::native
