// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"
#include "latchkey/sso.h"
#include "latchkey/utf8.h"

namespace {

using namespace latchkey;

// Whether a browser leaves the origin when it resolves the text against an https page: the start of the WHATWG URL
// Standard's basic parser. Blanks and control characters at the ends and every tab and line break go; then a scheme, or
// two slashes of either kind, name another origin (a scheme of the same page is another one to be safe).
bool leaves_origin(std::string_view text) {
  std::string url;
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= 0x20) text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= 0x20) text.remove_suffix(1);
  for (const char c : text) {
    if (c != '\t' && c != '\n' && c != '\r') url += c;
  }
  const auto is_slash = [&](std::size_t at) { return at < url.size() && (url[at] == '/' || url[at] == '\\'); };
  if (is_slash(0)) return is_slash(1);
  const std::size_t end = url.find_first_of(":/?#\\");
  return end != std::string::npos && url[end] == ':';
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::to_text(data, size);
  const std::string path = safe_return_path(text);
  fuzz::require(path == text || path == "/", "a path is taken as it stands or not at all");
  fuzz::require(!leaves_origin(path), "no path leaves the origin");
  fuzz::require(path.front() == '/' && path.size() <= return_path_max_bytes, "a path is one");
  fuzz::require(safe_return_path(path) == path, "what passed once passes again");
  fuzz::require(std::none_of(path.begin(), path.end(),
                             [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '\\'; }) &&
                    is_well_formed_utf8(path),
                "a path fits into a header");
  // `/` in front makes most texts paths, so that the search spends its time where something can pass.
  const std::string below = "/" + std::string(text);
  fuzz::require(!leaves_origin(safe_return_path(below)), "no path leaves the origin");
  if (leaves_origin(below)) fuzz::require(safe_return_path(below) == "/", "what leaves the origin is refused");
  return 0;
}
