// SPDX-License-Identifier: Apache-2.0
// What the HTTP API tells about accounts: nothing, neither in an answer nor in the time that it takes. Real accounts and
// real scrypt, at a cost for tests.
#include <time.h>

#include <algorithm>
#include <set>

#include "credentials_support.h"

using namespace latchkey::testing;

namespace latchkey::native::testing {
namespace {

/** Nothing is throttled here. */
throttle_limits no_limits() {
  constexpr throttle_rule wide{1, throttle_burst_max};
  throttle_limits limits;
  for (throttle_rule* rule : {&limits.sign_in_by_client, &limits.sign_in_by_account_and_client,
                              &limits.sign_in_by_account, &limits.sign_up_by_client, &limits.reset_request_by_client,
                              &limits.reset_request_by_account, &limits.reset_by_client}) {
    *rule = wide;
  }
  return limits;
}

/** The API over real accounts: ada, and dis who is disabled. */
struct account_world : real_accounts, world {
  explicit account_world(int log2_n = 4) {
    auto options = system.options();
    options.hashing.log2_n = log2_n;
    options.password_reset.waiting = 1'000;
    system.start(std::move(options));
    must(system.service->set_password(system.ada, passphrase));
    const auto disabled = must(system.service->sign_up("dis@example.com", passphrase, ""));
    must(system.service->set_disabled(disabled.id, true));
    config.throttling = no_limits();
    auto parts = provider();
    parts.users = system.service;
    parts.credentials = system.service;
    start(std::move(parts));
  }
  http_response ask(const std::string& path, std::initializer_list<std::pair<const char*, std::string>> fields) const {
    json_object body;
    for (const auto& [name, value] : fields) body.emplace_back(name, value);
    return post("/api/auth/credentials/" + path, to_json_text(json_value(std::move(body))));
  }
  http_response sign_in(const std::string& email, const std::string& password) const {
    return ask("sign-in", {{"email", email}, {"password", password}});
  }
};

/** Everything of an answer but its request id, which is random, with the length of that. */
std::string bytes_of(const http_response& response) {
  std::string text = std::to_string(response.status) + "\n";
  for (const auto& [name, value] : response.headers) {
    text += name + ": " + (name == "X-Request-Id" ? std::to_string(value.size()) : value) + "\n";
  }
  return text + plain_body(response) + std::to_string(response.body.size());
}

double processor_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/** The medians of what each action costs in processor time of this thread, taken in turns: other load hits all alike. */
template <std::size_t Count>
std::array<double, Count> medians_of(int tries, const std::array<std::function<void()>, Count>& actions) {
  std::array<std::vector<double>, Count> times;
  for (int i = 0; i < tries; ++i) {
    for (std::size_t each = 0; each < Count; ++each) {
      const double start = processor_seconds();
      actions[each]();
      times[each].push_back(processor_seconds() - start);
    }
  }
  std::array<double, Count> medians{};
  for (std::size_t each = 0; each < Count; ++each) {
    std::nth_element(times[each].begin(), times[each].begin() + tries / 2, times[each].end());
    medians[each] = times[each][static_cast<std::size_t>(tries / 2)];
  }
  return medians;
}

}  // namespace

TEST_CASE("[CR-08] a failed sign-in is the same bytes for an unknown, a known and a disabled account",
          "[credentials][CR-08]") {
  const account_world w;
  std::set<std::string> answers;
  for (const auto& [email, password] :
       std::vector<std::pair<std::string, std::string>>{{"nobody@example.com", passphrase},
                                                        {"ada@example.com", "wrong"},
                                                        {"dis@example.com", passphrase},
                                                        {"dis@example.com", "wrong"}}) {
    const auto answer = w.sign_in(email, password);
    CHECK(answer.status == 401);
    answers.insert(bytes_of(answer));
  }
  CHECK(answers.size() == 1);
  CHECK(w.sign_in("ada@example.com", passphrase).status == 200);
}

TEST_CASE("[CR-08] a refused sign-up is the same bytes for a taken address and for a disabled one",
          "[credentials][CR-08]") {
  const account_world w;
  std::set<std::string> answers;
  for (const char* email : {"ada@example.com", "ADA@example.com", "dis@example.com"}) {
    const auto answer = w.ask("sign-up", {{"email", email}, {"password", new_passphrase}, {"name", "x"}});
    CHECK(answer.status == 400);
    answers.insert(bytes_of(answer));
  }
  CHECK(answers.size() == 1);
}

TEST_CASE("[CR-08] a request for a reset, and a token that opens nothing, are the same bytes for everybody",
          "[credentials][CR-08]") {
  account_world w;
  std::set<std::string> answers;
  for (const char* email : {"ada@example.com", "nobody@example.com", "dis@example.com"}) {
    const auto answer = w.ask("request-password-reset", {{"email", email}});
    CHECK(answer.status == 200);
    CHECK(answer.body == R"({"success":true})");
    answers.insert(bytes_of(answer));
  }
  CHECK(answers.size() == 1);
  const auto token = w.system.mail.token(0);
  CHECK(w.ask("reset-password", {{"token", token}, {"newPassword", "short"}}).status == 400);
  const auto done = w.ask("reset-password", {{"token", token}, {"newPassword", new_passphrase}});
  CHECK(done.body == R"({"success":true})");
  // CR-12: the mailbox alone signs nobody in.
  CHECK(header_of(done, "Set-Cookie").empty());
  CHECK(w.sessions->created == 0);
  answers.clear();
  for (const std::string& wrong : {token, std::string("x"), std::string(128, 'A')}) {
    const auto answer = w.ask("reset-password", {{"token", wrong}, {"newPassword", "short"}});
    CHECK(
        plain_body(answer) ==
        R"({"error":"This link is invalid or was used before; ask for a new one","code":"ERR_LATCHKEY_RESET_TOKEN_INVALID"})");
    answers.insert(bytes_of(answer));
  }
  CHECK(answers.size() == 1);
  CHECK(w.audit->count("auth.password_reset_request", audit_outcome::success) == 3);
  CHECK(w.audit->count("auth.password_reset", audit_outcome::success) == 1);
  CHECK(w.audit->count("auth.password_reset", audit_outcome::failure) == 3);
  for (const auto& event : w.audit->events) {
    const auto text = to_json_text(event.metadata) + event.actor.id + event.actor.email;
    CHECK(text.find(token) == std::string::npos);
    if (event.action == "auth.password_reset_request") CHECK(text.find("example.com") == std::string::npos);
  }
}

TEST_CASE("resetting passwords has to be configured, and its bodies are checked", "[credentials]") {
  account_world w;
  CHECK(w.ask("request-password-reset", {{"email", "a@example.com,b@example.com"}}).status == 400);
  CHECK(w.ask("request-password-reset", {}).status == 400);
  CHECK(w.ask("reset-password", {{"token", ""}, {"newPassword", new_passphrase}}).status == 400);
  CHECK(w.ask("reset-password", {{"token", std::string(129, 'A')}, {"newPassword", new_passphrase}}).status == 400);
  CHECK(w.ask("reset-password", {{"token", "x"}, {"newPassword", new_passphrase}, {"userId", "u1"}}).status == 400);
  world without;
  without.start();
  for (const char* path : {"request-password-reset", "reset-password"}) {
    CHECK(plain_body(without.post(std::string("/api/auth/credentials/") + path, "{}")) ==
          R"({"error":"Password reset not configured","code":"ERR_LATCHKEY_NOT_CONFIGURED"})");
  }
}

/** A busy machine may spoil one measurement; what leaks shows in each of three. */
template <std::size_t Count, class Measure>
std::array<double, Count> undisturbed(double low, double high, const Measure& measure) {
  std::array<double, Count> medians = measure();
  for (int again = 0; again < 2; ++again) {
    const bool is_even = std::all_of(medians.begin(), medians.end(), [&](double median) {
      return median / medians[0] > low && median / medians[0] < high;
    });
    if (is_even) break;
    medians = measure();
  }
  return medians;
}

TEST_CASE("[CR-07] a failed sign-in costs the same for every account, whatever its stored hash cost",
          "[credentials][CR-07]") {
  account_world w(10);
  const auto& accounts = w.system.accounts;
  const auto give = [&](const std::string& email, const std::string& hash) {
    const auto person = must(w.system.service->sign_up(email, passphrase, ""));
    must(accounts->set_password_hash(person.id, hash));
  };
  password_hashing cheap;
  cheap.log2_n = 8;
  give("cheap@example.com", must(hash_password(passphrase, cheap)));
  give("broken@example.com", "no hash at all");
  give("costly@example.com", "$scrypt$ln=30,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
  const auto guess = [&](std::string email, std::string password = "wrong") {
    return [&w, email = std::move(email), password = std::move(password)] {
      CHECK(w.sign_in(email, password).status == 401);
    };
  };
  const std::array<std::string, 7> names{
      "unknown", "known", "disabled", "disabled, right password", "cheaper hash", "broken hash", "hash over the limit"};
  const auto medians = undisturbed<7>(0.9, 1.1, [&] {
    return medians_of<7>(200, {guess("nobody@example.com"), guess("ada@example.com"), guess("dis@example.com"),
                               guess("dis@example.com", passphrase), guess("cheap@example.com"),
                               guess("broken@example.com"), guess("costly@example.com")});
  });
  // In another form than NFKC an attempt costs two hashes, for every account alike.
  const std::string spaced = "wrong\u00a0one";
  const auto of_spaced = undisturbed<3>(0.9, 1.1, [&] {
    return medians_of<3>(200, {guess("nobody@example.com", spaced), guess("ada@example.com", spaced),
                               guess("broken@example.com", spaced)});
  });
  for (const double median : of_spaced) {
    INFO("in another form: " << median / of_spaced[0] << " of an unknown account's");
    CHECK(median / of_spaced[0] > 0.9);
    CHECK(median / of_spaced[0] < 1.1);
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    INFO(names[i] << ": " << medians[i] / medians[0] << " of an unknown account's");
    CHECK(medians[i] / medians[0] > 0.9);
    CHECK(medians[i] / medians[0] < 1.1);
  }
}

TEST_CASE("[CR-07] a request for a reset costs the same for every address", "[credentials][CR-07]") {
  account_world w;
  const auto ask = [&](const char* email) {
    return [&w, email] { (void)w.ask("request-password-reset", {{"email", email}}); };
  };
  const auto medians = undisturbed<2>(0.8, 1.25, [&] {
    return medians_of<2>(200, {ask("nobody@example.com"), ask("ada@example.com")});
  });
  INFO("known/unknown " << medians[1] / medians[0]);
  CHECK(medians[1] / medians[0] > 0.8);
  CHECK(medians[1] / medians[0] < 1.25);
}

TEST_CASE("[CR-07] work that is missing is made up to within a sixteenth, and never needs more memory",
          "[password][CR-07]") {
  password_hashing hashing;
  hashing.log2_n = 8;
  CHECK(hashing_work(hashing) == 256 * 8);
  const auto stored = must(hash_password("x", hashing));
  CHECK(verification_work(stored) == hashing_work(hashing));
  CHECK(verification_work("") == 0);
  CHECK(verification_work("$scrypt$ln=30,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA") == 0);
  CHECK(verification_work("$scrypt$ln=4,r=8,p=65$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA") == 0);
  CHECK_FALSE(must(verify_password("x", "$scrypt$ln=4,r=8,p=65$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA")));
  password_hashing theirs;
  theirs.format = password_format::better_auth;
  CHECK(hashing_work(theirs) == (std::uint64_t{1} << 14) * 16);
  must(spend_work("x", 0, hashing));
  must(spend_work("x", 1, hashing));
  hashing.log2_n = 31;
  CHECK(spend_work("x", 100, hashing).error().code == errc::crypto_failed);
}

TEST_CASE("[F-13] of 64 concurrent sign-ups of one address exactly one makes an account", "[credentials][F-13][race]") {
  const temporary_folder folder;
  account_system here(open_file(folder.file("db")));
  const auto other =
      must(credentials_service::make(must(sql_accounts::open(open_file(folder.file("db")))), here.options()));
  for (int round = 0; round < race_rounds(); ++round) {
    const std::string email = "new-" + std::to_string(round) + "@example.com";
    std::atomic<int> added{0};
    std::atomic<int> refused{0};
    run_together(64, [&](int i) {
      const auto made = (i % 2 == 0 ? here.service : other)->sign_up(email, passphrase, "");
      if (made) ++added;
      if (!made && made.error().code == errc::sign_up_failed) ++refused;
    });
    REQUIRE(added == 1);
    REQUIRE(refused == 63);
  }
  CHECK(must(here.accounts->count()) == race_rounds() + 1);
}

}  // namespace latchkey::native::testing
