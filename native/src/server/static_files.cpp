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

namespace latchkey::native {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t folder_max_bytes = 64 * 1024 * 1024;
constexpr std::string_view index_path = "/index.html";
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

bool is_served(const std::string& path) {
  return path.find("/.") == std::string::npos && !path.ends_with(".map") &&
         std::all_of(path.begin(), path.end(), [](char c) { return is_unreserved(c) || c == '/'; });
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

http_response wrong_method(bool is_https) {
  http_response response = refusal_response(errc::method_not_allowed, is_https);
  response.add_header("Allow", "GET, HEAD");
  return response;
}

}  // namespace

static_files::static_files() {
  files_.emplace(index_path, file{std::string(placeholder_page), "text/html; charset=utf-8", "\"none\"", false});
}

result<void> static_files::add(std::string path, std::string bytes) {
  const auto digest = sha256(std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
  if (!digest) return tl::unexpected<error>(digest.error());
  file added;
  added.content_type = std::string(content_type_of(path));
  added.etag = "\"" + to_base64url(std::span(*digest).first(16)) + "\"";
  added.is_immutable = has_hash(path);
  added.bytes = std::move(bytes);
  files_.insert_or_assign(std::move(path), std::move(added));
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
    if (entry->is_symlink(failed) || !entry->is_regular_file(failed)) continue;
    std::string path = "/" + entry->path().lexically_relative(root).generic_string();
    if (!is_served(path)) continue;
    auto bytes = read_file(entry->path());
    if (!bytes) return refuse_folder(folder, path + " can't be read");
    total += bytes->size();
    if (total > folder_max_bytes) return refuse_folder(folder, "it holds more than 64 MiB");
    if (auto added = loaded.add(std::move(path), std::move(*bytes)); !added) return fail(std::move(added));
  }
  if (failed) return refuse_folder(folder, failed.message());
  if (!loaded.files_.contains(std::string(index_path))) return refuse_folder(folder, "it has no index.html");
  return loaded;
}

const static_files::file* static_files::find_file(std::string_view path) const {
  const bool is_page = path == "/" || std::find(pages_.begin(), pages_.end(), path) != pages_.end();
  const auto found = files_.find(std::string(is_page ? index_path : path));
  return found == files_.end() ? nullptr : &found->second;
}

std::optional<http_response> static_files::find(const http_request& request, bool is_https) const {
  const file* found = find_file(request.path);
  if (found == nullptr) return std::nullopt;
  if (request.method != "GET" && request.method != "HEAD") return wrong_method(is_https);
  http_response response;
  response.add_header("ETag", found->etag);
  response.add_header("Cache-Control", found->is_immutable ? "public, max-age=31536000, immutable" : "no-cache");
  if (request.header("If-None-Match") == found->etag) {
    response.status = 304;
  } else {
    response.add_header("Content-Type", found->content_type);
    if (request.method == "HEAD") {
      response.add_header("Content-Length", std::to_string(found->bytes.size()));
    } else {
      response.body = found->bytes;
    }
  }
  add_page_headers(response, is_https);
  return response;
}

}  // namespace latchkey::native
