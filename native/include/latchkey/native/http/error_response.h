// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_HTTP_ERROR_RESPONSE_H_
#define LATCHKEY_NATIVE_HTTP_ERROR_RESPONSE_H_

/**
 * Refusals as the HTTP API words them: `{"error","code","message"?,"issues"?,"requestId"}`. One table gives every code its
 * status and sentence; what has no row there (a database's or a library's failure) leaves as 500 or 503 without its text.
 */

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "latchkey/native/http/message.h"
#include "latchkey/result.h"

namespace latchkey::native {

/** What is wrong with one field of a body or query. */
struct field_issue {
  /** The field's name; `body` for malformed JSON, `root` when the document is no object. */
  std::string field = {};
  std::string message = {};

  friend bool operator==(const field_issue&, const field_issue&) = default;
};

/** A refusal on its way to the client. Everything in it is sent, so it never holds what a client may not see. */
struct http_error {
  errc code = errc::internal;
  /** Replaces the code's own sentence when the API documents another one, such as `Audit event not found`. */
  std::string sentence = {};
  std::string message = {};
  std::vector<field_issue> issues = {};
  /** Seconds until it is worth coming back, for `Retry-After`; 0 when there is nothing to say. */
  std::int64_t retry_after_s = 0;
};

/** What a handler gives: an answer, or a refusal that the server words. */
template <class T>
using http_result = tl::expected<T, http_error>;

/** The failing side of an `http_result`. */
[[nodiscard]] tl::unexpected<http_error> refuse(errc code, std::string sentence = {}, std::string message = {});
/** 400 with the issues. */
[[nodiscard]] tl::unexpected<http_error> refuse_body(std::vector<field_issue> issues);
[[nodiscard]] tl::unexpected<http_error> refuse_query(std::vector<field_issue> issues);
[[nodiscard]] tl::unexpected<http_error> refuse_path(std::vector<field_issue> issues);
/**
 * What a provider's error becomes: its own status when the API documents the code, 503 for a store, 500 for all else. The
 * error's text stays here.
 */
[[nodiscard]] tl::unexpected<http_error> refuse(const error& failed);

/** The HTTP status of a code; 500 for one that is not a server's answer. */
[[nodiscard]] int status_of(errc code) noexcept;

/** The documented JSON, with `requestId`. */
[[nodiscard]] http_response error_response(const http_error& refusal, std::string_view request_id);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_HTTP_ERROR_RESPONSE_H_
