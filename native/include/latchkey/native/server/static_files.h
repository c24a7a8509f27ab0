// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SERVER_STATIC_FILES_H_
#define LATCHKEY_NATIVE_SERVER_STATIC_FILES_H_

/**
 * A folder of built files, read into memory once. Only the paths found then exist: a request's path is looked up whole
 * and as sent, and never becomes the name of a file, so there is nothing to traverse.
 */

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

  /**
   * Reads every regular file below `folder`; symbolic links, hidden files and source maps are left out.
   * `configuration_invalid` when there is no such folder, no `index.html` in it, or more than 64 MiB.
   */
  [[nodiscard]] static result<static_files> load(const std::string& folder);

  /** Paths that show `index.html` besides `/`: the pages of an application that routes in the browser. */
  void set_pages(std::vector<std::string> pages) { pages_ = std::move(pages); }

  /**
   * The answer to GET and HEAD of a known path, with caching by ETag, or for a year when the name carries a hash; 405 for
   * another method. Nothing for an unknown path. `is_https` adds HSTS.
   */
  [[nodiscard]] std::optional<http_response> find(const http_request& request, bool is_https) const;

  [[nodiscard]] std::size_t size() const noexcept { return files_.size(); }

 private:
  struct file {
    std::string bytes;
    std::string content_type;
    std::string etag;
    bool is_immutable = false;
  };

  [[nodiscard]] const file* find_file(std::string_view path) const;
  [[nodiscard]] result<void> add(std::string path, std::string bytes);

  std::unordered_map<std::string, file> files_;
  std::vector<std::string> pages_;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SERVER_STATIC_FILES_H_
