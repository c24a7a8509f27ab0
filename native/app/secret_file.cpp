// SPDX-License-Identifier: Apache-2.0
#include "secret_file.h"

#include <sstream>
#include <utility>

#include "environment.h"
#include "latchkey/session.h"
#include "private_file.h"
#include "small_file.h"

namespace latchkey::app {
namespace {

constexpr std::string_view mark = "# ";
constexpr std::string_view made_word = "made ";
constexpr std::string_view until_word = "sealed until ";
constexpr std::string_view between = ", ";
constexpr std::size_t secret_file_max_bytes = std::size_t{64} * 1024;

std::string to_dates_line(const secret_dates& dates) {
  std::string text;
  if (dates.made_ms) text = std::string(made_word) + to_iso_time(*dates.made_ms);
  if (dates.sealed_until_ms) {
    text += std::string(text.empty() ? "" : between) + std::string(until_word) + to_iso_time(*dates.sealed_until_ms);
  }
  return text.empty() ? text : std::string(mark) + text + "\n";
}

/** One part of a line, such as `made TIME`; false when it is none. */
bool read_date(std::string_view part, secret_dates& dates) {
  for (const auto& [word, date] :
       {std::pair(made_word, &dates.made_ms), std::pair(until_word, &dates.sealed_until_ms)}) {
    if (!part.starts_with(word)) continue;
    *date = parse_iso_time(part.substr(word.size()));
    return date->has_value();
  }
  return false;
}

}  // namespace

std::optional<secret_dates> parse_dates_line(std::string_view line) {
  if (!line.starts_with(mark)) return std::nullopt;
  line.remove_prefix(mark.size());
  secret_dates dates;
  const auto end = line.find(between);
  if (!read_date(line.substr(0, end), dates)) return std::nullopt;
  if (end != std::string_view::npos && !read_date(line.substr(end + between.size()), dates)) return std::nullopt;
  return dates;
}

result<std::vector<dated_secret>> read_dated_secrets(const std::string& path) {
  // Its refusals are those of every other reader.
  if (const auto checked = read_secret_file(path); !checked) return tl::unexpected<error>(checked.error());
  const auto text = read_small_file(path, secret_file_max_bytes);
  if (!text) return fail(errc::configuration_invalid, path + " " + text.error().message + ".", "session.secret_file");
  std::vector<dated_secret> secrets;
  secret_dates dates;
  std::istringstream stream(*text);
  for (std::string line; std::getline(stream, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty()) continue;
    if (const auto read = parse_dates_line(line)) {
      dates = *read;
      continue;
    }
    secrets.push_back({std::move(line), dates});
    dates = {};
  }
  return secrets;
}

result<void> write_dated_secrets(const std::string& path, std::span<const dated_secret> secrets) {
  std::string text;
  for (const auto& one : secrets) text += to_dates_line(one.dates) + one.secret + "\n";
  return write_private_file(path, text, new_file::replaces_existing);
}

}  // namespace latchkey::app
