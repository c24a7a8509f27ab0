// SPDX-License-Identifier: Apache-2.0
#include "latchkey/route_permission.h"

#include <algorithm>
#include <array>
#include <vector>

#include "latchkey/permission.h"

namespace latchkey {
namespace {

constexpr std::array<std::string_view, 17> execution_verbs = {
    "generate", "stream", "execute", "start",  "resume",  "restart",     "cancel",  "approve", "decline",
    "speak",    "listen", "query",   "search", "observe", "time-travel", "enhance", "clone"};

constexpr std::array<std::string_view, 3> publication_verbs = {"publish", "activate", "restore"};

bool is_lower_case_or_digit(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// `start` and `start-async` and `streamVNext`, but not `streams`.
bool is_execution_segment(std::string_view segment) noexcept {
  return std::any_of(execution_verbs.begin(), execution_verbs.end(), [&](std::string_view verb) {
    if (segment.substr(0, verb.size()) != verb) return false;
    return segment.size() == verb.size() || !is_lower_case_or_digit(segment[verb.size()]);
  });
}

std::vector<std::string_view> split_segments(std::string_view path) {
  std::vector<std::string_view> segments;
  if (!path.empty() && path.front() == '/') path.remove_prefix(1);
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    segments.push_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return segments;
}

std::string to_upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

std::string_view action_of_post(const std::vector<std::string_view>& segments) {
  const bool is_stored = segments.front() == "stored";
  if (is_stored &&
      std::find(publication_verbs.begin(), publication_verbs.end(), segments.back()) != publication_verbs.end()) {
    return "publish";
  }
  return std::any_of(segments.begin(), segments.end(), is_execution_segment) ? "execute" : "write";
}

std::string_view action_of(const std::string& method, const std::vector<std::string_view>& segments) {
  if (method == "POST") return action_of_post(segments);
  if (method == "PUT" || method == "PATCH") return "write";
  return method == "DELETE" ? "delete" : "read";
}

std::string namespace_of(const std::vector<std::string_view>& segments) {
  if (segments[0] == ".well-known") return "a2a";
  if (segments[0] == "stored" && segments.size() > 1) return "stored-" + std::string(segments[1]);
  return std::string(segments[0]);
}

}  // namespace

std::optional<std::string> derive_route_permission(std::string_view method, std::string_view path) {
  const std::string upper = to_upper(method);
  const std::vector<std::string_view> segments = split_segments(path);
  if (upper == "ALL" || upper.empty() || segments.empty()) return std::nullopt;
  std::string permission = namespace_of(segments) + ":" + std::string(action_of(upper, segments));
  // A parameter or an odd segment gives no namespace; the route then has to say what it needs. A colon in the segment
  // would make an action of its rest, and `/agents:read` open to whoever may read agents.
  const auto parsed = parse_permission(permission);
  if (!parsed || parsed->parts != 2 || permission.front() == '*') return std::nullopt;
  return permission;
}

}  // namespace latchkey
