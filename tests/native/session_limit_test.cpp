// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <chrono>
#include <iostream>
#include <mutex>

#include "native/session_contract.h"
#include "sessions/session_batches.h"

using namespace latchkey;
using namespace latchkey::native;
using namespace latchkey::testing;

namespace {

using steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::int64_t many_rows = 200'000;
constexpr std::int64_t few_rows = 5'000;

/** Counts the transactions that write, and how many rows the largest one has touched. */
class counting_database final : public database {
 public:
  explicit counting_database(std::shared_ptr<database> inner) : inner_(std::move(inner)) {}

  std::atomic<int> commits{0};
  std::atomic<std::int64_t> most_rows{0};

  result<std::int64_t> execute(std::string_view statement, std::span<const sql_value> parameters) override {
    auto done = inner_->execute(statement, parameters);
    if (done) note(*done);
    return done;
  }
  result<void> visit(std::string_view statement, std::span<const sql_value> parameters,
                     const sql_visitor& visitor) override {
    return inner_->visit(statement, parameters, visitor);
  }
  result<std::unique_ptr<sql_transaction>> begin(transaction_mode mode) override {
    auto begun = inner_->begin(mode);
    if (!begun) return begun;
    return std::make_unique<counting_transaction>(*this, std::move(*begun));
  }
  result<std::int64_t> change_counter() override { return inner_->change_counter(); }

 private:
  class counting_transaction final : public sql_transaction {
   public:
    counting_transaction(counting_database& counts, std::unique_ptr<sql_transaction> inner)
        : counts_(counts), inner_(std::move(inner)) {}
    result<std::int64_t> execute(std::string_view statement, std::span<const sql_value> parameters) override {
      auto done = inner_->execute(statement, parameters);
      if (done) counts_.note(*done);
      return done;
    }
    result<void> visit(std::string_view statement, std::span<const sql_value> parameters,
                       const sql_visitor& visitor) override {
      return inner_->visit(statement, parameters, visitor);
    }
    result<void> commit() override {
      ++counts_.commits;
      return inner_->commit();
    }

   private:
    counting_database& counts_;
    std::unique_ptr<sql_transaction> inner_;
  };

  void note(std::int64_t rows) {
    std::int64_t most = most_rows.load();
    while (most < rows && !most_rows.compare_exchange_weak(most, rows)) {
    }
  }

  std::shared_ptr<database> inner_;
};

/** Rows as that many sign-ins of one user would have written them, before there was a limit. */
void write_rows(database& store, std::string_view user_id, std::int64_t count, std::int64_t now_ms) {
  const std::array<sql_value, 4> parameters{count, std::string(user_id), now_ms, now_ms + 86'400'000};
  must(store.execute(R"(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
                        INSERT INTO latchkey_session ("sessionHash", "userId", "createdAt", "expiresAt", "lastSeenAt",
                          "ipAddress", "userAgent") SELECT randomblob(32), ?, ?, ?, 0, '192.0.2.7', 'Phone/1' FROM n)",
                     parameters));
}

std::int64_t count_of(database& store, std::string_view statement) {
  return must(store.query(statement)).front().integer(0);
}

/** A user with too many rows, and sign-ins of another one that go on while something ends them. */
struct crowded {
  temporary_folder folder;
  std::shared_ptr<counting_database> store = std::make_shared<counting_database>(open_file(folder.file("db")));
  session_subject node = sealed_subject(must(open_sql_revocation_store(store)));
  issued_session own = node.enter("user-1");

  std::int64_t rows;

  explicit crowded(std::int64_t count) : rows(count) {
    write_rows(*store, "user-1", rows, node.clock.now());
    store->commits = 0;
    store->most_rows = 0;
  }

  /** How many sign-ins of another user succeeded while `ending` ran; the figures are printed. */
  template <class Ending>
  int sign_in_during(const char* what, Ending ending) {
    std::atomic<bool> is_over{false};
    milliseconds slowest{0};
    int succeeded = 0;
    bool has_failed = false;
    std::thread another([&] {
      while (!is_over) {
        const auto start = steady::now();
        const auto issued = sign_in(*node.sessions, "user-2");
        has_failed = has_failed || !issued.has_value();
        ++succeeded;
        slowest = std::max(slowest, std::chrono::duration_cast<milliseconds>(steady::now() - start));
      }
    });
    const auto start = steady::now();
    ending();
    const auto whole = std::chrono::duration_cast<milliseconds>(steady::now() - start);
    is_over = true;
    another.join();
    CHECK_FALSE(has_failed);
    std::cout << what << " with " << rows << " rows: " << whole.count() << " ms; meanwhile " << succeeded
              << " sign-ins, the slowest " << slowest.count() << " ms\n";
    return succeeded;
  }
};

}  // namespace

