// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/credentials/password_hash.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <optional>
#include <vector>

#include "credentials/password_text.h"
#include "latchkey/base64url.h"
#include "latchkey/native/crypto/constant_time.h"
#include "latchkey/native/crypto/hex.h"
#include "latchkey/native/crypto/random.h"
#include "latchkey/native/crypto/secret_bytes.h"

namespace latchkey::native {
namespace {

constexpr std::size_t salt_bytes = 16;
constexpr std::size_t phc_hash_bytes = 32;
constexpr std::size_t better_auth_key_bytes = 64;
constexpr scrypt_cost better_auth_cost{std::uint64_t{1} << 14, 16, 1};
constexpr std::string_view phc_start = "$scrypt$";

using byte_list = std::vector<std::uint8_t>;

/** A stored hash taken apart. */
struct stored_hash {
  password_format format = password_format::phc;
  scrypt_cost cost;
  // What goes into scrypt as the salt.
  byte_list salt;
  byte_list hash;
};

std::optional<byte_list> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  byte_list bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    std::uint8_t byte = 0;
    const auto [end, failure] = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    if (failure != std::errc() || end != text.data() + i + 2) return std::nullopt;
    bytes.push_back(byte);
  }
  return bytes;
}

// PHC strings use the classic alphabet.
std::string to_phc_base64(std::span<const std::uint8_t> bytes) {
  std::string text = to_base64url(bytes);
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  return text;
}

std::optional<byte_list> from_phc_base64(std::string_view text) {
  if (text.find_first_of("-_") != std::string_view::npos) return std::nullopt;
  std::string converted(text);
  std::replace(converted.begin(), converted.end(), '+', '-');
  std::replace(converted.begin(), converted.end(), '/', '_');
  auto bytes = from_base64url(converted);
  if (!bytes) return std::nullopt;
  return std::move(*bytes);
}

// The number behind `name`, taken off the front of `text` together with the separator that ends it.
std::optional<std::uint64_t> take_number(std::string_view& text, std::string_view name, char separator) {
  if (!text.starts_with(name)) return std::nullopt;
  text.remove_prefix(name.size());
  const std::size_t end = text.find(separator);
  if (end == std::string_view::npos || end == 0 || end > 4 || text.front() == '0') return std::nullopt;
  std::uint64_t number = 0;
  const auto [stop, failure] = std::from_chars(text.data(), text.data() + end, number);
  if (failure != std::errc() || stop != text.data() + end) return std::nullopt;
  text.remove_prefix(end + 1);
  return number;
}

std::optional<stored_hash> parse_phc(std::string_view text) {
  text.remove_prefix(phc_start.size());
  const auto log2_n = take_number(text, "ln=", ',');
  const auto r = log2_n ? take_number(text, "r=", ',') : std::nullopt;
  const auto p = r ? take_number(text, "p=", '$') : std::nullopt;
  const std::size_t middle = text.find('$');
  if (!p || *log2_n > 30 || middle == std::string_view::npos) return std::nullopt;
  auto salt = from_phc_base64(text.substr(0, middle));
  auto hash = from_phc_base64(text.substr(middle + 1));
  if (!salt || !hash || salt->size() < 8 || hash->size() < 16 || hash->size() > 64) return std::nullopt;
  return stored_hash{password_format::phc, {std::uint64_t{1} << *log2_n, *r, *p}, std::move(*salt), std::move(*hash)};
}

std::optional<stored_hash> parse_better_auth(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  const std::string_view salt = text.substr(0, colon);
  auto hash = from_hex(text.substr(colon + 1));
  if (!from_hex(salt) || !hash || hash->size() != better_auth_key_bytes) return std::nullopt;
  const auto salt_text = as_bytes(salt);
  return stored_hash{
      password_format::better_auth, better_auth_cost, {salt_text.begin(), salt_text.end()}, std::move(*hash)};
}

std::optional<stored_hash> parse_stored(std::string_view text) {
  return text.starts_with(phc_start) ? parse_phc(text) : parse_better_auth(text);
}

result<scrypt_cost> phc_cost(const password_hashing& hashing) {
  if (hashing.log2_n < 1 || hashing.log2_n > 30) return fail(errc::crypto_failed, "This scrypt cost is out of range.");
  return scrypt_cost{std::uint64_t{1} << hashing.log2_n, hashing.r, hashing.p};
}

// The limits of `scrypt` itself, asked first: a hash that a tampered store made too costly is a wrong one, no failure.
bool is_affordable(const scrypt_cost& cost) noexcept {
  return cost.n <= scrypt_max_memory_bytes / 128 / cost.r && cost.p <= 64;
}

std::uint64_t work_of(const scrypt_cost& cost) noexcept { return cost.n * cost.r * cost.p; }

result<scrypt_cost> cost_of(const password_hashing& hashing) {
  return hashing.format == password_format::better_auth ? better_auth_cost : phc_cost(hashing);
}

