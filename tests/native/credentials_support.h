// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_TESTS_NATIVE_CREDENTIALS_SUPPORT_H_
#define LATCHKEY_TESTS_NATIVE_CREDENTIALS_SUPPORT_H_

/** Real accounts behind the HTTP API, with cheap hashes and a mailbox that tests read. */

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>

#include "http_support.h"
#include "latchkey/native/credentials/credentials_service.h"
#include "support.h"

namespace latchkey::native::testing {

using latchkey::testing::manual_clock;
using latchkey::testing::must;
using latchkey::testing::open_memory;

/** How often a race is run: LATCHKEY_RACE_ROUNDS, else 50. */
inline int race_rounds() {
  const char* const configured = std::getenv("LATCHKEY_RACE_ROUNDS");
  const int rounds = configured != nullptr ? std::atoi(configured) : 0;
  return rounds > 0 ? rounds : 50;
}

/** Takes letters, and lets a test wait for them. */
class mailbox {
 public:
  mailer function() {
    return [this](const mail_message& message) -> result<void> {
      const std::lock_guard lock(mutex_);
      letters_.push_back(message);
      arrived_.notify_all();
      return {};
    };
  }
  std::vector<mail_message> letters() {
    const std::lock_guard lock(mutex_);
    return letters_;
  }
  /** The token of the letter with this number, from 0; a failed test when it does not come. */
  std::string token(std::size_t number) {
    std::unique_lock lock(mutex_);
    REQUIRE(arrived_.wait_for(lock, std::chrono::seconds(10), [&] { return letters_.size() > number; }));
    const std::string& text = letters_[number].text;
    const auto start = text.find("#token=");
    REQUIRE(start != std::string::npos);
    return text.substr(start + 7, text.find('\n', start) - start - 7);
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<mail_message> letters_;
};

inline const std::string passphrase = "tribal lamp gravel oath";
inline const std::string new_passphrase = "copper violin under moss";

/** `ada@example.com` with `passphrase`, on a clock of the test's. */
struct account_system {
  manual_clock clock;
  mailbox mail;
  std::vector<std::string> ended;
  std::mutex mutex;
  bool ending_fails = false;
  std::shared_ptr<database> store;
  std::shared_ptr<sql_accounts> accounts;
  std::shared_ptr<credentials_service> service;
  std::string ada;

  credentials_options options() {
    credentials_options made;
    made.hashing.log2_n = 4;
    made.allows_quick_hashing = true;
    made.gate = {4, 1'000, std::chrono::milliseconds(30'000)};
    made.password_reset.send = mail.function();
    made.password_reset.page_url = "https://studio.example.com/reset-password";
    made.password_reset.delay = [] { return std::chrono::milliseconds(0); };
    made.end_sessions = [this](std::string_view user_id) -> result<void> {
      const std::lock_guard lock(mutex);
      if (ending_fails) return fail(errc::store_failed, "down");
      ended.emplace_back(user_id);
      return {};
    };
    return made;
  }
  explicit account_system(std::shared_ptr<database> on = open_memory()) : store(std::move(on)) { start(options()); }
  void start(credentials_options with) {
    sql_accounts_options accounting;
    accounting.clock = clock.function();
    accounts = must(sql_accounts::open(store, accounting));
    service = must(credentials_service::make(accounts, std::move(with)));
    if (ada.empty()) ada = must(service->sign_up("ada@example.com", passphrase, "Ada")).id;
  }
  /** Asks for a letter and reads its token; `number` counts the letters. */
  std::string ask(std::size_t number = 0) {
    must(service->request_password_reset("ada@example.com"));
    return mail.token(number);
  }
  bool signs_in(const std::string& password) { return must(service->sign_in("ada@example.com", password)).has_value(); }
};

/** A base to stand before `world`, so that the accounts outlive the server, whose letters may still be on their way. */
struct real_accounts {
  account_system system;
};

}  // namespace latchkey::native::testing

#endif  // LATCHKEY_TESTS_NATIVE_CREDENTIALS_SUPPORT_H_
