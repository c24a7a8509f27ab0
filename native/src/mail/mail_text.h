// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_MAIL_MAIL_TEXT_H_
#define LATCHKEY_NATIVE_SRC_MAIL_MAIL_TEXT_H_

/** A message as a mail server takes it: headers of RFC 5322, plain text of RFC 2045, every line ended by CRLF. */

#include <cstdint>
#include <string>
#include <string_view>

#include "latchkey/native/mail/mail_message.h"

namespace latchkey::native {

/** Who sends. */
struct mail_sender {
  /** For the envelope. */
  std::string address;
  /** The value of `From`. */
  std::string header;
};

/** Reads `address` or `Name <address>`. `configuration_invalid` with field `mail.from`. */
[[nodiscard]] result<mail_sender> parse_mail_sender(std::string_view text);

/**
 * The whole text. `argument_invalid` with field `to`, `subject` or `text` for one that is over its limit, no well-formed
 * UTF-8 or has control characters: nothing in a message may become a header or a second recipient.
 */
[[nodiscard]] result<std::string> to_mail_text(const mail_message& message, const mail_sender& sender,
                                               std::int64_t now_ms);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_MAIL_MAIL_TEXT_H_
