// SPDX-License-Identifier: Apache-2.0
#include "store_watch.h"

#include "latchkey/native/waiting.h"

namespace latchkey::app {
namespace {

template <class T>
result<T> noted(write_record& record, result<T> outcome) {
  record.note(outcome ? nullptr : &outcome.error());
  return outcome;
}

class watched_transaction final : public native::sql_transaction {
 public:
  watched_transaction(std::unique_ptr<native::sql_transaction> inner, std::shared_ptr<write_record> record)
      : inner_(std::move(inner)), record_(std::move(record)) {}

  result<std::int64_t> execute(std::string_view statement, std::span<const native::sql_value> parameters) override {
    auto done = inner_->execute(statement, parameters);
    // That it worked says nothing before the commit.
    if (!done) record_->note(&done.error());
    return done;
  }
  result<void> visit(std::string_view statement, std::span<const native::sql_value> parameters,
                     const native::sql_visitor& visitor) override {
    return inner_->visit(statement, parameters, visitor);
  }
  result<void> commit() override { return noted(*record_, inner_->commit()); }

 private:
  std::unique_ptr<native::sql_transaction> inner_;
  std::shared_ptr<write_record> record_;
};

class watched_database final : public native::database {
 public:
  watched_database(std::shared_ptr<native::database> inner, std::shared_ptr<write_record> record)
      : inner_(std::move(inner)), record_(std::move(record)) {}

  result<std::int64_t> execute(std::string_view statement, std::span<const native::sql_value> parameters) override {
    return noted(*record_, inner_->execute(statement, parameters));
  }
  result<void> visit(std::string_view statement, std::span<const native::sql_value> parameters,
                     const native::sql_visitor& visitor) override {
    return inner_->visit(statement, parameters, visitor);
  }
  result<std::unique_ptr<native::sql_transaction>> begin(native::transaction_mode mode) override {
    return watch(mode, inner_->begin(mode));
  }
  result<std::unique_ptr<native::sql_transaction>> begin_within(native::transaction_mode mode,
                                                                std::chrono::milliseconds patience) override {
    return watch(mode, inner_->begin_within(mode, patience));
  }
  result<std::int64_t> change_counter() override { return inner_->change_counter(); }

 private:
  result<std::unique_ptr<native::sql_transaction>> watch(native::transaction_mode mode,
                                                         result<std::unique_ptr<native::sql_transaction>> begun) {
    if (mode == native::transaction_mode::read) return begun;
    if (begun) return std::make_unique<watched_transaction>(std::move(*begun), record_);
    record_->note(&begun.error());
    return begun;
  }

  std::shared_ptr<native::database> inner_;
  std::shared_ptr<write_record> record_;
};

}  // namespace

void write_record::note(const error* failed) noexcept {
  if (failed == nullptr) {
    has_failed_.store(false, std::memory_order_relaxed);
    return;
  }
  if (native::no_waiting::was_in_the_way() || failed->message.find(" constraint failed") != std::string::npos) return;
  has_failed_.store(true, std::memory_order_relaxed);
  failures_.fetch_add(1, std::memory_order_relaxed);
}

std::shared_ptr<native::database> watch_writes(std::shared_ptr<native::database> store,
                                               std::shared_ptr<write_record> record) {
  return std::make_shared<watched_database>(std::move(store), std::move(record));
}

}  // namespace latchkey::app
