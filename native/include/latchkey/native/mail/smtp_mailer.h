// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_MAIL_SMTP_MAILER_H_
#define LATCHKEY_NATIVE_MAIL_SMTP_MAILER_H_

/**
 * Delivers to a mail server over SMTP (RFC 5321, by libcurl), one connection a message. Nothing that is sent can add a
 * header or a recipient: addresses are `normalize_email`'s, a subject is one line, other characters than ASCII's are
 * encoded (RFC 2047, RFC 2045).
 */

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "latchkey/native/mail/mail_message.h"

namespace latchkey::native {

struct smtp_options {
  /**
   * `smtp://user:password@host:port` or `smtps://…`; user and password percent-encoded, and both or neither. With `smtp`
   * the connection is encrypted by STARTTLS before anything else is said, and a server that has none gets no message.
   */
  std::string url;
  /** The sender: `auth@example.com` or `Example <auth@example.com>`. */
  std::string from;
  std::chrono::milliseconds connect_timeout{5'000};
  /** For one message altogether. */
  std::chrono::milliseconds timeout{9'000};
  /** Whether a server on this machine may be spoken to in the clear. */
  bool allows_plain_loopback = true;
};

/** May be used by several threads at once. */
class smtp_mailer {
 public:
  /** `configuration_invalid` with field `mail.url`, `mail.from` or `mail.timeout`; the message never holds the URL. */
  [[nodiscard]] static result<std::shared_ptr<smtp_mailer>> make(smtp_options options);

  /**
   * Sends and waits for the server's word that it has taken the message over. `argument_invalid` with the field for a
   * message that can't be written, `unavailable` when the server can't be reached in time or refuses.
   */
  [[nodiscard]] result<void> send(const mail_message& message) const;

  /**
   * Connects, hears the greeting, encrypts and signs in as for a letter, and sends none: for `latchkey doctor`.
   * `unavailable` with the reason.
   */
  [[nodiscard]] result<void> greet() const;

  /** Whether nothing is ever sent in the clear. */
  [[nodiscard]] bool requires_tls() const noexcept { return requires_tls_; }

 private:
  class option_setter;

  smtp_mailer() = default;
  void set_connection(option_setter& options) const;

  smtp_options options_;
  /** Without user and password. */
  std::string url_;
  std::string user_;
  std::string password_;
  std::string sender_address_;
  std::string sender_header_;
  bool requires_tls_ = true;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_MAIL_SMTP_MAILER_H_