normal_form form_of(password_format format) noexcept {
  return format == password_format::better_auth ? normal_form::nfkc : normal_form::nfc;
}

/** Wiped at the end. */
struct secret_text {
  explicit secret_text(std::string secret) : text(std::move(secret)) {}
  secret_text(const secret_text&) = delete;
  secret_text& operator=(const secret_text&) = delete;
  ~secret_text() { wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()}); }
  std::string text;
};

result<bool> is_hash_of(std::string_view text, const stored_hash& expected) {
  byte_list hash(expected.hash.size());
  auto hashed = scrypt(as_bytes(text), expected.salt, expected.cost, hash);
  if (!hashed) return fail(std::move(hashed));
  const bool equal = is_equal_constant_time(std::span<const std::uint8_t>(hash), expected.hash);
  wipe(hash);
  return equal;
}

}  // namespace

result<password_format> to_password_format(std::string_view text) {
  if (text == "phc") return password_format::phc;
  if (text == "better-auth") return password_format::better_auth;
  return fail(errc::configuration_invalid, "The password format is phc or better-auth.", "credentials.password_format");
}

result<std::string> hash_password(std::string_view password, const password_hashing& hashing) {
  std::array<std::uint8_t, salt_bytes> salt{};
  if (auto drawn = random_bytes(salt); !drawn) return fail(std::move(drawn));
  const secret_text normal(to_normal_form(password, form_of(hashing.format)));
  if (hashing.format == password_format::better_auth) {
    const std::string salt_text = to_hex(salt);
    secret_bytes<better_auth_key_bytes> key;
    auto hashed = scrypt(as_bytes(normal.text), as_bytes(salt_text), better_auth_cost, key.span());
    if (!hashed) return fail(std::move(hashed));
    return salt_text + ":" + to_hex(key.span());
  }
  auto cost = phc_cost(hashing);
  if (!cost) return fail(std::move(cost));
  secret_bytes<phc_hash_bytes> hash;
  if (auto hashed = scrypt(as_bytes(normal.text), salt, *cost, hash.span()); !hashed) return fail(std::move(hashed));
  return std::string(phc_start) + "ln=" + std::to_string(hashing.log2_n) + ",r=" + std::to_string(hashing.r) +
         ",p=" + std::to_string(hashing.p) + "$" + to_phc_base64(salt) + "$" + to_phc_base64(hash.span());
}

result<password_match> match_password(std::string_view password, std::string_view stored) {
  const auto expected = parse_stored(stored);
  password_match match;
  if (!expected || !is_affordable(expected->cost)) return match;
  const secret_text normal(to_normal_form(password, form_of(expected->format)));
  for (const std::string_view text : {std::string_view(normal.text), password}) {
    // The given text is tried after the normal one, and only where it is another.
    if (match.work > 0 && text == normal.text) break;
    const auto is_right = is_hash_of(text, *expected);
    if (!is_right) return tl::unexpected<error>(is_right.error());
    match.work += work_of(expected->cost);
    match.is_right = *is_right;
    match.is_other_form = *is_right && text != normal.text;
    if (match.is_right) break;
  }
  return match;
}

result<bool> verify_password(std::string_view password, std::string_view stored) {
  const auto match = match_password(password, stored);
  if (!match) return tl::unexpected<error>(match.error());
  return match->is_right;
}

bool needs_rehash(std::string_view stored, const password_hashing& hashing) {
  const auto present = parse_stored(stored);
  if (!present || present->format != hashing.format) return true;
  if (hashing.format == password_format::better_auth) return false;
  const auto cost = phc_cost(hashing);
  return cost && work_of(present->cost) < work_of(*cost);
}

std::uint64_t hashing_work(const password_hashing& hashing) noexcept {
  const auto cost = cost_of(hashing);
  return cost ? work_of(*cost) : 0;
}

std::uint64_t attempt_work(std::string_view password, const password_hashing& hashing) {
  return hashing_work(hashing) * (has_other_form(password) ? 2 : 1);
}

std::uint64_t verification_work(std::string_view stored) noexcept {
  const auto present = parse_stored(stored);
  return present && is_affordable(present->cost) ? work_of(present->cost) : 0;
}

result<void> spend_work(std::string_view password, std::uint64_t work, const password_hashing& hashing) {
  const auto cost = cost_of(hashing);
  if (!cost) return tl::unexpected<error>(cost.error());
  // N must be a power of two, so the work is put together of the largest ones that fit.
  std::uint64_t rest = work / cost->r;
  const std::uint64_t negligible = rest / 16;
  while (rest >= 2 && rest > negligible) {
    const std::uint64_t n = std::min(std::bit_floor(rest), cost->n);
    secret_bytes<phc_hash_bytes> unused;
    if (auto done = scrypt(as_bytes(password), as_bytes(phc_start), {n, cost->r, 1}, unused.span()); !done) return done;
    rest -= n;
  }
  return {};
}

}  // namespace latchkey::native
