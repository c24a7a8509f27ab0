// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_HTTP_SECURITY_HEADERS_H_
#define LATCHKEY_NATIVE_HTTP_SECURITY_HEADERS_H_

/** The headers that every answer carries (OWASP ASVS 5.0 §3.4). A header that a handler has set itself is kept. */

#include "latchkey/native/http/message.h"

namespace latchkey::native {

/** The policy of pages: own scripts and WebAssembly, nothing inline, nothing evaluated, never framed. */
inline constexpr const char* page_content_security_policy =
    "default-src 'self'; style-src 'self'; img-src 'self' data: https:; connect-src 'self'; form-action 'self'; "
    "script-src 'self' 'wasm-unsafe-eval'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/** The policy of data: an answer that a browser is made to show as a page loads nothing. */
inline constexpr const char* data_content_security_policy =
    "default-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** For answers of the API: the common headers, `Cache-Control: no-store` and `Vary: Cookie`. */
void add_api_headers(http_response& response, bool is_https);

/** For pages and files: the common headers and the policy of pages. Caching is the caller's. */
void add_page_headers(http_response& response, bool is_https);

/** Adds a field to `Vary` unless it is there. */
void add_vary(http_response& response, std::string_view field);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_HTTP_SECURITY_HEADERS_H_
