// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "latchkey/native/sessions/key_ring.h"

namespace latchkey::native {
namespace {

// Base64 and base64url need 43 characters for 256 bits.
constexpr std::size_t ascii_comfortable_bytes = 43;
constexpr std::size_t longest_period = 16;
constexpr std::size_t fewest_different_bytes = 8;

// Parts of the values that documentation, templates and examples show. A generated secret holds one of them with a
// chance far below one in a billion.
constexpr std::array<std::string_view, 20> placeholders{
    "changeme",     "changethis", "changeit",      "replaceme",        "replacethis",
    "yoursecret",   "mysecret",   "supersecret",   "topsecret",        "placeholder",
    "secretsecret", "secretkey",  "keyboardcat",   "betterauthsecret", "defaultsecret",
    "insecure",     "donotuse",   "thisisasecret", "passwordpassword", "latchkeysecret"};

// Lower case, letters and digits alone: `CHANGE-ME` and `change_me` are the same text.
std::string squeeze(std::string_view text) {
  std::string squeezed;
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z') squeezed.push_back(static_cast<char>(c - 'A' + 'a'));
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) squeezed.push_back(c);
  }
  return squeezed;
}

bool repeats_with_period(std::string_view text, std::size_t period) {
  return std::equal(text.begin() + static_cast<std::ptrdiff_t>(period), text.end(), text.begin());
}

std::size_t count_different_bytes(std::string_view text) {
  std::array<bool, 256> seen{};
  for (const char c : text) seen[static_cast<unsigned char>(c)] = true;
  return static_cast<std::size_t>(std::count(seen.begin(), seen.end(), true));
}

// `abcdefgh…`, `87654321…`: three of four steps go one up or one down.
bool is_counted(std::string_view text) {
  std::size_t steps = 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const int step = static_cast<unsigned char>(text[i]) - static_cast<unsigned char>(text[i - 1]);
    if (step == 1 || step == -1) ++steps;
  }
  return steps * 4 >= (text.size() - 1) * 3;
}

tl::unexpected<error> weak(const std::string& reason) {
  return fail(errc::secret_weak, "The secret " + reason + ". Make one with `latchkey key generate`.", "secret");
}

}  // namespace

result<std::string> check_secret(std::string_view secret) {
  if (secret.size() < secret_min_bytes) {
    return weak("has " + std::to_string(secret.size()) + (secret.size() == 1 ? " byte" : " bytes") +
                ", it needs at least " + std::to_string(secret_min_bytes));
  }
  if (repeats_with_period(secret, 1)) return weak("is one repeated character");
  for (std::size_t period = 2; period <= longest_period; ++period) {
    if (repeats_with_period(secret, period)) return weak("repeats the same few characters");
  }
  const std::string squeezed = squeeze(secret);
  for (const std::string_view placeholder : placeholders) {
    if (squeezed.find(placeholder) != std::string::npos) return weak("is a well-known placeholder");
  }
  if (count_different_bytes(secret) < fewest_different_bytes) return weak("is made of too few different characters");
  if (is_counted(secret)) return weak("only counts up or down");
  const bool is_ascii = std::all_of(secret.begin(), secret.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
  if (is_ascii && secret.size() < ascii_comfortable_bytes) {
    return "The secret has only " + std::to_string(secret.size()) +
           " plain characters; 43 or more random ones are better. Make one with `latchkey key generate`.";
  }
  return std::string();
}

}  // namespace latchkey::native
