// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/http/session_cookie.h"

#include "latchkey/cookie.h"

namespace latchkey::native {
namespace {

cookie_attributes attributes_of(const session_cookie_settings& settings) {
  cookie_attributes attributes;
  attributes.secure = settings.secure;
  attributes.domain = settings.domain;
  return attributes;
}

}  // namespace

std::string session_cookie_settings::name() const { return session_cookie_name(base_name, secure, !domain.empty()); }

result<std::string> session_cookie_line(const session_cookie_settings& settings, std::string_view value,
                                        std::int64_t max_age_seconds) {
  cookie_attributes attributes = attributes_of(settings);
  attributes.max_age_seconds = max_age_seconds;
  return to_set_cookie(settings.name(), value, attributes);
}

result<std::string> clearing_cookie_line(const session_cookie_settings& settings) {
  return to_clearing_cookie(settings.name(), attributes_of(settings));
}

std::vector<std::string_view> session_cookie_values(const session_cookie_settings& settings,
                                                    const http_request& request) {
  const std::string_view header = request.header("Cookie");
  return header.empty() ? std::vector<std::string_view>{} : find_cookies(header, settings.name());
}

}  // namespace latchkey::native
