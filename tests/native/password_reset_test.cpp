// SPDX-License-Identifier: Apache-2.0
#include <future>
#include <set>

#include "credentials/password_reset_mail.h"
#include "credentials_support.h"
#include "latchkey/native/crypto/random.h"

using namespace latchkey::testing;

namespace latchkey::native::testing {

TEST_CASE("[CR-11] a reset token works once, for 30 minutes, and changes the password", "[credentials][CR-11]") {
  account_system system;
  const auto token = system.ask();
  const auto letter = system.mail.letters().front();
  CHECK(letter.to == "ada@example.com");
  CHECK(letter.text.find("https://studio.example.com/reset-password#token=" + token + "\n") != std::string::npos);
  // 256 bits as base64url.
  CHECK(token.size() == 43);
  const auto person = must(system.service->reset_password(token, new_passphrase));
  REQUIRE(person.has_value());
  CHECK(person->id == system.ada);
  CHECK_FALSE(system.signs_in(passphrase));
  CHECK(system.signs_in(new_passphrase));
  CHECK_FALSE(must(system.service->reset_password(token, passphrase)).has_value());
  CHECK(system.signs_in(new_passphrase));

  const auto late = system.ask(1);
  CHECK(late != token);
  system.clock.advance(password_reset_max_ms);
  CHECK_FALSE(must(system.service->reset_password(late, passphrase)).has_value());
  const auto last_moment = system.ask(2);
  system.clock.advance(password_reset_max_ms - 1);
  CHECK(must(system.service->reset_password(last_moment, passphrase)).has_value());
}

TEST_CASE("[CR-11] only the digest of a token is kept, and no text but the token opens anything",
          "[credentials][CR-11]") {
  account_system system;
  const auto token = system.ask();
  std::vector<std::string> kept;
  for (const auto& row : must(system.store->query(R"(SELECT digest, "passwordDigest" FROM latchkey_user_token)"))) {
    kept.push_back(row.text(0));
    kept.push_back(row.text(1));
  }
  REQUIRE(kept.size() == 2);
  for (const auto& text : kept) CHECK(text.find(token) == std::string::npos);
  kept.insert(kept.end(), {"", " " + token, token + "=", token.substr(1), std::string(43, 'A'), system.ada});
  for (const auto& text : kept) CHECK_FALSE(must(system.service->reset_password(text, new_passphrase)).has_value());
  CHECK(must(system.service->reset_password(token, new_passphrase)).has_value());
}

TEST_CASE("[CR-11] any change of the password ends the tokens, also one by another program", "[credentials][CR-11]") {
  account_system system;
  const auto by_operator = system.ask(0);
  must(system.service->set_password(system.ada, new_passphrase));
  CHECK_FALSE(must(system.service->reset_password(by_operator, passphrase)).has_value());
  const auto by_other_program = system.ask(1);
  must(system.store->execute(R"(UPDATE "account" SET "password" = 'aa:bb')"));
  CHECK_FALSE(must(system.service->reset_password(by_other_program, passphrase)).has_value());
  // Nothing is left of it either, so that setting the old hash back revives nothing.
  CHECK(must(system.store->query("SELECT 1 FROM latchkey_user_token")).empty());
  const auto first = system.ask(2);
  const auto second = system.ask(3);
  CHECK(must(system.service->reset_password(second, passphrase)).has_value());
  CHECK_FALSE(must(system.service->reset_password(first, new_passphrase)).has_value());
  CHECK(system.signs_in(passphrase));
}

TEST_CASE("[CR-11] a token is for its own account and purpose", "[credentials][CR-11]") {
  account_system system;
  const auto bob = must(system.service->sign_up("bob@example.com", passphrase, "Bob"));
  const auto token = system.ask();
  CHECK(must(system.service->reset_password(token, new_passphrase))->id == system.ada);
  CHECK(must(system.service->sign_in("bob@example.com", passphrase)).has_value());
  const auto other = system.ask(1);
  must(system.store->execute("UPDATE latchkey_user_token SET purpose = 'verify-email'"));
  CHECK_FALSE(must(system.service->reset_password(other, passphrase)).has_value());
  CHECK(must(system.accounts->complete_password_reset("x", "y")) == false);
  const std::array<sql_value, 1> who{bob.id};
  must(system.store->execute(R"(DELETE FROM "user" WHERE "id" = ?)", who));
}

TEST_CASE("[F-13][CR-11] of 64 concurrent uses of one token exactly one changes the password",
          "[credentials][F-13][CR-11][race]") {
  const temporary_folder folder;
  account_system here(open_file(folder.file("db")));
  auto there_accounts = must(sql_accounts::open(open_file(folder.file("db")), {"viewer", here.clock.function()}));
  const auto there = must(credentials_service::make(there_accounts, here.options()));
  for (int round = 0; round < race_rounds(); ++round) {
    const auto token = here.ask(static_cast<std::size_t>(round));
    std::atomic<int> winners{0};
    std::atomic<int> losers{0};
    std::atomic<int> winner{-1};
    const auto password = [round](int i) { return "gravel oath " + std::to_string(round * 64 + i); };
    run_together(64, [&](int i) {
      const auto done = (i % 2 == 0 ? here.service : there)->reset_password(token, password(i));
      if (done && *done) winner = i, ++winners;
      if (done && !*done) ++losers;
    });
    REQUIRE(winners == 1);
    REQUIRE(losers == 63);
    REQUIRE(here.signs_in(password(winner)));
  }
}

TEST_CASE("[SS-23] a reset ends all sessions, and uses no token up while it can't", "[credentials][SS-23]") {
  account_system system;
  const auto token = system.ask();
  system.ending_fails = true;
  CHECK_FALSE(system.service->reset_password(token, new_passphrase).has_value());
  CHECK(system.signs_in(passphrase));
  system.ending_fails = false;
  CHECK(must(system.service->reset_password(token, new_passphrase)).has_value());
  REQUIRE_FALSE(system.ended.empty());
  CHECK(system.ended.back() == system.ada);
}

TEST_CASE("[CR-01] a refused new password leaves the token as good as it was, and tells a stranger nothing",
          "[credentials][CR-01]") {
  account_system system;
  const auto token = system.ask();
  for (const std::string bad : {"short", "password1", "12345678"}) {
    const auto refused = system.service->reset_password(token, bad);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == errc::request_invalid);
    CHECK(refused.error().field == "password");
    CHECK_FALSE(must(system.service->reset_password("wrong token", bad)).has_value());
  }
  CHECK(must(system.service->reset_password(token, new_passphrase)).has_value());
}

