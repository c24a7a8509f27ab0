// SPDX-License-Identifier: Apache-2.0
#include "httplib_adapter.h"

#include <httplib.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace notes {
namespace {

namespace native = latchkey::native;
using latchkey::errc;
using std::chrono::seconds;

constexpr std::size_t threads = 8;
/** How much of a body that is too long is read nevertheless, so that the client has sent it and hears why. */
constexpr std::size_t discarded_bytes = std::size_t{1024} * 1024;

bool is_librarys_own(const std::string& name) {
  return name == "REMOTE_ADDR" || name == "REMOTE_PORT" || name == "LOCAL_ADDR" || name == "LOCAL_PORT";
}

native::http_request to_request(const httplib::Request& sent) {
  native::http_request request;
  request.method = sent.method;
  const auto mark = sent.target.find('?');
  request.path = sent.target.substr(0, mark);  // sent.path is decoded
  if (mark != std::string::npos) request.query = sent.target.substr(mark + 1);
  for (const auto& [name, value] : sent.headers) {
    if (!is_librarys_own(name)) request.headers.emplace_back(name, value);
  }
  request.remote_address = sent.remote_addr;
#ifdef CPPHTTPLIB_OPENSSL_SUPPORT
  request.is_https = sent.ssl != nullptr;
#endif
  return request;
}

void respond(const httplib::Request& sent, httplib::Response& out, native::http_response answer) {
  // The library would cut the answer into the ranges that were asked for. It made this object, not const, for us alone.
  const_cast<httplib::Request&>(sent).ranges.clear();
  out.status = answer.status;
  for (auto& [name, value] : answer.headers) out.headers.emplace(std::move(name), std::move(value));
  out.body = std::move(answer.body);
}

/** Whether a body follows (RFC 9112 §6.3); without a length the library would wait for the connection's end. */
bool has_body(const httplib::Request& sent) {
  return sent.has_header("Transfer-Encoding") || !sent.get_header_value("Content-Length", 0).empty();
}

/** Whether the library reads that body, and as everybody else would. */
bool is_readable(const httplib::Request& sent) {
  const bool is_expected =
      sent.method == "POST" || sent.method == "PUT" || sent.method == "PATCH" || sent.method == "DELETE";
  const auto lengths = sent.get_header_value_count("Content-Length");
  const auto encodings = sent.get_header_value_count("Transfer-Encoding");
  const auto length = sent.get_header_value("Content-Length");
  return is_expected && lengths + encodings == 1 && length.find_first_not_of("0123456789") == std::string::npos &&
         (encodings == 0 || sent.get_header_value("Transfer-Encoding") == "chunked");
}

errc refusal_of(int status) {
  if (status == 404) return errc::not_found;
  if (status == 413) return errc::body_too_large;
  if (status == 414) return errc::uri_too_long;
  return status >= 500 ? errc::internal : errc::request_invalid;
}

class httplib_listener final : public listener {
 public:
  explicit httplib_listener(const native::auth_server& server) : server_(server) {
    http_.new_task_queue = [] { return new httplib::ThreadPool(threads); };
    http_.set_read_timeout(seconds(5));
    http_.set_write_timeout(seconds(30));
    // One request for each connection: what the library leaves unread of a body is never taken for another request.
    http_.set_keep_alive_max_count(1);
    // Its own choice, SO_REUSEPORT, lets another program of the same user listen on the same port.
    http_.set_socket_options([](socket_t socket) {
      const int yes = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    http_.set_pre_routing_handler([this](const auto& sent, auto& out) {
      if (has_body(sent) && is_readable(sent)) return httplib::Server::HandlerResponse::Unhandled;
      respond(
          sent, out,
          has_body(sent) ? server_.refusal(errc::request_invalid, to_request(sent)) : server_.handle(to_request(sent)));
      return httplib::Server::HandlerResponse::Handled;
    });
    const httplib::Server::HandlerWithContentReader with_body = [this](const auto& sent, auto& out, const auto& read) {
      respond(sent, out, answer(sent, read));
    };
    http_.Post(".*", with_body).Put(".*", with_body).Patch(".*", with_body).Delete(".*", with_body);
    http_.set_exception_handler([this](const auto& sent, auto& out, const std::exception_ptr&) {
      respond(sent, out, server_.refusal(errc::internal, to_request(sent)));
    });
    // What the library refuses by itself has no headers; every answer of ours has some.
    http_.set_error_handler(httplib::Server::HandlerWithResponse([this](const auto& sent, auto& out) {
      if (!out.headers.empty()) return httplib::Server::HandlerResponse::Unhandled;
      respond(sent, out, server_.refusal(refusal_of(out.status), to_request(sent)));
      return httplib::Server::HandlerResponse::Handled;
    }));
  }

  bool bind(std::uint16_t port) {
    const int got = port == 0 ? http_.bind_to_any_port("127.0.0.1") : http_.bind_to_port("127.0.0.1", port) ? port : -1;
    port_ = static_cast<std::uint16_t>(std::max(got, 0));
    return got > 0;
  }

  std::uint16_t port() const noexcept override { return port_; }

  void run() override {
    http_.listen_after_bind();
    is_over_ = true;
  }

  void stop() override {
    // Before it runs the library would forget that it was stopped.
    while (!http_.is_running() && !is_over_) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    http_.stop();
  }

 private:
  native::http_response answer(const httplib::Request& sent, const httplib::ContentReader& read) const {
    native::http_request request = to_request(sent);
    if (sent.is_multipart_form_data()) {
      // The library hands out a form in parts only. Its refusal, 415, needs no more than that there was one.
      request.body = "form";
      return server_.handle(request);
    }
    const std::size_t most = server_.limits().body_bytes + 1;  // which `handle` refuses
    std::size_t received = 0;
    const bool is_complete = read([&](const char* data, std::size_t size) {
      request.body.append(data, std::min(size, most - request.body.size()));
      received += size;
      return received <= discarded_bytes;
    });
    if (!is_complete && request.body.size() < most) return server_.refusal(errc::request_invalid, request);
    return server_.handle(request);
  }

  const native::auth_server& server_;
  httplib::Server http_;
  std::uint16_t port_ = 0;
  std::atomic<bool> is_over_{false};
};

}  // namespace

latchkey::result<std::unique_ptr<listener>> make_httplib_listener(const native::auth_server& server,
                                                                  std::uint16_t port) {
  auto made = std::make_unique<httplib_listener>(server);
  if (!made->bind(port)) return latchkey::fail(errc::configuration_invalid, "Can't listen on this port.", "port");
  return made;
}

}  // namespace notes
