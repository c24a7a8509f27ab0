// SPDX-License-Identifier: Apache-2.0
#include "credentials/password_reset_mail.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "latchkey/base64url.h"
#include "latchkey/native/crypto/hash.h"
#include "latchkey/native/crypto/random.h"
#include "latchkey/native/crypto/secret_bytes.h"
#include "latchkey/native/http/origin_check.h"

namespace latchkey::native {
namespace {

constexpr std::size_t token_bytes = 32;
constexpr std::size_t page_url_max_bytes = 1024;
constexpr std::int64_t ms_per_minute = 60'000;
constexpr std::string_view plain = "http://";

/** An https page, or one on this machine: on any other way the link could be read by whoever carries it. */
bool is_safe_page(std::string_view url) {
  if (url.size() > page_url_max_bytes) return false;
  const bool is_printable =
      std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < '\x7f' && c != '#'; });
  const auto scheme_end = url.find("://");
  if (!is_printable || scheme_end == std::string_view::npos) return false;
  const auto origin = parse_origin(url.substr(0, url.find_first_of("/?", scheme_end + 3)));
  if (!origin) return false;
  return !origin->starts_with(plain) || is_loopback_host(std::string_view(*origin).substr(plain.size()));
}

result<void> check(const password_reset_options& options) {
  if (!is_safe_page(options.page_url)) {
    return fail(
        errc::configuration_invalid,
        "The page for new passwords must be an https:// address without #; http:// is for loopback names alone.",
        "credentials.password_reset.page_url");
  }
  if (options.lifetime_ms < ms_per_minute || options.lifetime_ms > password_reset_max_ms) {
    return fail(errc::configuration_invalid, "A link to reset a password works for 1 to 30 minutes.",
                "credentials.password_reset.lifetime");
  }
  if (options.waiting == 0) {
    return fail(errc::configuration_invalid, "At least one letter must be able to wait for the mail server.",
                "credentials.password_reset.waiting");
  }
  return {};
}

mail_message letter(const std::string& email, const std::string& link, std::int64_t lifetime_ms) {
  return {email, "Reset your password",
          "Somebody asked to reset the password of your account. To choose a new one, open this link within " +
              std::to_string(lifetime_ms / ms_per_minute) + " minutes; it works once:\n\n" + link +
              "\n\nIf it wasn't you, do nothing: your password stays as it is.\n"};
}

}  // namespace

result<std::chrono::milliseconds> random_reset_delay() {
  constexpr std::uint32_t longest_ms = 2'000;
  std::array<std::uint8_t, 4> drawn{};
  if (auto done = random_bytes(drawn); !done) return fail(std::move(done));
  const std::uint32_t number = drawn[0] | drawn[1] << 8 | drawn[2] << 16 | std::uint32_t{drawn[3]} << 24;
  return std::chrono::milliseconds(number % (longest_ms + 1));
}

result<std::string> reset_token_digest(std::string_view token) {
  const auto digest = sha256(as_bytes(token));
  if (!digest) return tl::unexpected<error>(digest.error());
  return to_base64url(*digest);
}

result<std::unique_ptr<password_reset_mail>> password_reset_mail::make(std::shared_ptr<sql_accounts> accounts,
                                                                       password_reset_options options) {
  if (auto checked = check(options); !checked) return fail(std::move(checked));
  return std::unique_ptr<password_reset_mail>(new password_reset_mail(std::move(accounts), std::move(options)));
}

password_reset_mail::password_reset_mail(std::shared_ptr<sql_accounts> accounts, password_reset_options options)
    : accounts_(std::move(accounts)), options_(std::move(options)), queue_(options_.waiting) {}

result<void> password_reset_mail::request(std::string email) {
  const auto delay = options_.delay ? options_.delay() : random_reset_delay();
  if (!delay) return tl::unexpected<error>(delay.error());
  if (queue_.submit(*delay, [this, address = std::move(email)] { deliver(address); })) return {};
  return fail(errc::unavailable, "Too many letters are waiting for the mail server; try again soon.");
}

void password_reset_mail::deliver(const std::string& email) const noexcept {
  try {
    const auto sent = send(email);
    if (!sent && options_.report) options_.report("A letter to reset a password was not sent: " + sent.error().message);
  } catch (...) {
    // A host's function threw, perhaps with the link in its text. There is nobody left to tell.
  }
}

result<void> password_reset_mail::send(const std::string& email) const {
  const auto owner = accounts_->find_credential(email);
  if (!owner) return tl::unexpected<error>(owner.error());
  const auto token = random_id(token_bytes);
  if (!token) return tl::unexpected<error>(token.error());
  const auto digest = reset_token_digest(*token);
  if (!digest) return tl::unexpected<error>(digest.error());
  // For an address that no account has the store does the same work.
  const std::string user_id = *owner ? (*owner)->user_id : std::string();
  const auto added = accounts_->add_password_reset(user_id, *digest, options_.lifetime_ms);
  if (!added) return tl::unexpected<error>(added.error());
  if (!*added) return {};
  return options_.send(letter(email, options_.page_url + "#token=" + *token, options_.lifetime_ms));
}

}  // namespace latchkey::native
