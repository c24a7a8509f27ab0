// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_RESET_PAGE_H_
#define LATCHKEY_NATIVE_APP_RESET_PAGE_H_

/**
 * The page that the link of a reset letter opens. A studio that has a page at that path shows its own; everywhere else
 * the server shows this one, so that the link always leads somewhere.
 */

#include <optional>
#include <string>

#include "latchkey/native/http/message.h"
#include "settings.h"

namespace latchkey::app {

/** The address in the letters, without the token: mail.reset_page, or /reset-password of server.public_url. */
[[nodiscard]] std::string reset_page_address(const settings& all);

/**
 * The path of that address where it is this server's own: at server.public_url, or at the address listened on. Nothing
 * when no letters are sent, sign-in by password is off, or another server has the page.
 */
[[nodiscard]] std::optional<std::string> own_reset_path(const settings& all);

/** Whether the server answers another thing than a page at this path: the API or what operators ask. */
[[nodiscard]] bool is_taken_path(const server_settings& server, const std::string& path);

/** The page, its stylesheet and its script. */
class reset_page {
 public:
  /** No page at all. */
  reset_page() = default;
  /** For a server with this prefix of its API; without a page where `own_reset_path` has none. */
  reset_page(const settings& all, const std::string& api_prefix);

  /** The answer to GET and HEAD of the page and its two files; nothing for any other request. `is_https` adds HSTS. */
  [[nodiscard]] std::optional<native::http_response> find(const native::http_request& request, bool is_https) const;

 private:
  /** Empty: there is none. */
  std::string path_;
  std::string html_;
};

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_RESET_PAGE_H_
