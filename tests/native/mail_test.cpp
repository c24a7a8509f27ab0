// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <set>

#include "latchkey/native/mail/smtp_mailer.h"
#include "smtp_support.h"
#include "support.h"

using namespace latchkey::testing;

namespace latchkey::native::testing {
namespace {

using behaviour = smtp_server::behaviour;

std::shared_ptr<smtp_mailer> make_mailer(const std::string& url, const std::string& from = "auth@example.com") {
  smtp_options options;
  options.url = url;
  options.from = from;
  return must(smtp_mailer::make(options));
}

bool has_command(const smtp_server::delivery& heard, const std::string& command) {
  return std::find(heard.commands.begin(), heard.commands.end(), command) != heard.commands.end();
}

std::string errors_of(const std::string& url, const std::string& from) {
  smtp_options options;
  options.url = url;
  options.from = from;
  const auto made = smtp_mailer::make(options);
  if (made) return {};
  CHECK(made.error().code == errc::configuration_invalid);
  CHECK(made.error().message.find("hunter2") == std::string::npos);
  return made.error().field;
}

}  // namespace

TEST_CASE("a letter arrives as it was written, dots and all, from a server that asked for the password", "[mail]") {
  smtp_server server;
  const auto mailer = make_mailer(server.url("ada%40example.com:hunter2%3A"), "Example Studio <Auth@Example.com>");
  must(
      mailer->send({"Bob@Example.com", "Reset your password", "Hello,\n.\n..two\r\nhttps://example.com/#token=a_-\n"}));
  REQUIRE(server.deliveries(1).size() == 1);
  const auto heard = server.deliveries(1).front();
  CHECK(has_command(heard, "MAIL FROM:<auth@example.com>"));
  CHECK(has_command(heard, "RCPT TO:<bob@example.com>"));
  // NUL ada@example.com NUL hunter2:
  CHECK(has_command(heard, "AUTH PLAIN AGFkYUBleGFtcGxlLmNvbQBodW50ZXIyOg==") !=
        has_command(heard, "AGFkYUBleGFtcGxlLmNvbQBodW50ZXIyOg=="));
  const auto body = heard.data.substr(heard.data.find("\r\n\r\n") + 4);
  CHECK(body == "Hello,\r\n..\r\n...two\r\nhttps://example.com/#token=a_-\r\n");
  CHECK(
      heard.data.starts_with("From: \"Example Studio\" <auth@example.com>\r\nTo: bob@example.com\r\n"
                             "Subject: Reset your password\r\nDate: "));
  CHECK(heard.data.find(" +0000\r\nMessage-ID: <") != std::string::npos);
  CHECK(heard.data.find("\r\nContent-Transfer-Encoding: 7bit\r\n") != std::string::npos);
}

TEST_CASE("what is not ASCII is encoded, and no line is too long", "[mail]") {
  smtp_server server;
  const auto mailer = make_mailer(server.url(), "Käse & Brot <auth@example.com>");
  std::string subject = "Passwort zurücksetzen";
  for (int i = 0; i < 20; ++i) subject += " äöü";
  must(mailer->send({"bob@example.com", subject, "Grüße = " + std::string(2'000, 'x') + " \n.\n"}));
  REQUIRE(server.deliveries(1).size() == 1);
  const auto data = server.deliveries(1).front().data;
  CHECK(std::all_of(data.begin(), data.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
  CHECK(data.starts_with("From: =?UTF-8?B?S8Okc2UgJiBCcm90?= <auth@example.com>\r\n"));
  CHECK(data.find("\r\nSubject: =?UTF-8?B?UGFzc3dvcnQgenVyw7xja3NldHplbi") != std::string::npos);
  CHECK(data.find("\r\n\r\nGr=C3=BC=C3=9Fe =3D xxx") != std::string::npos);
  CHECK(data.find("x=20\r\n..\r\n") != std::string::npos);
  for (std::size_t start = 0; start < data.size();) {
    const auto end = data.find("\r\n", start);
    CHECK(end - start <= 78);
    start = end + 2;
  }
}

TEST_CASE("nothing in a letter becomes a header, a command or a second recipient", "[mail][CR-13]") {
  smtp_server server;
  const auto mailer = make_mailer(server.url());
  const auto field_of = [&](const mail_message& message) {
    const auto sent = mailer->send(message);
    REQUIRE_FALSE(sent.has_value());
    CHECK(sent.error().code == errc::argument_invalid);
    return sent.error().field;
  };
  for (const std::string to : {"", "bob", "a@example.com,b@example.com", "a@example.com>\r\nRCPT TO:<b@example.com",
                               "<a@example.com>", "a@example.com\nBcc: b@example.com", "\"a b\"@example.com"}) {
    INFO(to);
    CHECK(field_of({to, "Subject", "text"}) == "to");
  }
  for (const std::string& subject :
       {std::string(), std::string("a\r\nBcc: b@example.com"), std::string("a\nb"), std::string("a\rb"),
        std::string("a\0b", 3), std::string("\xff"), std::string(257, 'x'), std::string("\x1b[1m")}) {
    CHECK(field_of({"a@example.com", subject, "text"}) == "subject");
  }
  for (const std::string& text : {std::string("a\0b", 3), std::string("\xff"), std::string("a\rb"),
                                  std::string("\x1b[1m"), std::string(64 * 1024 + 1, 'x')}) {
    CHECK(field_of({"a@example.com", "Subject", text}) == "text");
  }
  CHECK(server.deliveries(0).empty());
  must(mailer->send({"a@example.com", "=?UTF-8?Q?x?= is no encoded word", ""}));
  CHECK(server.deliveries(1).front().data.find("Subject: =?UTF-8?B?PT9VVEYtOD9R") != std::string::npos);
}

TEST_CASE("a server that refuses, hangs or is not there is an error in time, without a secret in it", "[mail][AU-03]") {
  const mail_message message{"bob@example.com", "Subject", "link#token=geheim"};
  for (const auto how : {behaviour::refuses_login, behaviour::refuses_message}) {
    smtp_server server(how);
    const auto sent = make_mailer(server.url("ada:hunter2"))->send(message);
    REQUIRE_FALSE(sent.has_value());
    CHECK(sent.error().code == errc::unavailable);
    CHECK(sent.error().message.find(how == behaviour::refuses_login ? "(535)" : "(554)") != std::string::npos);
    for (const char* secret : {"hunter2", "ada", "bob", "geheim"}) {
      CHECK(sent.error().message.find(secret) == std::string::npos);
    }
    if (how == behaviour::refuses_login) CHECK(server.deliveries(1).front().data.empty());
  }
  smtp_server silent(behaviour::is_silent);
  smtp_options options;
  options.url = silent.url();
  options.from = "auth@example.com";
  options.timeout = std::chrono::milliseconds(300);
  const auto start = std::chrono::steady_clock::now();
  const auto sent = must(smtp_mailer::make(options))->send(message);
  CHECK(sent.error().code == errc::unavailable);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(3));
  CHECK(make_mailer("smtp://127.0.0.1:1")->send(message).error().code == errc::unavailable);
}

TEST_CASE("[NS-08] without STARTTLS nothing is sent, not even the password, but to this machine where that is allowed",
          "[mail][NS-08]") {
  smtp_server server;
  smtp_options options;
  options.url = server.url("ada:hunter2");
  options.from = "auth@example.com";
  options.allows_plain_loopback = false;
  const auto mailer = must(smtp_mailer::make(options));
  CHECK(mailer->requires_tls());
  CHECK(mailer->send({"bob@example.com", "Subject", "text"}).error().code == errc::unavailable);
  for (const auto& heard : server.deliveries(1)) {
    for (const auto& command : heard.commands) {
      CHECK_FALSE(command.starts_with("AUTH"));
      CHECK_FALSE(command.starts_with("MAIL"));
    }
  }
  CHECK_FALSE(make_mailer("smtp://127.0.0.1:25")->requires_tls());
  CHECK_FALSE(make_mailer("smtp://[::1]:25")->requires_tls());
  CHECK(make_mailer("smtps://localhost")->requires_tls());
  CHECK(make_mailer("smtp://mail.example.com")->requires_tls());
  CHECK(make_mailer("smtp://127.0.0.1.example.com")->requires_tls());
}

TEST_CASE("a mail server or sender that can't be used stops the start, without showing the password", "[mail]") {
  const std::string good = "smtp://ada:hunter2@mail.example.com:587";
  for (const std::string& url : {std::string(), std::string("mail.example.com"), std::string("http://ada:hunter2@x"),
                                 std::string("file:///etc/passwd"), std::string("smtp://"),
                                 std::string("smtp://hunter2@x"), std::string("smtp://ada:hunter2@x/path"),
                                 std::string("smtp://ada:hunter2@x?q"), std::string("smtp://ada:hunter2@x\r\n"),
                                 std::string("smtp://ada:hunter2%0d%0aQUIT@x"), "smtp://" + std::string(3'000, 'x')}) {
    INFO(url);
    CHECK(errors_of(url, "auth@example.com") == "mail.url");
  }
  for (const std::string from : {"", "nobody", "a@example.com, b@example.com", "Name <a@example.com", "<a@example.com>",
                                 "Na\"me <a@example.com>", "Na\r\nBcc: x <a@example.com>", "A <b@c> <a@example.com>"}) {
    INFO(from);
    CHECK(errors_of(good, from) == "mail.from");
  }
  CHECK(errors_of(good, "auth@example.com").empty());
}

}  // namespace latchkey::native::testing