TEST_CASE("[CR-08] letters go to accounts with a password that are not disabled, and to nobody else",
          "[credentials][CR-08]") {
  account_system system;
  must(system.store->execute(R"(INSERT INTO "user" VALUES ('u1', 'Eve', 'eve@example.com', 0, NULL, 1, 1))"));
  must(system.service->sign_up("dis@example.com", passphrase, ""));
  must(system.service->set_disabled(must(system.accounts->find_by_email("dis@example.com"))->person.id, true));
  for (const char* email : {"nobody@example.com", "eve@example.com", "dis@example.com"}) {
    must(system.service->request_password_reset(email));
  }
  CHECK(system.service->request_password_reset("no address").error().code == errc::request_invalid);
  const auto token = system.ask();
  CHECK(system.mail.letters().size() == 1);
  // Disabled after the letter was sent.
  must(system.service->set_disabled(system.ada, true));
  CHECK_FALSE(must(system.service->reset_password(token, new_passphrase)).has_value());
}

/** Notes what is asked of it, each statement by its first word. */
class noted_database final : public database {
 public:
  explicit noted_database(std::shared_ptr<database> inner) : inner_(std::move(inner)) {}

  /** Everything since the last time. */
  std::vector<std::string> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(seen_, {});
  }
  result<std::int64_t> execute(std::string_view statement, std::span<const sql_value> parameters) override {
    note(statement);
    return inner_->execute(statement, parameters);
  }
  result<void> visit(std::string_view statement, std::span<const sql_value> parameters,
                     const sql_visitor& visitor) override {
    note(statement);
    return inner_->visit(statement, parameters, visitor);
  }
  result<std::unique_ptr<sql_transaction>> begin(transaction_mode mode) override {
    auto begun = inner_->begin(mode);
    if (!begun) return begun;
    note(mode == transaction_mode::write ? "BEGIN-WRITE" : "BEGIN-READ");
    return std::unique_ptr<sql_transaction>(std::make_unique<noted_transaction>(*this, std::move(*begun)));
  }
  result<std::int64_t> change_counter() override { return inner_->change_counter(); }

 private:
  struct noted_transaction final : sql_transaction {
    noted_transaction(noted_database& whole, std::unique_ptr<sql_transaction> begun)
        : owner(whole), inner(std::move(begun)) {}
    result<std::int64_t> execute(std::string_view statement, std::span<const sql_value> parameters) override {
      owner.note(statement);
      return inner->execute(statement, parameters);
    }
    result<void> visit(std::string_view statement, std::span<const sql_value> parameters,
                       const sql_visitor& visitor) override {
      owner.note(statement);
      return inner->visit(statement, parameters, visitor);
    }
    result<void> commit() override {
      auto done = inner->commit();
      owner.note("COMMIT");
      return done;
    }
    noted_database& owner;
    std::unique_ptr<sql_transaction> inner;
  };
  void note(std::string_view statement) {
    const std::lock_guard lock(mutex_);
    seen_.emplace_back(statement.substr(0, statement.find(' ')));
  }

  std::shared_ptr<database> inner_;
  std::mutex mutex_;
  std::vector<std::string> seen_;
};

