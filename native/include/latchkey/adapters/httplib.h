// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_ADAPTERS_HTTPLIB_H_
#define LATCHKEY_ADAPTERS_HTTPLIB_H_

/**
 * Latchkey in a server that is made with cpp-httplib: `mount` lets an `auth_server` answer its paths beside the routes of the
 * program. The program finds <httplib.h> itself; Latchkey links nothing of it. Made for version 0.11.
 *
 * What the library does to a message before it hands it over is undone where it can be. What can't be: it percent-decodes the
 * values of headers, drops empty ones, skips lines that it can't read, and reads a head of any size. Put a proxy that reads
 * strictly in front of it.
 */

#include <httplib.h>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <string>
#include <utility>

#include "latchkey/native/http/auth_server.h"

namespace latchkey::adapters {
namespace httplib_details {

/** How much of a body that is too long is read nevertheless, so that the client has sent it and hears why. */
inline constexpr std::size_t discarded_bytes = std::size_t{1024} * 1024;

inline bool is_librarys_own(const std::string& name) {
  return name == "REMOTE_ADDR" || name == "REMOTE_PORT" || name == "LOCAL_ADDR" || name == "LOCAL_PORT";
}

inline std::string first_of(const ::httplib::Request& sent, const char* name) {
  const auto found = sent.headers.find(name);
  return found == sent.headers.end() ? std::string() : found->second;
}

/** Whether a body follows (RFC 9112 §6.3); without a length the library would wait for the connection's end. */
inline bool has_body(const ::httplib::Request& sent) {
  return sent.headers.count("Transfer-Encoding") > 0 || !first_of(sent, "Content-Length").empty();
}

/** Whether the library reads that body, and as every other parser would. */
inline bool is_readable(const ::httplib::Request& sent) {
  const bool is_expected =
      sent.method == "POST" || sent.method == "PUT" || sent.method == "PATCH" || sent.method == "DELETE";
  const auto lengths = sent.headers.count("Content-Length");
  const auto encodings = sent.headers.count("Transfer-Encoding");
  return is_expected && lengths + encodings == 1 &&
         first_of(sent, "Content-Length").find_first_not_of("0123456789") == std::string::npos &&
         (encodings == 0 || first_of(sent, "Transfer-Encoding") == "chunked");
}

/** A text as a regular expression for itself. A prefix has letters, digits and `._~-/` alone. */
inline std::string escaped(const std::string& text) {
  std::string pattern;
  for (const char c : text) {
    if (c == '.') pattern += '\\';
    pattern += c;
  }
  return pattern;
}

inline errc refusal_of(int status) {
  if (status == 404) return errc::not_found;
  if (status == 413) return errc::body_too_large;
  if (status == 414) return errc::uri_too_long;
  return status >= 500 ? errc::internal : errc::request_invalid;
}

}  // namespace httplib_details

/** The request without its body. */
[[nodiscard]] inline native::http_request to_request(const ::httplib::Request& sent) {
  native::http_request request;
  request.method = sent.method;
  const auto mark = sent.target.find('?');
  request.path = sent.target.substr(0, mark);  // sent.path is decoded
  if (mark != std::string::npos) request.query = sent.target.substr(mark + 1);
  for (const auto& [name, value] : sent.headers) {
    if (!httplib_details::is_librarys_own(name)) request.headers.emplace_back(name, value);
  }
  request.remote_address = sent.remote_addr;
#ifdef CPPHTTPLIB_OPENSSL_SUPPORT
  request.is_https = sent.ssl != nullptr;
#endif
  return request;
}

/** Sends an answer of Latchkey as it is. */
inline void respond(const ::httplib::Request& sent, ::httplib::Response& out, native::http_response answer) {
  // The library would cut the answer into the ranges that were asked for. It made this object, not const, for us alone.
  const_cast<::httplib::Request&>(sent).ranges.clear();
  out.status = answer.status;
  for (auto& [name, value] : answer.headers) out.headers.emplace(std::move(name), std::move(value));
  out.body = answer.shared_body ? *answer.shared_body : std::move(answer.body);
}

/** Reads the body and has the request answered; refuses one whose body does not come whole. */
[[nodiscard]] inline native::http_response answer_with_body(const native::auth_server& server,
                                                            const ::httplib::Request& sent,
                                                            const ::httplib::ContentReader& read) {
  native::http_request request = to_request(sent);
  // What the library reads is no longer in chunks.
  const ::httplib::Headers chunked = {{"Transfer-Encoding", ""}};
  std::erase_if(request.headers, [&chunked](const auto& entry) { return chunked.count(entry.first) > 0; });
  if (sent.is_multipart_form_data()) {
    // The library hands out a form in parts only. Its refusal, 415, needs no more than that there was one.
    request.body = "form";
    return server.handle(request);
  }
  const std::size_t most = server.limits().body_bytes + 1;  // which `handle` refuses
  std::size_t received = 0;
  const bool is_complete = read([&](const char* data, std::size_t size) {
    request.body.append(data, std::min(size, most - request.body.size()));
    received += size;
    return received <= httplib_details::discarded_bytes;
  });
  if (!is_complete && request.body.size() < most) {
    // Where the program bounds bodies (`set_payload_max_length`), the library reads nothing of a longer one.
    const std::string length = httplib_details::first_of(sent, "Content-Length");
    const bool is_number = !length.empty() && length.find_first_not_of("0123456789") == std::string::npos;
    const bool is_long = is_number && (length.size() > 12 || std::stoull(length) >= most);
    return server.refusal(is_long ? errc::body_too_large : errc::request_invalid, request);
  }
  return server.handle(request);
}

/**
 * Lets `server`, which must outlive `http`, answer every request for its prefix, and word what the library refuses by itself and
 * what handlers throw. Call it after the routes of the program's own are set, and before it listens. It takes the places of
 * `set_pre_routing_handler`, `set_exception_handler` and `set_error_handler`; an answer of the program with headers is left as it
 * is. Every connection then carries one request, so that what the library leaves unread of a body is never taken for the next.
 * `set_payload_max_length` bounds the bodies of the program's own routes; those of Latchkey have their limit anyway.
 */
inline void mount(::httplib::Server& http, const native::auth_server& server) {
  using handled = ::httplib::Server::HandlerResponse;
  http.set_keep_alive_max_count(1);
  http.set_pre_routing_handler([&server](const auto& sent, auto& out) {
    const std::string path = sent.target.substr(0, sent.target.find('?'));
    if (path.starts_with('/') && !server.owns(path)) return handled::Unhandled;
    const bool has_body = httplib_details::has_body(sent);
    if (has_body && httplib_details::is_readable(sent)) return handled::Unhandled;
    respond(sent, out,
            has_body ? server.refusal(errc::request_invalid, to_request(sent)) : server.handle(to_request(sent)));
    return handled::Handled;
  });
  const ::httplib::Server::HandlerWithContentReader with_body = [&server](const auto& sent, auto& out,
                                                                          const auto& read) {
    respond(sent, out, answer_with_body(server, sent, read));
  };
  // The library compares decoded paths. One that is spelled in another way than the prefix is a 404 of ours then.
  const std::string below = httplib_details::escaped(server.api_prefix()) + "(/[\\s\\S]*)?";
  http.Post(below, with_body).Put(below, with_body).Patch(below, with_body).Delete(below, with_body);
  http.set_exception_handler([&server](const auto& sent, auto& out, const std::exception_ptr&) {
    respond(sent, out, server.refusal(errc::internal, to_request(sent)));
  });
  // What the library refuses by itself has no headers; every answer of ours has some.
  http.set_error_handler(::httplib::Server::HandlerWithResponse([&server](const auto& sent, auto& out) {
    if (!out.headers.empty()) return handled::Unhandled;
    respond(sent, out, server.refusal(httplib_details::refusal_of(out.status), to_request(sent)));
    return handled::Handled;
  }));
}

}  // namespace latchkey::adapters

#endif  // LATCHKEY_ADAPTERS_HTTPLIB_H_
