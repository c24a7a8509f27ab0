// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/credentials/email_address.h"

#include <algorithm>

namespace latchkey::native {
namespace {

constexpr std::size_t label_max_bytes = 63;

bool is_letter_or_digit(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// atext of RFC 5322, lower case.
bool is_atom_character(char c) noexcept {
  return is_letter_or_digit(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool is_label(std::string_view label) noexcept {
  return !label.empty() && label.size() <= label_max_bytes && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), [](char c) { return is_letter_or_digit(c) || c == '-'; });
}

bool is_atom(std::string_view atom) noexcept {
  return !atom.empty() && std::all_of(atom.begin(), atom.end(), is_atom_character);
}

// Whether every part between the dots passes; an empty part never does.
template <class Check>
bool all_parts(std::string_view text, Check check) noexcept {
  for (;;) {
    const std::size_t dot = text.find('.');
    if (!check(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

}  // namespace

result<std::string> normalize_email(std::string_view address) {
  std::string lower(address.substr(0, email_max_bytes + 1));
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  const std::string_view text = lower;
  const std::size_t at = text.find('@');
  const bool valid = text.size() <= email_max_bytes && at != std::string_view::npos && at <= email_local_max_bytes &&
                     all_parts(text.substr(0, at), is_atom) && all_parts(text.substr(at + 1), is_label);
  if (!valid) return fail(errc::request_invalid, "This is not an e-mail address.", "email");
  return lower;
}

}  // namespace latchkey::native