TEST_CASE("[CR-08] the store does the same work, one durable write with it, whoever has the address",
          "[credentials][CR-08]") {
  const auto noted = std::make_shared<noted_database>(open_memory());
  account_system system(noted);
  must(system.store->execute(R"(INSERT INTO "user" VALUES ('u1', 'Eve', 'eve@example.com', 0, NULL, 1, 1))"));
  must(system.service->sign_up("dis@example.com", passphrase, ""));
  must(system.service->set_disabled(must(system.accounts->find_by_email("dis@example.com"))->person.id, true));
  const std::vector<std::string> work{"SELECT", "BEGIN-WRITE", "SELECT", "DELETE", "INSERT", "COMMIT"};
  std::size_t letters = 0;
  for (const char* email : {"nobody@example.com", "eve@example.com", "dis@example.com", "ada@example.com"}) {
    INFO(email);
    (void)noted->take();
    must(system.service->request_password_reset(email));
    // One thread does one after the other: with the letter of a later request all before it are done.
    std::vector<std::string> seen;
    while (seen.size() < work.size()) {
      for (auto& each : noted->take()) seen.push_back(std::move(each));
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    CHECK(seen == work);
    if (std::string_view(email) == "ada@example.com") (void)system.mail.token(letters++);
  }
  CHECK(system.mail.letters().size() == 1);
}

TEST_CASE("[CR-08] the work for a request begins after the time that chance gives it", "[credentials][CR-08]") {
  account_system system;
  std::vector<std::chrono::milliseconds> delays{std::chrono::hours(1), std::chrono::milliseconds(0)};
  std::size_t asked = 0;
  auto options = system.options();
  options.password_reset.delay = [&]() -> result<std::chrono::milliseconds> { return delays.at(asked++); };
  system.start(std::move(options));
  must(system.service->sign_up("bob@example.com", passphrase, "Bob"));
  must(system.service->request_password_reset("ada@example.com"));
  must(system.service->request_password_reset("bob@example.com"));
  (void)system.mail.token(0);
  CHECK(system.mail.letters().front().to == "bob@example.com");
  // What still waits for its time is dropped at the end, which does not wait for it.
  system.service.reset();
  CHECK(system.mail.letters().size() == 1);
  CHECK(asked == 2);
}

TEST_CASE("[CR-08] chance gives a time from 0 to 2 seconds", "[credentials][CR-08]") {
  std::int64_t least = 2'000;
  std::int64_t most = 0;
  for (int i = 0; i < 1'000; ++i) {
    const std::int64_t drawn = must(random_reset_delay()).count();
    REQUIRE(drawn >= 0);
    REQUIRE(drawn <= 2'000);
    least = std::min(least, drawn);
    most = std::max(most, drawn);
  }
  // A thousand draws that miss an end of the range by a tenth: less likely than 1 in 10^45.
  CHECK(least < 200);
  CHECK(most > 1'800);
}

TEST_CASE("[NS-05] without chance there is no letter, whoever has the address", "[credentials][NS-05]") {
  account_system system;
  auto options = system.options();
  options.password_reset.delay = []() -> result<std::chrono::milliseconds> { return fail(errc::crypto_failed, "dry"); };
  system.start(std::move(options));
  for (const char* email : {"ada@example.com", "nobody@example.com"}) {
    CHECK(system.service->request_password_reset(email).error().code == errc::crypto_failed);
  }
  system.service.reset();
  CHECK(system.mail.letters().empty());
}

TEST_CASE("[CR-08] a request never waits for the mail server, and too many of them are turned away",
          "[credentials][CR-08]") {
  account_system system;
  std::promise<void> release;
  const auto released = release.get_future().share();
  std::vector<std::string> reports;
  auto options = system.options();
  options.password_reset.waiting = 2;
  options.password_reset.report = [&](std::string_view reason) { reports.emplace_back(reason); };
  std::atomic<bool> begun{false};
  options.password_reset.send = [released, &begun](const mail_message& message) -> result<void> {
    begun = true;
    released.wait();
    return fail(errc::unavailable, "the server said no", message.to);
  };
  system.start(std::move(options));
  must(system.service->request_password_reset("ada@example.com"));
  while (!begun) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  int turned_away = 0;
  for (int i = 0; i < 10; ++i) {
    const auto asked = system.service->request_password_reset("ada@example.com");
    if (!asked) CHECK(asked.error().code == errc::unavailable);
    if (!asked) ++turned_away;
  }
  CHECK(turned_away == 8);
  release.set_value();
  system.service.reset();
  REQUIRE_FALSE(reports.empty());
  CHECK(reports.front() == "A letter to reset a password was not sent: the server said no");
}

TEST_CASE("[NS-05] a failing store or random source sends no letter and changes no password", "[credentials][NS-05]") {
  const auto failing = std::make_shared<failing_database>(open_memory());
  account_system system(failing);
  std::atomic<int> reports{0};
  auto options = system.options();
  options.password_reset.report = [&reports](std::string_view) { ++reports; };
  system.start(std::move(options));
  const auto token = system.ask();
  failing->fails = true;
  CHECK_FALSE(system.service->reset_password(token, new_passphrase).has_value());
  must(system.service->request_password_reset("ada@example.com"));
  while (reports == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  failing->fails = false;
  CHECK(system.mail.letters().size() == 1);
  CHECK(system.signs_in(passphrase));
  system.service.reset();
}

TEST_CASE("a reset page or lifetime that is not safe stops the start", "[credentials]") {
  account_system system;
  const auto field_of = [&](auto change) {
    auto options = system.options();
    change(options.password_reset);
    const auto made = credentials_service::make(system.accounts, std::move(options));
    return made ? std::string() : made.error().field;
  };
  for (const char* page : {"", "studio.example.com", "http://studio.example.com/", "https://studio.example.com/#x",
                           "https://studio.example.com/a b", "javascript:alert(1)", "https://"}) {
    INFO(page);
    CHECK(field_of([page](auto& reset) { reset.page_url = page; }) == "credentials.password_reset.page_url");
  }
  for (const char* page :
       {"http://127.0.0.1:4111/reset-password", "http://localhost", "https://studio.example.com?a=b"}) {
    INFO(page);
    CHECK(field_of([page](auto& reset) { reset.page_url = page; }).empty());
  }
  for (const std::int64_t lifetime : {std::int64_t{0}, std::int64_t{59'999}, password_reset_max_ms + 1}) {
    CHECK(field_of([lifetime](auto& reset) { reset.lifetime_ms = lifetime; }) == "credentials.password_reset.lifetime");
  }
  CHECK(field_of([](auto& reset) { reset.waiting = 0; }) == "credentials.password_reset.waiting");
  auto without = system.options();
  without.password_reset = {};
  const auto off = must(credentials_service::make(system.accounts, std::move(without)));
  CHECK_FALSE(off->is_password_reset_enabled());
  CHECK(off->request_password_reset("ada@example.com").error().code == errc::not_configured);
  CHECK(off->reset_password("x", new_passphrase).error().code == errc::not_configured);
}

}  // namespace latchkey::native::testing
