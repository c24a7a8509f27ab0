// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SERVER_STATIC_FILES_H_
#define LATCHKEY_NATIVE_SERVER_STATIC_FILES_H_

/**
 * A folder of built files, read into memory once. Only the files found then exist: a request's path is looked up whole, and
 * never becomes the name of a file, so there is nothing to traverse.
 *
 * A file is reached by its path with each character as it is or percent-encoded as a browser does it (`[id]` or `%5Bid%5D`,
 * `%20`), never with a letter, a digit, `-`, `.`, `_`, `~` or `/` encoded. A folder's `index.html` is shown at the folder's own
 * path, and `about.html` at `/about`.
 */

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "latchkey/native/http/message.h"
#include "latchkey/result.h"

namespace latchkey::native {

class static_files {
 public:
  /** Nothing but a small page at `/`. */
  static_files();

  /** A file that is not served, and why. */
  struct left_out_file {
    std::string path;
    std::string reason;
  };

  /**
   * Reads every regular file below `folder`; symbolic links, hidden files, source maps and names that no address can hold are
   * left out. `configuration_invalid` when there is no such folder, no `index.html` in it, or more than 64 MiB.
   */
  [[nodiscard]] static result<static_files> load(const std::string& folder);

  /** What `load` has found and left out, by path. */
  [[nodiscard]] const std::vector<left_out_file>& left_out() const noexcept { return left_out_; }

  /**
   * Paths that show the `index.html` of the folder besides `/`, where there is no file: the pages of an application that routes
   * in the browser. One whose last segment is a single asterisk stands for every path below. Paths are compared as they are
   * sent. `configuration_invalid` for one that is no path.
   */
  [[nodiscard]] result<void> set_pages(std::vector<std::string> pages);

  /**
   * The answer to GET and HEAD of a known path, with caching by ETag, or for a year when the name carries a hash; whole, for
   * ranges are not served. 204 for OPTIONS, 405 for another method. Nothing for an unknown path. `is_https` adds HSTS. Answers
   * share the file's bytes.
   */
  [[nodiscard]] std::optional<http_response> find(const http_request& request, bool is_https) const;

  [[nodiscard]] std::size_t size() const noexcept { return files_.size(); }

 private:
  struct file {
    std::shared_ptr<const std::string> bytes;
    std::string content_type;
    std::string etag;
    bool is_immutable = false;
  };

  [[nodiscard]] const file* find_file(std::string_view path) const;
  [[nodiscard]] const file* find_named(const std::string& name) const;
  [[nodiscard]] bool is_page(std::string_view path) const;
  [[nodiscard]] result<void> add(std::string name, std::string bytes);

  // By the name in the folder, decoded, with a slash in front.
  std::unordered_map<std::string, file> files_;
  std::vector<std::string> pages_;
  std::vector<left_out_file> left_out_;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SERVER_STATIC_FILES_H_
