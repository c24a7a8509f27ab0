// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_LOG_H_
#define LATCHKEY_NATIVE_APP_LOG_H_

/** What the executable prints: answers on standard output, and the log on standard error, a line for each thing said. */

#include <string>
#include <string_view>

#include "latchkey/json_codec.h"
#include "latchkey/result.h"
#include "settings.h"

namespace latchkey::app {

/**
 * Writes to standard output at once, with `?` for each character that would steer or mislead a terminal, all but line
 * ends and tabs. `unavailable` when it can't be written: what was to be shown is lost.
 */
[[nodiscard]] result<void> print(std::string_view text);

/** The same text with `?` for each misleading character (visible_text.h): what a stranger sent is one field of a line. */
[[nodiscard]] std::string to_one_line(std::string_view text);

/** How the log is written from now on, by every thread; text at first. */
void use_log_format(log_format format) noexcept;
[[nodiscard]] log_format present_log_format() noexcept;

/**
 * `latchkey: …`, or an object with this event: a word that never changes, by which alarms are set (docs/log-events.md).
 * Without one the event is `notice`.
 */
void log_notice(std::string_view event, std::string_view text);
void log_notice(std::string_view text);
/** `latchkey: warning: …`, or the same object of the level `warning`. */
void log_warning(std::string_view event, std::string_view text);
void log_warning(std::string_view text);
/** Readiness of the server, for those who start it: `listening on URL` on standard output, or an object in the log. */
[[nodiscard]] result<void> log_listening(std::string_view url);
/** `latchkey: … [ERR_LATCHKEY_…]`, or an object with the event `failure` and the code; the exit status of a failure. */
int report_failure(const error& failed);
/** The same for a wrong option; tells which command's help to read. */
int report_usage(const error& failed, std::string_view command);

/** The members that every line of JSON begins with. */
[[nodiscard]] json_object begin_log_object(std::string_view level, std::string_view event);
void log_object(json_object object);
/** One line as it is, with `?` for each misleading character: for what has a form of its own. */
void log_line(std::string_view text);

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_LOG_H_
