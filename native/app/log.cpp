// SPDX-License-Identifier: Apache-2.0
#include "log.h"

#include <atomic>
#include <iostream>

#include "latchkey/native/clock.h"
#include "latchkey/session.h"
#include "latchkey/visible_text.h"

namespace latchkey::app {
namespace {

std::atomic<log_format>& chosen_format() noexcept {
  static std::atomic<log_format> format{log_format::text};
  return format;
}

void say(std::string_view level, std::string_view prefix, std::string_view event, std::string_view text) {
  if (present_log_format() == log_format::text) {
    log_line("latchkey: " + std::string(prefix) + std::string(text));
    return;
  }
  json_object line = begin_log_object(level, event);
  line.emplace_back("message", to_one_line(text));
  log_object(std::move(line));
}

}  // namespace

result<void> print(std::string_view text) {
  std::cout << to_plain_text(text, "\n\t") << std::flush;
  if (!std::cout) return fail(errc::unavailable, "Standard output can't be written.");
  return {};
}

std::string to_one_line(std::string_view text) { return to_plain_text(text); }

void use_log_format(log_format format) noexcept { chosen_format().store(format); }
log_format present_log_format() noexcept { return chosen_format().load(); }

void log_notice(std::string_view event, std::string_view text) { say("info", "", event, text); }
void log_notice(std::string_view text) { log_notice("notice", text); }
void log_warning(std::string_view event, std::string_view text) { say("warning", "warning: ", event, text); }
void log_warning(std::string_view text) { log_warning("notice", text); }

result<void> log_listening(std::string_view url) {
  if (present_log_format() == log_format::text) return print("listening on " + std::string(url) + "\n");
  json_object line = begin_log_object("info", "listening");
  line.emplace_back("url", std::string(url));
  line.emplace_back("message", "listening on " + to_one_line(url));
  log_object(std::move(line));
  return {};
}

int report_failure(const error& failed) {
  if (present_log_format() == log_format::text) {
    log_line("latchkey: " + failed.message + " [" + std::string(to_string(failed.code)) + "]");
    return 1;
  }
  json_object line = begin_log_object("error", "failure");
  line.emplace_back("code", std::string(to_string(failed.code)));
  line.emplace_back("message", to_one_line(failed.message));
  log_object(std::move(line));
  return 1;
}

int report_usage(const error& failed, std::string_view command) {
  report_failure(failed);
  const std::string whole = command.empty() ? "latchkey" : "latchkey " + std::string(command);
  if (present_log_format() == log_format::text) log_line("Run `" + whole + " --help` for more information.");
  return 2;
}

json_object begin_log_object(std::string_view level, std::string_view event) {
  json_object line;
  line.emplace_back("time", to_iso_time(native::system_clock_ms()));
  line.emplace_back("level", std::string(level));
  line.emplace_back("event", std::string(event));
  return line;
}

void log_object(json_object object) { log_line(to_visible_json(to_json_text(json_value(std::move(object))))); }

void log_line(std::string_view text) { std::cerr << to_one_line(text) + "\n" << std::flush; }

}  // namespace latchkey::app
