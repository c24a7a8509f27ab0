// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/mail/smtp_mailer.h"

#include <curl/curl.h>

#include <algorithm>
#include <cstring>

#include "latchkey/native/clock.h"
#include "latchkey/native/credentials/email_address.h"
#include "latchkey/native/http/origin_check.h"
#include "mail/mail_text.h"

namespace latchkey::native {
namespace {

constexpr std::size_t url_max_bytes = 2048;

struct url_deleter {
  void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};
struct curl_deleter {
  void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
};
struct list_deleter {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using url_handle = std::unique_ptr<CURLU, url_deleter>;

bool is_curl_ready() {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return ready;
}

tl::unexpected<error> bad_url(const std::string& why) {
  return fail(errc::configuration_invalid,
              "The mail server's URL " + why + "; write smtp://user:password@mail.example.com:587 or smtps://….",
              "mail.url");
}

/** A part of a URL, decoded; empty when it isn't there. */
std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, CURLU_URLDECODE) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

/** The bytes that libcurl asks for piece by piece. */
struct upload {
  std::string_view rest;

  static std::size_t read(char* out, std::size_t size, std::size_t count, void* self) noexcept {
    auto& rest = static_cast<upload*>(self)->rest;
    const std::size_t taken = std::min(size * count, rest.size());
    std::memcpy(out, rest.data(), taken);
    rest.remove_prefix(taken);
    return taken;
  }
};

/** What went wrong, in libcurl's fixed words: a server's own text may hold an address. */
tl::unexpected<error> not_sent(CURL* handle, CURLcode failed) {
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  std::string message = std::string("The mail server did not take the letter: ") + curl_easy_strerror(failed);
  if (status > 0) message += " (" + std::to_string(status) + ")";
  return fail(errc::unavailable, message + ".");
}

}  // namespace

/** Sets options until one of them fails. */
class smtp_mailer::option_setter {
 public:
  explicit option_setter(CURL* handle) noexcept : handle_(handle) {}
  template <class Value>
  void set(CURLoption option, Value value) noexcept {
    if (outcome == CURLE_OK) outcome = curl_easy_setopt(handle_, option, value);
  }
  CURLcode outcome = CURLE_OK;

 private:
  CURL* handle_;
};

result<std::shared_ptr<smtp_mailer>> smtp_mailer::make(smtp_options options) {
  if (!is_curl_ready()) return fail(errc::configuration_invalid, "libcurl could not be started.", "mail.url");
  const url_handle url(curl_url());
  if (url == nullptr || options.url.size() > url_max_bytes || has_control(options.url) ||
      curl_url_set(url.get(), CURLUPART_URL, options.url.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) {
    return bad_url("can't be read");
  }
  const std::string scheme = part_of(url.get(), CURLUPART_SCHEME);
  if (scheme != "smtp" && scheme != "smtps") return bad_url("must begin with smtp:// or smtps://");
  const std::string host = part_of(url.get(), CURLUPART_HOST);
  if (host.empty()) return bad_url("names no server");
  const std::string path = part_of(url.get(), CURLUPART_PATH);
  if ((!path.empty() && path != "/") || !part_of(url.get(), CURLUPART_QUERY).empty() ||
      !part_of(url.get(), CURLUPART_FRAGMENT).empty() || !part_of(url.get(), CURLUPART_OPTIONS).empty()) {
    return bad_url("must end with the server and its port");
  }
  std::shared_ptr<smtp_mailer> made(new smtp_mailer());
  made->user_ = part_of(url.get(), CURLUPART_USER);
  made->password_ = part_of(url.get(), CURLUPART_PASSWORD);
  if (made->user_.empty() != made->password_.empty()) return bad_url("needs both user and password, or neither");
  if (has_control(made->user_) || has_control(made->password_))
    return bad_url("has control characters in its password");
  if (options.timeout <= std::chrono::milliseconds(0) || options.connect_timeout <= std::chrono::milliseconds(0)) {
    return fail(errc::configuration_invalid, "Sending a letter needs some time.", "mail.timeout");
  }
  auto sender = parse_mail_sender(options.from);
  if (!sender) return fail(std::move(sender));
  made->sender_address_ = std::move(sender->address);
  made->sender_header_ = std::move(sender->header);
  const std::string port = part_of(url.get(), CURLUPART_PORT);
  made->url_ = scheme + "://" + host + (port.empty() ? "" : ":" + port);
  made->requires_tls_ = scheme == "smtps" || !options.allows_plain_loopback || !is_loopback_host(host);
  options.url.clear();
  made->options_ = std::move(options);
  return made;
}

void smtp_mailer::set_connection(option_setter& options) const {
  options.set(CURLOPT_URL, url_.c_str());
  options.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  // No proxy that the environment may name: letters hold secrets.
  options.set(CURLOPT_PROXY, "");
  options.set(CURLOPT_NOSIGNAL, 1L);
  options.set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout.count()));
  options.set(CURLOPT_TIMEOUT_MS, static_cast<long>(options_.timeout.count()));
  options.set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  options.set(CURLOPT_USE_SSL, static_cast<long>(requires_tls_ ? CURLUSESSL_ALL : CURLUSESSL_NONE));
  if (!user_.empty()) {
    options.set(CURLOPT_USERNAME, user_.c_str());
    options.set(CURLOPT_PASSWORD, password_.c_str());
  }
}

result<void> smtp_mailer::greet() const {
  const std::unique_ptr<CURL, curl_deleter> handle(curl_easy_init());
  if (handle == nullptr) return fail(errc::unavailable, "libcurl has no memory.");
  option_setter options(handle.get());
  set_connection(options);
  options.set(CURLOPT_CONNECT_ONLY, 1L);
  const CURLcode done = options.outcome == CURLE_OK ? curl_easy_perform(handle.get()) : options.outcome;
  if (done == CURLE_OK) return {};
  return fail(errc::unavailable, std::string("The mail server can't be used: ") + curl_easy_strerror(done) + ".");
}

result<void> smtp_mailer::send(const mail_message& message) const {
  const auto text = to_mail_text(message, {sender_address_, sender_header_}, system_clock_ms());
  if (!text) return tl::unexpected<error>(text.error());
  const std::unique_ptr<CURL, curl_deleter> handle(curl_easy_init());
  const std::unique_ptr<curl_slist, list_deleter> recipients(
      curl_slist_append(nullptr, ("<" + normalize_email(message.to).value() + ">").c_str()));
  if (handle == nullptr || recipients == nullptr) return fail(errc::unavailable, "libcurl has no memory.");
  upload source{*text};
  option_setter options(handle.get());
  set_connection(options);
  options.set(CURLOPT_MAIL_FROM, ("<" + sender_address_ + ">").c_str());
  options.set(CURLOPT_MAIL_RCPT, recipients.get());
  options.set(CURLOPT_READFUNCTION, &upload::read);
  options.set(CURLOPT_READDATA, static_cast<void*>(&source));
  options.set(CURLOPT_UPLOAD, 1L);
  if (options.outcome != CURLE_OK) return not_sent(handle.get(), options.outcome);
  const CURLcode done = curl_easy_perform(handle.get());
  return done == CURLE_OK ? result<void>() : not_sent(handle.get(), done);
}

}  // namespace latchkey::native
