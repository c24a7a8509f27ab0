// SPDX-License-Identifier: Apache-2.0
#include "mail/mail_text.h"

#include <time.h>

#include <algorithm>
#include <array>
#include <vector>

#include "latchkey/base64url.h"
#include "latchkey/native/credentials/email_address.h"
#include "latchkey/native/crypto/random.h"
#include "latchkey/native/crypto/secret_bytes.h"
#include "latchkey/utf8.h"

namespace latchkey::native {
namespace {

constexpr std::string_view crlf = "\r\n";
/** RFC 5322 §2.1.1, and RFC 2045 §6.7 for what is encoded. */
constexpr std::size_t line_max_bytes = 998;
constexpr std::size_t encoded_line_max_bytes = 76;
/** So that a line with an encoded word, and with `Subject: ` before it, has at most 76 characters (RFC 2047 §2). */
constexpr std::size_t encoded_word_bytes = 36;
constexpr std::size_t name_max_bytes = 128;
constexpr std::size_t message_id_bytes = 20;

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::string to_base64(std::string_view bytes) {
  std::string text = to_base64url(as_bytes(bytes));
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

/** One or more encoded words on lines of their own, split between characters. */
std::string to_encoded_words(std::string_view text) {
  std::string words;
  while (!text.empty()) {
    std::size_t size = std::min(encoded_word_bytes, text.size());
    while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
    if (!words.empty()) words += "\r\n ";
    words += "=?UTF-8?B?" + to_base64(text.substr(0, size)) + "?=";
    text.remove_prefix(size);
  }
  return words;
}

/** A header's free text: as it is while it is plain and can't be taken for an encoded word. */
std::string to_header_text(std::string_view text) {
  const bool is_plain = is_ascii(text) && text.find("=?") == std::string_view::npos &&
                        text.size() <= encoded_line_max_bytes - std::string_view("Subject: ").size();
  return is_plain ? std::string(text) : to_encoded_words(text);
}

std::string to_date(std::int64_t now_ms) {
  constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto seconds = static_cast<time_t>(now_ms / 1000);
  tm utc{};
  if (::gmtime_r(&seconds, &utc) == nullptr) return {};
  const auto two = [](int number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  return std::string(days[static_cast<std::size_t>(utc.tm_wday)]) + ", " + two(utc.tm_mday) + " " +
         months[static_cast<std::size_t>(utc.tm_mon)] + " " + std::to_string(utc.tm_year + 1900) + " " +
         two(utc.tm_hour) + ":" + two(utc.tm_min) + ":" + two(utc.tm_sec) + " +0000";
}

/** The lines of a text, whichever of LF and CRLF ends them. Empty for a control character within one. */
result<std::vector<std::string_view>> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (end != std::string_view::npos && line.ends_with('\r')) line.remove_suffix(1);
    const bool is_clean = std::none_of(line.begin(), line.end(), [](char c) { return is_control(c) && c != '\t'; });
    if (!is_clean) return fail(errc::argument_invalid, "The text of a letter has control characters.", "text");
    lines.push_back(line);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return lines;
}

/** Quoted-printable (RFC 2045 §6.7). */
std::string to_quoted_printable(std::string_view line) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string text;
  std::size_t column = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const auto byte = static_cast<unsigned char>(line[i]);
    const bool is_last = i + 1 == line.size();
    const bool is_blank = byte == ' ' || byte == '\t';
    const bool is_plain = (byte > ' ' && byte < 0x7f && byte != '=') || (is_blank && !is_last);
    const std::string piece =
        is_plain ? std::string(1, line[i]) : std::string{'=', digits[byte >> 4], digits[byte & 15]};
    if (column + piece.size() > encoded_line_max_bytes - 1) {
      text += "=\r\n";
      column = 0;
    }
    text += piece;
    column += piece.size();
  }
  return text;
}

result<void> check(const mail_message& message) {
  const auto to = normalize_email(message.to);
  if (!to) return fail(errc::argument_invalid, "A letter needs the address of one person.", "to");
  const bool is_line = std::none_of(message.subject.begin(), message.subject.end(), is_control);
  if (message.subject.empty() || message.subject.size() > mail_subject_max_bytes || !is_line ||
      !is_well_formed_utf8(message.subject)) {
    return fail(errc::argument_invalid, "A letter needs a subject of one line, at most 256 bytes of UTF-8.", "subject");
  }
  if (message.text.size() > mail_text_max_bytes || !is_well_formed_utf8(message.text)) {
    return fail(errc::argument_invalid, "The text of a letter is at most 64 KiB of UTF-8.", "text");
  }
  return {};
}

}  // namespace

result<mail_sender> parse_mail_sender(std::string_view text) {
  const auto bad = [] {
    return fail(errc::configuration_invalid,
                "The sender must look like auth@example.com or Example <auth@example.com>.", "mail.from");
  };
  const auto bracket = text.find('<');
  if (bracket == std::string_view::npos) {
    auto address = normalize_email(text);
    if (!address) return bad();
    return mail_sender{*address, *address};
  }
  if (!text.ends_with('>')) return bad();
  auto address = normalize_email(text.substr(bracket + 1, text.size() - bracket - 2));
  std::string_view name = text.substr(0, bracket);
  while (name.ends_with(' ')) name.remove_suffix(1);
  const bool is_clean =
      std::none_of(name.begin(), name.end(), [](char c) { return is_control(c) || c == '"' || c == '\\' || c == '>'; });
  if (!address || name.empty() || name.size() > name_max_bytes || !is_clean || !is_well_formed_utf8(name)) return bad();
  const bool is_plain = is_ascii(name) && name.find("=?") == std::string_view::npos;
  std::string shown = is_plain ? "\"" + std::string(name) + "\"" : to_encoded_words(name);
  return mail_sender{*address, std::move(shown) + " <" + *address + ">"};
}

result<std::string> to_mail_text(const mail_message& message, const mail_sender& sender, std::int64_t now_ms) {
  if (auto checked = check(message); !checked) return fail(std::move(checked));
  auto lines = split_lines(message.text);
  if (!lines) return fail(std::move(lines));
  auto id = random_id(message_id_bytes);
  if (!id) return fail(std::move(id));
  const bool is_plain = std::all_of(lines->begin(), lines->end(), [](std::string_view line) {
    return is_ascii(line) && line.size() <= line_max_bytes;
  });
  std::string text;
  const auto add = [&text](std::string_view name, std::string_view value) {
    text.append(name).append(": ").append(value).append(crlf);
  };
  add("From", sender.header);
  add("To", *normalize_email(message.to));
  add("Subject", to_header_text(message.subject));
  add("Date", to_date(now_ms));
  add("Message-ID", "<" + *id + sender.address.substr(sender.address.find('@')) + ">");
  add("MIME-Version", "1.0");
  add("Content-Type", "text/plain; charset=utf-8");
  add("Content-Transfer-Encoding", is_plain ? "7bit" : "quoted-printable");
  // So that no mailbox answers a letter that nobody reads the answer of (RFC 3834 §5).
  add("Auto-Submitted", "auto-generated");
  text += crlf;
  for (const std::string_view line : *lines) {
    text.append(is_plain ? std::string(line) : to_quoted_printable(line)).append(crlf);
  }
  return text;
}

}  // namespace latchkey::native
