// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/server/static_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>

#include "http/refusal.h"
#include "http/text.h"
#include "latchkey/base64url.h"
#include "latchkey/native/crypto/hash.h"
#include "latchkey/native/http/security_headers.h"
#include "latchkey/utf8.h"

namespace latchkey::native {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t folder_max_bytes = 64 * 1024 * 1024;
constexpr std::string_view index_name = "/index.html";
/** Ends a page that stands for every path below it. */
constexpr std::string_view subtree = "/*";
constexpr std::string_view placeholder_page =
    "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Latchkey</title>\n"
    "<h1>Latchkey is running</h1>\n<p>The API answers under its prefix; no studio is mounted here.</p>\n</html>\n";

constexpr std::pair<std::string_view, std::string_view> content_types[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json; charset=utf-8"},
    {".webmanifest", "application/manifest+json; charset=utf-8"},
    {".txt", "text/plain; charset=utf-8"},
    {".wasm", "application/wasm"},
    {".svg", "image/svg+xml; charset=utf-8"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".webp", "image/webp"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
};

std::string_view content_type_of(std::string_view path) noexcept {
  for (const auto& [ending, type] : content_types) {
    if (path.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

/** `app-4F2KQ7XM.js`: eight or more letters and digits, one digit at least, between a dash or dot and the ending. */
bool has_hash(std::string_view path) noexcept {
  path.remove_prefix(path.rfind('/') + 1);
  const auto ending = path.rfind('.');
  if (ending == std::string_view::npos) return false;
  path = path.substr(0, ending);
  const auto mark = path.find_last_of("-.");
  if (mark == std::string_view::npos) return false;
  const auto hash = path.substr(mark + 1);
  return hash.size() >= 8 &&
         std::all_of(hash.begin(), hash.end(), [](char c) { return is_letter(c) || is_digit(c); }) &&
         std::any_of(hash.begin(), hash.end(), is_digit);
}

/** Why a file is not served; nothing when it is. */
std::optional<std::string> reason_to_leave_out(const std::string& name, bool is_plain_file) {
  if (!is_plain_file) return "is no regular file of this folder";
  if (name.find("/.") != std::string::npos) return "is hidden";
  if (name.ends_with(".map")) return "is a source map";
  if (!is_well_formed_utf8(name)) return "has a name that is not UTF-8";
  if (has_control_byte(name) || name.find('\t') != std::string::npos || name.find('\\') != std::string::npos) {
    return "has a name that no address can hold";
  }
  return std::nullopt;
}

/** The octet that `%XX` at the front stands for; nothing when it stands for none, or for one that is never encoded. */
std::optional<char> decode_octet(std::string_view text) noexcept {
  const auto high = text.size() > 1 ? hex_digit(text[1]) : std::nullopt;
  const auto low = text.size() > 2 ? hex_digit(text[2]) : std::nullopt;
  if (!high || !low) return std::nullopt;
  const char octet = static_cast<char>(*high * 16 + *low);
  // An encoded letter, dot or slash is another spelling of a path that has one already.
  return is_unreserved(octet) || octet == '/' ? std::nullopt : std::optional(octet);
}

/** The name that a path stands for; nothing for a spelling that no browser makes of a name. */
std::optional<std::string> to_name(std::string_view path) {
  std::string name;
  name.reserve(path.size());
  while (!path.empty()) {
    if (path.front() != '%') {
      name += path.front();
      path.remove_prefix(1);
      continue;
    }
    const auto octet = decode_octet(path);
    if (!octet) return std::nullopt;
    name += *octet;
    path.remove_prefix(3);
  }
  return name;
}

/** Whether If-None-Match names this version (RFC 9110 §13.1.2): `*`, or a list of tags, weak ones included. */
bool is_unchanged(const http_request& request, std::string_view etag) {
  for (const auto& [name, value] : request.headers) {
    if (!equals_ignoring_case(name, "If-None-Match")) continue;
    for (std::string_view rest = value; !rest.empty();) {
      const auto piece = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(rest.size(), piece.size() + 1));
      std::string_view tag = trim(piece);
      if (tag == "*") return true;
      if (tag.starts_with("W/")) tag.remove_prefix(2);
      if (tag == etag) return true;
    }
  }
  return false;
}

std::optional<std::string> read_file(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return std::nullopt;
  std::string bytes{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  return stream.bad() ? std::nullopt : std::optional(std::move(bytes));
}

tl::unexpected<error> refuse_folder(const std::string& folder, std::string_view why) {
  return fail(errc::configuration_invalid, "The folder " + folder + " can't be served: " + std::string(why) + ".",
              "studio");
}

constexpr const char* allowed_methods = "GET, HEAD, OPTIONS";

http_response other_method(std::string_view method, bool is_https) {
  http_response response;
  if (method == "OPTIONS") {
    response.status = 204;
    add_page_headers(response, is_https);
  } else {
    response = refusal_response(errc::method_not_allowed, is_https);
  }
  response.add_header("Allow", allowed_methods);
  return response;
}

}  // namespace

static_files::static_files() {
  files_.emplace(std::string(index_name), file{std::make_shared<const std::string>(placeholder_page),
                                               "text/html; charset=utf-8", "\"none\"", false});
}

result<void> static_files::add(std::string name, std::string bytes) {
  const auto digest = sha256(std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
  if (!digest) return tl::unexpected<error>(digest.error());
  file added;
  added.content_type = std::string(content_type_of(name));
  added.etag = "\"" + to_base64url(std::span(*digest).first(16)) + "\"";
  added.is_immutable = has_hash(name);
  added.bytes = std::make_shared<const std::string>(std::move(bytes));
  files_.insert_or_assign(std::move(name), std::move(added));
  return {};
}

result<static_files> static_files::load(const std::string& folder) {
  std::error_code failed;
  const fs::path root(folder);
  if (!fs::is_directory(root, failed)) return refuse_folder(folder, "there is no such folder");
  static_files loaded;
  loaded.files_.clear();
  std::size_t total = 0;
  fs::recursive_directory_iterator entry(root, failed);
  for (; !failed && entry != fs::recursive_directory_iterator(); entry.increment(failed)) {
    if (!entry->is_symlink(failed) && entry->is_directory(failed)) continue;
    std::string name = "/" + entry->path().lexically_relative(root).generic_string();
    const bool is_plain_file = !entry->is_symlink(failed) && entry->is_regular_file(failed);
    if (auto reason = reason_to_leave_out(name, is_plain_file)) {
      loaded.left_out_.push_back({std::move(name), std::move(*reason)});
      continue;
    }
    auto bytes = read_file(entry->path());
    if (!bytes) return refuse_folder(folder, name + " can't be read");
    total += bytes->size();
    if (total > folder_max_bytes) return refuse_folder(folder, "it holds more than 64 MiB");
    if (auto added = loaded.add(std::move(name), std::move(*bytes)); !added) return fail(std::move(added));
  }
  if (failed) return refuse_folder(folder, failed.message());
  if (!loaded.files_.contains(std::string(index_name))) return refuse_folder(folder, "it has no index.html");
  std::sort(loaded.left_out_.begin(), loaded.left_out_.end(),
            [](const auto& a, const auto& b) { return a.path < b.path; });
  return loaded;
}

result<void> static_files::set_pages(std::vector<std::string> pages) {
  for (const auto& page : pages) {
    std::string_view path = page;
    if (path.ends_with(subtree)) path.remove_suffix(1);
    const bool is_path = path.starts_with('/') && path.find("//") == std::string_view::npos &&
                         std::all_of(path.begin(), path.end(), [](char c) {
                           return c > ' ' && c < 0x7f && std::string_view("?#*\\").find(c) == std::string_view::npos;
                         });
    if (!is_path) {
      return fail(errc::configuration_invalid,
                  "\"" + page + "\" is no page: it must look like /settings, or /agents/* for every path below.", page);
    }
  }
  pages_ = std::move(pages);
  return {};
}

bool static_files::is_page(std::string_view path) const {
  return path == "/" || std::any_of(pages_.begin(), pages_.end(), [path](std::string_view page) {
           if (!page.ends_with(subtree)) return path == page;
           page.remove_suffix(1);
           return path.size() > page.size() && path.starts_with(page);
         });
}

const static_files::file* static_files::find_named(const std::string& name) const {
  const auto found = files_.find(name);
  return found == files_.end() ? nullptr : &found->second;
}

const static_files::file* static_files::find_file(std::string_view path) const {
  const auto name = path.starts_with('/') ? to_name(path) : std::nullopt;
  if (!name) return nullptr;
  if (const file* found = find_named(*name)) return found;
  const std::string folder = name->substr(0, name->size() - (name->ends_with('/') ? 1 : 0));
  if (const file* found = find_named(folder + std::string(index_name))) return found;
  if (const file* found = name->ends_with('/') ? nullptr : find_named(*name + ".html")) return found;
  return is_page(path) ? find_named(std::string(index_name)) : nullptr;
}

std::optional<http_response> static_files::find(const http_request& request, bool is_https) const {
  const file* found = find_file(request.path);
  if (found == nullptr) return std::nullopt;
  const bool is_head = request.method == "HEAD";
  if (request.method != "GET" && !is_head) return other_method(request.method, is_https);
  http_response response;
  response.add_header("ETag", found->etag);
  response.add_header("Cache-Control", found->is_immutable ? "public, max-age=31536000, immutable" : "no-cache");
  if (is_unchanged(request, found->etag)) {
    response.status = 304;
  } else {
    response.add_header("Content-Type", found->content_type);
    response.add_header("Accept-Ranges", "none");
    response.shared_body = found->bytes;
    if (is_head) drop_body(response);
  }
  add_page_headers(response, is_https);
  return response;
}

}  // namespace latchkey::native