TEST_CASE("[SS-25] one person's sessions in a database are bounded, and the oldest ends", "[sessions][SS-25]") {
  const auto store = open_memory();
  sql_revocation_options options;
  options.max_sessions_per_user = 16;
  auto node = sealed_subject(must(open_sql_revocation_store(store, options)));
  const auto stranger = node.enter("user-2");
  const auto renewed_from = node.enter("user-1");
  std::vector<issued_session> issued;
  for (int i = 0; i < 8; ++i) issued.push_back(node.enter("user-1"));
  const auto renewed = *node.renew(renewed_from);
  for (int i = 0; i < 8; ++i) issued.push_back(node.enter("user-1"));
  // A renewal makes a session the newest. Seventeen began, so the oldest of the others has ended.
  const auto check = [&] {
    CHECK(must(node.sessions->list_sessions("user-1")).size() == 16);
    CHECK_FALSE(node.opens(issued[0].cookie_value));
    CHECK_FALSE(node.renew(issued[0]).has_value());
    CHECK(node.opens(issued[1].cookie_value));
    CHECK(node.opens(renewed.cookie_value));
    CHECK(node.opens(stranger.cookie_value));
  };
  check();
  node = sealed_subject(must(open_sql_revocation_store(store, options)), node);
  check();
  for (int i = 0; i < 16; ++i) (void)node.enter("user-1");
  for (const auto& each : issued) CHECK_FALSE(node.opens(each.cookie_value));
  // With the session that was renewed ends the one that it was renewed from.
  CHECK_FALSE(node.opens(renewed.cookie_value));
  CHECK_FALSE(node.opens(renewed_from.cookie_value));
  CHECK_FALSE(node.renew(renewed_from).has_value());
  CHECK(*node.reuses == 0);
  CHECK(node.opens(stranger.cookie_value));
  options.max_sessions_per_user = 15;
  CHECK_FALSE(open_sql_revocation_store(store, options).has_value());
}

TEST_CASE("[SS-25] a person with very many sessions signs in, and lists the newest", "[sessions][SS-25]") {
  crowded w(few_rows);
  const auto start = steady::now();
  const auto listed = must(w.node.sessions->list_sessions("user-1", &w.own.session));
  std::cout << "listing with " << w.rows
            << " rows: " << std::chrono::duration_cast<milliseconds>(steady::now() - start).count() << " ms\n";
  CHECK(listed.size() == 1'000);
  const auto again = w.node.enter("user-1");
  CHECK(w.node.opens(again.cookie_value));
  // Each sign-in ends a part of what is too much.
  CHECK(w.store->most_rows <= session_batch_rows);
  CHECK_FALSE(w.node.opens(w.own.cookie_value));
  CHECK(count_of(*w.store, "SELECT count(*) FROM latchkey_session") == w.rows + 2 - session_batch_rows);
}

TEST_CASE("[SS-23] ending very many other sessions lets the other writers through", "[sessions][SS-23]") {
  crowded w(many_rows);
  const int others = w.sign_in_during(
      "ending the others", [&w] { CHECK(must(w.node.sessions->revoke_other_sessions(w.own.session)) == w.rows); });
  CHECK(others > 0);
  CHECK(w.store->most_rows <= session_batch_rows);
  CHECK(w.store->commits >= w.rows / session_batch_rows);
  CHECK(w.node.opens(w.own.cookie_value));
  CHECK(must(w.node.sessions->list_sessions("user-1", &w.own.session)).size() == 1);
  // The other one may have had so many by then that the oldest ended as well.
  CHECK(count_of(*w.store, "SELECT count(*) FROM latchkey_revoked_session") >= w.rows);
}

TEST_CASE("[SS-23] ending all of very many sessions lets the other writers through", "[sessions][SS-23]") {
  crowded w(few_rows);
  const int others = w.sign_in_during("ending all", [&w] { must(w.node.sessions->revoke_user_sessions("user-1")); });
  CHECK(others > 0);
  CHECK(w.store->most_rows <= session_batch_rows);
  CHECK_FALSE(w.node.opens(w.own.cookie_value));
  CHECK(must(w.node.sessions->list_sessions("user-1")).empty());
  CHECK(count_of(*w.store, R"(SELECT count(*) FROM latchkey_session WHERE "userId" = 'user-1')") == 0);
}

TEST_CASE("[SS-23] what is renewed while very many sessions end, ends as well", "[sessions][SS-23]") {
  crowded w(few_rows);
  // Behind the rows, so that it is ended late.
  auto renewing = w.node.enter("user-2");
  must(w.store->execute(R"(UPDATE latchkey_session SET "userId" = 'user-1' WHERE "userId" = 'user-2')", {}));
  renewing.session.user_id = "user-1";
  const auto other_store = must(open_sql_revocation_store(open_file(w.folder.file("db"))));
  std::optional<latchkey::session> renewed;
  latchkey::session candidate = renewing.session;
  candidate.id = must(random_id());
  std::thread another([&] {
    while (w.store->commits < 3) std::this_thread::yield();
    const auto outcome = other_store->renew(renewing.session, candidate, w.node.clock.now());
    if (outcome && outcome->outcome == renewal_outcome::renewed) renewed = outcome->session;
  });
  CHECK(must(w.node.sessions->revoke_other_sessions(w.own.session)) == w.rows + 1);
  another.join();
  const auto here = must(open_sql_revocation_store(open_file(w.folder.file("db"))));
  if (renewed) CHECK_FALSE(must(here->is_live(*renewed, w.node.clock.now())));
  CHECK_FALSE(must(here->is_live(renewing.session, w.node.clock.now())));
  CHECK(w.node.opens(w.own.cookie_value));
}
