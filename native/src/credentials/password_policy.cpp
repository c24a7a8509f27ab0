// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/credentials/password_policy.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_set>

#include "credentials/password_text.h"
#include "latchkey/utf8.h"

namespace latchkey::native {
namespace {

// Digits and signs before and behind a root that still count as only decorating it.
constexpr std::size_t longest_decoration = 8;
constexpr std::size_t longest_period = 4;
constexpr std::size_t shortest_run = 3;
constexpr std::size_t shortest_context_word = 4;
constexpr std::string_view product_name = "latchkey";

// What fingers walk along; each counts in both directions.
constexpr std::array<std::string_view, 8> walks{"abcdefghijklmnopqrstuvwxyz",
                                                "01234567890",
                                                "`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./",
                                                "1q2w3e4r5t6y7u8i9o0p",
                                                "q1w2e3r4t5y6u7i8o9p0",
                                                "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
                                                "azertyuiopqsdfghjklmwxcvbn",
                                                "qwertzuiopasdfghjklyxcvbnm"};

std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// Bytes of other alphabets are letters here: `пароль1` is not a decorated empty root.
bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80; }

char fold_character(char c) noexcept {
  constexpr std::string_view from = "01!|l345$@789";
  constexpr std::string_view to = "oiiiieassatbg";
  const std::size_t at = from.find(c);
  return at == std::string_view::npos ? c : to[at];
}

// Signs that stand for letters become them, on both sides of a comparison: `p4$$w0rd` and `password` are one text.
std::string fold(std::string_view lower) {
  std::string folded(lower);
  std::transform(folded.begin(), folded.end(), folded.begin(), fold_character);
  return folded;
}

std::string_view strip_decoration(std::string_view lower) {
  std::size_t taken = 0;
  for (; !lower.empty() && !is_letter(lower.back()) && taken < longest_decoration; ++taken) lower.remove_suffix(1);
  for (; !lower.empty() && !is_letter(lower.front()) && taken < longest_decoration; ++taken) lower.remove_prefix(1);
  return lower;
}

const std::unordered_set<std::string>& folded_roots() {
  static const std::unordered_set<std::string> roots = [] {
    std::unordered_set<std::string> folded;
    for (const std::string_view root : common_password_roots()) folded.insert(fold(root));
    return folded;
  }();
  return roots;
}

bool is_repetition(std::string_view text) {
  for (std::size_t period = 1; period <= longest_period && period * 2 <= text.size(); ++period) {
    if (std::equal(text.begin() + static_cast<std::ptrdiff_t>(period), text.end(), text.begin())) return true;
  }
  return false;
}

// How many characters from the start lie on one walk, in one direction.
std::size_t run_length(std::string_view text) {
  std::size_t longest = 1;
  for (const std::string_view walk : walks) {
    for (std::size_t at = walk.find(text.front()); at != std::string_view::npos; at = walk.find(text.front(), at + 1)) {
      std::size_t forwards = 1;
      while (forwards < text.size() && at + forwards < walk.size() && walk[at + forwards] == text[forwards]) ++forwards;
      std::size_t backwards = 1;
      while (backwards < text.size() && backwards <= at && walk[at - backwards] == text[backwards]) ++backwards;
      longest = std::max({longest, forwards, backwards});
    }
  }
  return longest;
}

std::string without_doubles(std::string_view text) {
  std::string single(text);
  single.erase(std::unique(single.begin(), single.end()), single.end());
  return single;
}

// Made of two or three walks: `qwerty123`, `asdf4321`, `1qaz2wsx`.
bool is_walked(std::string_view lower) {
  std::size_t units = 0;
  for (std::string_view rest = lower; !rest.empty() && units <= 3; ++units) {
    const std::size_t run = run_length(rest);
    rest.remove_prefix(run < shortest_run ? 1 : run);
  }
  return units <= 2 || (units <= 3 && lower.size() <= 12);
}

bool is_mostly(const std::string& folded, std::string_view word) {
  const std::string folded_word = fold(to_lower(word));
  if (folded_word.size() < shortest_context_word) return false;
  const std::size_t at = folded.find(folded_word);
  if (at == std::string::npos) return false;
  std::string rest = folded;
  rest.erase(at, folded_word.size());
  return count_code_points(rest).value_or(0) < password_min_characters || is_common_password(rest);
}

// The words of a name or a local part, and the whole.
bool is_mostly_a_word_of(const std::string& folded, std::string_view text) {
  if (is_mostly(folded, text)) return true;
  constexpr std::string_view separators = " ._-+\t";
  while (!text.empty()) {
    const std::size_t end = text.find_first_of(separators);
    if (is_mostly(folded, text.substr(0, end))) return true;
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return false;
}

tl::unexpected<error> refused(std::string message) {
  return fail(errc::request_invalid, std::move(message), "password");
}

}  // namespace

bool is_common_password(std::string_view password) {
  const std::string lower = to_lower(to_normal_form(password, normal_form::nfkc));
  if (lower.empty()) return true;
  if (is_repetition(lower) || is_walked(lower) || is_walked(without_doubles(lower))) return true;
  const auto& roots = folded_roots();
  return roots.contains(fold(lower)) || roots.contains(fold(strip_decoration(lower)));
}

bool is_too_long(std::string_view password, const password_policy& policy) {
  // What is longer as it is costs no normalisation.
  return password.size() > policy.max_bytes || to_normal_form(password, normal_form::nfkc).size() > policy.max_bytes;
}

result<void> check_password(std::string_view password, const password_policy& policy, const password_context& context) {
  if (is_too_long(password, policy)) {
    return refused("A password has at most " + std::to_string(policy.max_bytes) + " bytes.");
  }
  const auto characters = count_code_points(password);
  if (!characters) return refused("A password must be well-formed text.");
  const std::string normal = to_normal_form(password, normal_form::nfkc);
  if (std::min(*characters, count_code_points(normal).value_or(0)) < policy.min_characters) {
    return refused("A password needs at least " + std::to_string(policy.min_characters) + " characters.");
  }
  if (is_common_password(password)) return refused("This password is among those that are guessed first.");
  const std::string folded = fold(to_lower(normal));
  const std::string_view local_part = context.email.substr(0, context.email.find('@'));
  if (is_mostly(folded, product_name) || is_mostly_a_word_of(folded, local_part) ||
      is_mostly_a_word_of(folded, to_normal_form(context.name, normal_form::nfkc))) {
    return refused("This password is too close to the name, the e-mail address or the product.");
  }
  return {};
}

}  // namespace latchkey::native
