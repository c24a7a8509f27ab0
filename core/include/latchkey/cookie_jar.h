// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_COOKIE_JAR_H_
#define LATCHKEY_COOKIE_JAR_H_

/**
 * The client's side of cookies as RFC 6265 §5 has it: reading Set-Cookie, storing, and finding what goes with a request,
 * so that a program without a browser keeps its session. Time comes in as a parameter.
 */

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "latchkey/cookie.h"

namespace latchkey {

/** Cookies of one host, and of all hosts: what comes beyond pushes out the oldest that aren't Secure, then those. */
inline constexpr std::size_t cookie_jar_max_per_host = 50;
inline constexpr std::size_t cookie_jar_max = 3'000;

/** A Set-Cookie line taken apart (§5.2). The last of a repeated attribute counts. */
struct received_cookie {
  std::string name = {};
  std::string value = {};
  /** Milliseconds since 1970. Max-Age has been turned into it and wins over Expires; unset: ends with the program. */
  std::optional<std::int64_t> expires_at_ms = {};
  /** Lower case, without a leading dot; empty: the host that sent it, alone. */
  std::string domain = {};
  /** Begins with `/`; empty: the request's default path. */
  std::string path = {};
  bool secure = false;
  bool http_only = false;

  friend bool operator==(const received_cookie&, const received_cookie&) = default;
};

/**
 * Reads a Set-Cookie line, which ends at the first NUL, CR or LF. Nothing when it has no name, another control character, or
 * name and value over 4,096 bytes. An attribute over 1,024 bytes is passed over.
 */
[[nodiscard]] std::optional<received_cookie> parse_set_cookie(std::string_view line, std::int64_t now_ms);

/** A date as §5.1.1 reads it, from 1601 on; nothing for a text that is none. */
[[nodiscard]] std::optional<std::int64_t> parse_cookie_date(std::string_view text) noexcept;

/** Where a request goes. The host is compared without case; an IP address is only ever equal to itself. */
struct cookie_origin {
  std::string_view host = {};
  /** The path of the URL; empty counts as `/`. */
  std::string_view path = {};
  /** Whether the connection is encrypted: Secure cookies go nowhere else, and come from nowhere else. */
  bool secure = false;
};

/** §5.1.3. Both in lower case. */
[[nodiscard]] bool cookie_domain_matches(std::string_view host, std::string_view domain) noexcept;
/** §5.1.4. */
[[nodiscard]] bool cookie_path_matches(std::string_view request_path, std::string_view cookie_path) noexcept;
/** §5.1.4: the directory of a request's path. */
[[nodiscard]] std::string_view default_cookie_path(std::string_view request_path) noexcept;

/** A jar of cookies. A value; not synchronised. */
class cookie_jar {
 public:
  /**
   * Stores what a response of `origin` sets (§5.3), or removes what it lets expire. False when the line is refused: not
   * readable, for another domain, for a whole top-level domain, Secure over plain http, over plain http in the place of
   * a Secure one, or with a prefix (`__Host-`, `__Secure-`) whose promise it doesn't keep. Which domains of two labels
   * are public (`co.uk`) it doesn't know: a program that talks to strangers' hosts needs a list of them.
   */
  bool store(std::string_view set_cookie_line, const cookie_origin& origin, std::int64_t now_ms);

  /** The Cookie header for a request (§5.4): longer paths first, older cookies first; empty when there is none. */
  [[nodiscard]] std::string header(const cookie_origin& origin, std::int64_t now_ms);

  /** How many cookies it holds, expired ones that nobody asked for included. */
  [[nodiscard]] std::size_t size() const noexcept { return cookies_.size(); }
  void clear() noexcept { cookies_.clear(); }

 private:
  struct stored_cookie {
    received_cookie cookie;
    bool host_only = true;
    std::uint64_t created = 0;  // a count, so that equal times keep their order
  };

  [[nodiscard]] bool shadows_secure(const received_cookie& cookie) const noexcept;
  void make_room(const std::string& domain);

  std::vector<stored_cookie> cookies_;
  std::uint64_t next_created_ = 0;
};

}  // namespace latchkey

#endif  // LATCHKEY_COOKIE_JAR_H_
