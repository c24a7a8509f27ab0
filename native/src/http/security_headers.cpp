// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/http/security_headers.h"

#include "http/text.h"

namespace latchkey::native {
namespace {

void add_default(http_response& response, const char* name, const char* value) {
  if (!response.has_header(name)) response.add_header(name, value);
}

void add_common_headers(http_response& response, bool is_https) {
  add_default(response, "X-Content-Type-Options", "nosniff");
  add_default(response, "Referrer-Policy", "no-referrer");
  add_default(response, "Cross-Origin-Opener-Policy", "same-origin");
  add_default(response, "X-Frame-Options", "DENY");
  if (is_https) add_default(response, "Strict-Transport-Security", "max-age=31536000");
}

}  // namespace

void add_api_headers(http_response& response, bool is_https) {
  add_common_headers(response, is_https);
  add_default(response, "Content-Security-Policy", data_content_security_policy);
  add_default(response, "Cache-Control", "no-store");
  add_vary(response, "Cookie");
}

void add_page_headers(http_response& response, bool is_https) {
  add_common_headers(response, is_https);
  add_default(response, "Content-Security-Policy", page_content_security_policy);
}

void add_vary(http_response& response, std::string_view field) {
  for (auto& [name, value] : response.headers) {
    if (!equals_ignoring_case(name, "Vary")) continue;
    if (value.find(field) == std::string::npos) value += ", " + std::string(field);
    return;
  }
  response.add_header("Vary", std::string(field));
}

}  // namespace latchkey::native
