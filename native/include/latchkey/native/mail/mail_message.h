// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_MAIL_MAIL_MESSAGE_H_
#define LATCHKEY_NATIVE_MAIL_MAIL_MESSAGE_H_

/** A letter, and whoever delivers it: `smtp_mailer`, or a function of the host's. */

#include <functional>
#include <string>

#include "latchkey/result.h"

namespace latchkey::native {

inline constexpr std::size_t mail_subject_max_bytes = 256;
inline constexpr std::size_t mail_text_max_bytes = 64 * 1024;

/** Plain text to one person. */
struct mail_message {
  /** One address, as `normalize_email` accepts it. */
  std::string to;
  /** One line of UTF-8. */
  std::string subject;
  /** UTF-8; lines end in LF or CRLF. */
  std::string text;
};

/**
 * Hands a message over to whatever delivers it. May wait, so it is never called in a request. What is sent may hold
 * secrets: nothing of it belongs into an error or a log.
 */
using mailer = std::function<result<void>(const mail_message&)>;

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_MAIL_MAIL_MESSAGE_H_
