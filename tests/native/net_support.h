// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_TESTS_NATIVE_NET_SUPPORT_H_
#define LATCHKEY_TESTS_NATIVE_NET_SUPPORT_H_

/** A server on a free port of loopback that answers with whatever bytes a test wants, with and without TLS. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/catch.h"

namespace latchkey::native::testing {

/** A key and a certificate that it signed itself, good for one name of a server. */
class test_certificate {
 public:
  /** `names` as OpenSSL writes them: `DNS:localhost` or `IP:127.0.0.1`. */
  explicit test_certificate(const std::string& names) : key_(EVP_EC_gen("P-256")), certificate_(X509_new()) {
    X509_set_version(certificate_, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate_), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate_), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate_), 3600);
    X509_set_pubkey(certificate_, key_);
    X509_NAME* name = X509_get_subject_name(certificate_);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(certificate_, name);
    add(NID_subject_alt_name, names);
    add(NID_basic_constraints, "critical,CA:TRUE");
    REQUIRE(X509_sign(certificate_, key_, EVP_sha256()) > 0);
  }
  ~test_certificate() {
    X509_free(certificate_);
    EVP_PKEY_free(key_);
  }
  test_certificate(const test_certificate&) = delete;
  test_certificate& operator=(const test_certificate&) = delete;

  void write(const std::string& path) const {
    FILE* file = std::fopen(path.c_str(), "w");
    REQUIRE(file != nullptr);
    PEM_write_X509(file, certificate_);
    std::fclose(file);
  }
  /** A server's side of TLS, at most of this version. */
  [[nodiscard]] std::shared_ptr<SSL_CTX> context(int max_version = TLS1_3_VERSION) const {
    std::shared_ptr<SSL_CTX> made(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    SSL_CTX_set_security_level(made.get(), 0);
    SSL_CTX_set_min_proto_version(made.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(made.get(), max_version);
    REQUIRE(SSL_CTX_use_certificate(made.get(), certificate_) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey(made.get(), key_) == 1);
    return made;
  }

 private:
  void add(int nid, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
    REQUIRE(extension != nullptr);
    X509_add_ext(certificate_, extension, -1);
    X509_EXTENSION_free(extension);
  }
  EVP_PKEY* key_;
  X509* certificate_;
};

/** Reads requests and writes what the function makes of them; each connection on its own. */
class scripted_server {
 public:
  /** Sends one piece; false when the client has gone. */
  using sender = std::function<bool(std::string_view)>;
  /** Answers one request, head and body as they came; false ends the connection. */
  /** Null hangs up on every connection, after its handshake. */
  using answerer = std::function<bool(const std::string& request, const sender& send)>;

  explicit scripted_server(answerer answer, std::shared_ptr<SSL_CTX> tls = nullptr)
      : answer_(std::move(answer)), tls_(std::move(tls)), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener_, 64) == 0);
    socklen_t length = sizeof address;
    REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~scripted_server() {
    is_over_ = true;
    thread_.join();
    for (auto& thread : serving_) thread.join();
    ::close(listener_);
  }
  scripted_server(const scripted_server&) = delete;
  scripted_server& operator=(const scripted_server&) = delete;

  [[nodiscard]] std::string url(const std::string& path, const std::string& host = "127.0.0.1") const {
    return (tls_ ? "https://" : "http://") + host + ":" + std::to_string(port_) + path;
  }
  std::atomic<int> connections{0};
  std::atomic<int> requests{0};
  [[nodiscard]] bool is_over() const { return is_over_; }

 private:
  [[nodiscard]] bool is_readable(int socket) const {
    while (!is_over_) {
      pollfd waiting{socket, POLLIN, 0};
      if (::poll(&waiting, 1, 20) > 0) return true;
    }
    return false;
  }
  void run() {
    // Of this thread and those that it starts, because the code under test has to look after itself.
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    while (is_readable(listener_)) {
      const int socket = ::accept(listener_, nullptr, nullptr);
      ++connections;
      // Each on a thread of its own: a connection that a client keeps open must not keep others waiting.
      serving_.emplace_back([this, socket] {
        serve(socket);
        ::close(socket);
      });
    }
  }
  void serve(int socket) {
    const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(tls_ ? SSL_new(tls_.get()) : nullptr, SSL_free);
    if (ssl && (SSL_set_fd(ssl.get(), socket) != 1 || SSL_accept(ssl.get()) != 1)) return;
    if (!answer_) return;
    const auto receive = [&](char* into, int size) {
      if (ssl) return SSL_read(ssl.get(), into, size);
      return static_cast<int>(::recv(socket, into, static_cast<std::size_t>(size), 0));
    };
    const sender send = [&](std::string_view bytes) {
      if (is_over_) return false;
      if (ssl) return SSL_write(ssl.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
      return ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
    };
    std::string text;
    while (is_readable(socket)) {
      char bytes[4096];
      const int count = receive(bytes, sizeof bytes);
      if (count <= 0) return;
      text.append(bytes, static_cast<std::size_t>(count));
      const auto head = text.find("\r\n\r\n");
      const auto length = text.find("Content-Length: ");
      if (head == std::string::npos) continue;
      if (text.size() < head + 4 + (length < head ? std::stoul(text.substr(length + 16)) : 0)) continue;
      ++requests;
      if (!answer_(std::exchange(text, {}), send)) return;
    }
  }

  answerer answer_;
  std::shared_ptr<SSL_CTX> tls_;
  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> is_over_{false};
  std::vector<std::thread> serving_;
  std::thread thread_;
};

/** The bytes of an answer with a body. */
inline std::string raw_answer(const std::string& status, const std::string& body, const std::string& headers = {}) {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + headers + "\r\n" + body;
}

}  // namespace latchkey::native::testing

#endif  // LATCHKEY_TESTS_NATIVE_NET_SUPPORT_H_
